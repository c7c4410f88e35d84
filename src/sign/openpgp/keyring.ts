import { messageOf, type Place, SlipwayError } from '../../util/index.ts';
import { armor, dearmor, dearmorAll } from './armor.ts';
import { loadedByGo } from './go-ring.ts';
import { type Packet, readPackets, TAG } from './packets.ts';
import { framed, type PublicKeyPacket, parsePublicKey, verifies } from './public-key.ts';
import {
  identityFrame,
  KEY_FLAG_SIGN,
  parseSignature,
  SIGNATURE_TYPE,
  type SignaturePacket,
} from './signature-packet.ts';

/** A key of a ring that may have made a signature, with what its own signatures say about it. */
export interface VerificationKey {
  readonly packet: PublicKeyPacket;
  /** May it sign data? Self-signed or bound to its primary key, and not limited to other uses. */
  readonly usable: boolean;
  /** Unix seconds; absent: it does not expire. */
  readonly expires?: number;
  readonly revoked: boolean;
  readonly primaryFingerprint: string;
  readonly userId: string;
  /** Does the Cluster Version Operator load the certificate this key belongs to, out of this ring? */
  readonly readableByCvo: boolean;
}

export interface Keyring {
  readonly keys: readonly VerificationKey[];
}

/** The blocks of an armored ring, binary; of what is not armored, the bytes themselves. */
function blocksOf(keyring: string | Uint8Array): readonly Uint8Array[] {
  const text = typeof keyring === 'string' ? keyring : Buffer.from(keyring).toString('latin1');
  const first = dearmor(text);
  if (first === undefined) {
    if (typeof keyring !== 'string') return [keyring];
    throw new SlipwayError('SIGN_KEYRING', 'the keyring has no armored block.');
  }
  if (first.kind !== 'PUBLIC KEY BLOCK')
    throw new SlipwayError('SIGN_KEYRING', `a public key was expected, not a ${first.kind}.`);
  return dearmorAll(text).flatMap(({ kind, bytes }) => (kind === 'PUBLIC KEY BLOCK' ? [bytes] : []));
}

/**
 * Reads a ring of public keys, armored or binary. gpg, with which podman and skopeo read it, imports every armored block;
 * Go's reader stops behind the first, so that the Cluster Version Operator loads no key of another. Throws `SIGN_KEYRING`
 * or `SIGN_MALFORMED`.
 */
export function readKeyring(keyring: string | Uint8Array): Keyring {
  const keys = blocksOf(keyring).flatMap((block, index) => {
    const packets = readPackets(block);
    const starts = packets.flatMap(({ tag }, at) => (tag === TAG.publicKey ? [at] : []));
    const loaded = index === 0 ? loadedByGo(packets) : new Set<string>();
    return starts.flatMap((start, at) => readCertificate(packets.slice(start, starts[at + 1]), loaded));
  });
  if (keys.length === 0) throw new SlipwayError('SIGN_KEYRING', 'the keyring holds no public key.');
  return { keys };
}

/** The ring in a file that a user named, armored or binary, as an armored one. Throws `SIGN_KEYRING` with the place. */
export function loadKeyring(bytes: Uint8Array, place: Place): string {
  try {
    readKeyring(bytes);
    const text = Buffer.from(bytes).toString('latin1');
    return dearmor(text) === undefined ? armor('PUBLIC KEY BLOCK', bytes) : text;
  } catch (cause) {
    throw new SlipwayError('SIGN_KEYRING', `the file holds no public OpenPGP key: ${messageOf(cause)}`, {
      place,
      cause,
    });
  }
}

/** The ring as binary packets, for joining several into one. */
export function keyringBytes(keyring: string | Uint8Array): Uint8Array {
  return Buffer.concat(blocksOf(keyring));
}

/** Whether a certificate's primary key signs data itself, and not only its subkeys. */
export function primaryCanSign(keyring: string | Uint8Array): boolean {
  return readKeyring(keyring).keys.some(
    ({ usable, packet, primaryFingerprint }) => usable && packet.fingerprint === primaryFingerprint,
  );
}

interface Part {
  readonly packet: Packet;
  readonly signatures: SignaturePacket[];
}

function readCertificate(packets: readonly Packet[], loaded: ReadonlySet<string>): VerificationKey[] {
  const parts: Part[] = [];
  for (const packet of packets) {
    if (packet.tag !== TAG.signature) parts.push({ packet, signatures: [] });
    else {
      const signature = readable(packet.body);
      if (signature !== undefined) parts.at(-1)?.signatures.push(signature);
    }
  }
  const [first, ...others] = parts;
  // Keys of other versions than 4 are read by none of the clients.
  if (first === undefined || first.packet.body[0] !== 4) return [];
  const primary = parsePublicKey(first.packet.body);
  const subkeys = others
    .filter(({ packet: { tag, body } }) => tag === TAG.publicSubkey && body[0] === 4)
    .map(({ packet, signatures }) => ({ key: parsePublicKey(packet.body), signatures }));
  const identities = others.filter(({ packet }) => packet.tag === TAG.userId);

  const own = identities
    .flatMap(({ packet, signatures }) => {
      const latest = newest(
        signatures.filter(
          (signature) =>
            SIGNATURE_TYPE.certifications.some((type) => type === signature.type) &&
            signature.issuer === primary.keyId &&
            verifies(primary, signature, framed(primary.body), identityFrame(packet.body)),
        ),
      );
      return latest === undefined ? [] : [{ userId: Buffer.from(packet.body).toString(), signature: latest }];
    })
    .sort((a, b) => Number(b.signature.primaryUserId) - Number(a.signature.primaryUserId));
  const [identity] = own;
  const revoked = first.signatures.some(
    (signature) =>
      signature.type === SIGNATURE_TYPE.keyRevocation && verifies(primary, signature, framed(primary.body)),
  );
  const userId = identity?.userId ?? '';
  const readableByCvo = loaded.has(primary.fingerprint);
  const shared = { primaryFingerprint: primary.fingerprint, userId, readableByCvo };
  const expiry = expires(primary, identity?.signature);
  return [
    {
      ...shared,
      packet: primary,
      usable: identity !== undefined && maySign(identity.signature.keyFlags),
      revoked,
      ...expiry,
    },
    ...subkeys.map(({ key, signatures }) => subkey(primary, key, signatures, { ...shared, revoked, ...expiry })),
  ];
}

/** A signature that cannot be read says nothing about a key; others on the same key still do. */
function readable(body: Uint8Array): SignaturePacket | undefined {
  try {
    return parseSignature(body);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'SIGN_MALFORMED') return undefined;
    throw error;
  }
}

function newest(signatures: readonly SignaturePacket[]): SignaturePacket | undefined {
  return signatures.reduce<SignaturePacket | undefined>(
    (best, one) => (best === undefined || one.created >= best.created ? one : best),
    undefined,
  );
}

/** Without key flags a key may do whatever its algorithm can. */
function maySign(flags: number | undefined): boolean {
  return flags === undefined || (flags & KEY_FLAG_SIGN) !== 0;
}

function expires(key: PublicKeyPacket, signature: SignaturePacket | undefined): { expires?: number } {
  return signature?.keyLifetime === undefined ? {} : { expires: key.created + signature.keyLifetime };
}

function subkey(
  primary: PublicKeyPacket,
  key: PublicKeyPacket,
  signatures: readonly SignaturePacket[],
  shared: Omit<VerificationKey, 'packet' | 'usable'>,
): VerificationKey {
  const data = [framed(primary.body), framed(key.body)];
  const bound = (type: number): SignaturePacket[] =>
    signatures.filter((signature) => signature.type === type && verifies(primary, signature, ...data));
  const binding = newest(bound(SIGNATURE_TYPE.subkeyBinding));
  // a signing subkey must have signed back, else anyone's subkey could be claimed (RFC 9580 § 5.2.1.9)
  const back = binding?.embedded === undefined ? undefined : readable(binding.embedded);
  const claimed = back !== undefined && back.type === SIGNATURE_TYPE.primaryKeyBinding && verifies(key, back, ...data);
  const own = expires(key, binding).expires;
  const ends = [own, shared.expires].filter((end) => end !== undefined);
  return {
    ...shared,
    packet: key,
    usable: claimed && binding?.keyFlags !== undefined && maySign(binding.keyFlags),
    revoked: shared.revoked || bound(SIGNATURE_TYPE.subkeyRevocation).length > 0,
    ...(ends.length === 0 ? {} : { expires: Math.min(...ends) }),
  };
}
