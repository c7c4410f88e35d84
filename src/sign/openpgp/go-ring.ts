import { SlipwayError } from '../../util/index.ts';
import { type Packet, TAG } from './packets.ts';
import { framed, type PublicKeyPacket, parsePublicKey, verifies } from './public-key.ts';
import {
  identityFrame,
  KEY_FLAG_SIGN,
  parseSignature,
  SIGNATURE_TYPE,
  type SignaturePacket,
} from './signature-packet.ts';

/**
 * Which certificates of a ring golang.org/x/crypto/openpgp loads (ReadKeyRing, keys.go), which the Cluster Version Operator
 * and oc read with: at a packet that it can not read it drops the certificate that it was reading, also where the packet
 * begins the next one, and goes on at the next primary key. Only when nothing is left does the ring fail.
 */

/** What Go's reader makes of one packet. */
type Item =
  | { readonly kind: 'key'; readonly key: PublicKeyPacket }
  | { readonly kind: 'subkey'; readonly key: PublicKeyPacket }
  | { readonly kind: 'userId'; readonly body: Uint8Array }
  | { readonly kind: 'signature'; readonly signature: SignaturePacket }
  /** A packet that it reads and passes over: of other kinds, and all of the old version 3. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' };

const OTHER: Item = { kind: 'other' };
const UNREADABLE: Item = { kind: 'unreadable' };
/** RSA, RSA for signing, DSA, ECDSA. */
const SIGNING: ReadonlySet<number> = new Set([1, 3, 17, 19]);
/** What s2k.HashIdToHash knows. */
const HASHES: ReadonlySet<number> = new Set([1, 2, 3, 8, 9, 10, 11]);

function keyItem(kind: 'key' | 'subkey', body: Uint8Array): Item {
  const version = body[0] ?? 0;
  if (version !== 4) return version < 4 ? OTHER : UNREADABLE;
  const key = parsePublicKey(body);
  return key.readableByCvo ? { kind, key } : UNREADABLE;
}

function signatureItem(body: Uint8Array): Item {
  const version = body[0] ?? 0;
  if (version < 4) return OTHER;
  if (version > 4 || !SIGNING.has(body[2] ?? 0) || !HASHES.has(body[3] ?? 0)) return UNREADABLE;
  try {
    return { kind: 'signature', signature: parseSignature(body) };
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'SIGN_MALFORMED') return UNREADABLE;
    throw error;
  }
}

function itemOf({ tag, body }: Packet): Item {
  if (tag === TAG.publicKey) return keyItem('key', body);
  if (tag === TAG.publicSubkey) return keyItem('subkey', body);
  if (tag === TAG.userId) return { kind: 'userId', body };
  return tag === TAG.signature ? signatureItem(body) : OTHER;
}

/** Where reading went on to, and the primary key when the certificate was taken. */
interface Step {
  readonly next: number;
  readonly taken?: string;
}

/** Generic and positive certifications; Go counts no others as self-signatures. */
const SELF: ReadonlySet<number> = new Set([0x10, 0x13]);

/** Is a signature over a subkey what Go asks of it? A signing subkey has to have signed back. */
function binds(primary: PublicKeyPacket, key: PublicKeyPacket, signature: SignaturePacket): boolean {
  const { type, keyFlags, embedded } = signature;
  if (type !== SIGNATURE_TYPE.subkeyBinding && type !== SIGNATURE_TYPE.subkeyRevocation) return false;
  const data = [framed(primary.body), framed(key.body)];
  if (!verifies(primary, signature, ...data)) return false;
  if (keyFlags === undefined || (keyFlags & KEY_FLAG_SIGN) === 0) return true;
  if (embedded === undefined) return false;
  const back = signatureItem(embedded);
  return (
    back.kind === 'signature' &&
    back.signature.type === SIGNATURE_TYPE.primaryKeyBinding &&
    verifies(key, back.signature, ...data)
  );
}

/** A signature behind a user id or subkey: one of the certificate's own, another's, or one for which Go drops it all. */
function judge(
  primary: PublicKeyPacket,
  item: Extract<Item, { kind: 'userId' | 'subkey' }>,
  signature: SignaturePacket,
): 'own' | 'other' | 'wrong' {
  if (item.kind !== 'userId') return binds(primary, item.key, signature) ? 'own' : 'wrong';
  if (!SELF.has(signature.type) || signature.issuer !== primary.keyId) return 'other';
  return verifies(primary, signature, framed(primary.body), identityFrame(item.body)) ? 'own' : 'wrong';
}

/** ReadEntity: the certificate that begins at `start`. */
function readEntity(items: readonly Item[], start: number): Step {
  const first = items[start];
  if (first?.kind !== 'key') return { next: first?.kind === 'unreadable' ? start + 1 : start };
  const primary = first.key;
  if (!SIGNING.has(primary.algorithm)) return { next: start + 1 };
  let identities = 0;
  let at = start + 1;
  while (at < items.length) {
    const item = items[at];
    if (item === undefined || item.kind === 'unreadable') return { next: at + 1 };
    if (item.kind === 'key') break;
    at += 1;
    if (item.kind === 'signature' && item.signature.type === SIGNATURE_TYPE.keyRevocation) {
      if (!verifies(primary, item.signature, framed(primary.body))) return { next: at };
    }
    if (item.kind !== 'userId' && item.kind !== 'subkey') continue;
    let own = 0;
    for (; items[at]?.kind === 'signature' || items[at]?.kind === 'unreadable'; at++) {
      const behind = items[at];
      const counts = behind?.kind === 'signature' ? judge(primary, item, behind.signature) : 'wrong';
      if (counts === 'wrong') return { next: at + 1 };
      if (counts === 'own') own += 1;
    }
    if (item.kind === 'subkey' && own === 0) return { next: at };
    if (item.kind === 'userId' && own > 0) identities += 1;
  }
  return identities === 0 ? { next: at } : { next: at, taken: primary.fingerprint };
}

/** Fingerprints of the primary keys of the certificates that Go's reader loads; none when it fails. */
export function loadedByGo(packets: readonly Packet[]): ReadonlySet<string> {
  const items = packets.map(itemOf);
  const loaded = new Set<string>();
  for (let at = 0; at < items.length; ) {
    const { next, taken } = readEntity(items, at);
    at = next;
    if (taken !== undefined) loaded.add(taken);
    // readToNextPublicKey
    else while (at < items.length && items[at]?.kind !== 'key') at += 1;
  }
  return loaded;
}
