import { createPrivateKey, createPublicKey, type KeyObject, scryptSync } from 'node:crypto';
import { Type } from 'typebox';
import { messageOf, type Place, parserOf, readJson, SlipwayError } from '../../util/index.ts';
import { schemeOf } from './scheme.ts';
import { openSecretbox } from './secretbox.ts';

const ENCRYPTED = /-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/;
/** cosign's parameters take 64 MiB; nobody needs more, and who asks for more wants to exhaust the memory. */
const MOST_MEMORY = 160 << 20;
/** The longest public key in use, RSA of 16384 bits, takes 3 KiB; a longer text is only work for the search in it. */
const MOST_PUBLIC_BYTES = 64 << 10;

const parseBox = parserOf(
  Type.Object({
    kdf: Type.Object({
      name: Type.Literal('scrypt'),
      params: Type.Object({ N: Type.Integer(), r: Type.Integer(), p: Type.Integer() }),
      salt: Type.String(),
    }),
    cipher: Type.Object({ name: Type.Literal('nacl/secretbox'), nonce: Type.String() }),
    ciphertext: Type.String(),
  }),
  'SIGN_KEY_INVALID',
);

function invalid(message: string, place: Place, hint?: string, cause?: unknown): SlipwayError {
  return new SlipwayError('SIGN_KEY_INVALID', message, {
    place,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function withoutPassphrase(place: Place): SlipwayError {
  return invalid(
    'the key is protected by a passphrase.',
    place,
    'Name it with --cosign-passphrase-file, or COSIGN_PASSWORD.',
  );
}

/** The PKCS #8 key (DER) in a key file that cosign made. */
function decrypted(base64: string, passphrase: string | undefined, place: Place): Buffer {
  if (passphrase === undefined) throw withoutPassphrase(place);
  let box: ReturnType<typeof parseBox>;
  try {
    box = parseBox(readJson(Buffer.from(base64, 'base64').toString('utf8')), place);
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw invalid('the protected key is damaged.', place, undefined, cause);
  }
  const { N, r, p } = box.kdf.params;
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  let secret: Buffer;
  try {
    secret = scryptSync(passphrase, bytes(box.kdf.salt), 32, { N, r, p, maxmem: MOST_MEMORY });
  } catch (cause) {
    throw invalid(`the key's parameters of scrypt are not usable: ${messageOf(cause)}.`, place, undefined, cause);
  }
  const der = openSecretbox(bytes(box.ciphertext), bytes(box.cipher.nonce), secret);
  if (der === undefined) throw invalid('the passphrase of the key is wrong.', place);
  return der;
}

/** What is said of keys that no client could verify with. */
function unsupported(message: string, place: Place): SlipwayError {
  return new SlipwayError('SIGN_KEY_UNSUPPORTED', message, {
    place,
    hint: 'ECDSA P-256, P-384 or P-521, RSA of 2048 bits or more, or Ed25519.',
  });
}

/** PKCS #8 (also protected by a passphrase), PKCS #1 or SEC 1, in PEM. */
function plainKey(pem: string, passphrase: string | undefined, place: Place): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const isProtected = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
    if (!isProtected) throw invalid('the file holds no private key.', place, 'cosign.key, or PKCS #8 in PEM.', cause);
    throw passphrase === undefined
      ? withoutPassphrase(place)
      : invalid('the passphrase of the key is wrong, or the key is damaged.', place, undefined, cause);
  }
}

function boxedKey(base64: string, passphrase: string | undefined, place: Place): KeyObject {
  const key = decrypted(base64, passphrase, place);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw invalid('the protected key is no PKCS #8.', place, undefined, cause);
  }
}

/**
 * Reads a private key for sigstore signatures: cosign's own format (scrypt and secretbox), or PEM, also PKCS #8 under a
 * passphrase. Of the kinds that sigstore's LoadSigner takes. Throws `SIGN_KEY_INVALID`, `SIGN_KEY_UNSUPPORTED`.
 */
export function loadCosignKey(pem: string, passphrase: string | undefined, place: Place = {}): KeyObject {
  const box = ENCRYPTED.exec(pem)?.[1];
  const key = box === undefined ? plainKey(pem, passphrase, place) : boxedKey(box, passphrase, place);
  const scheme = schemeOf(key);
  if (scheme === undefined)
    throw unsupported(`sigstore signatures are not made with keys of the kind ${key.asymmetricKeyType}.`, place);
  if (!scheme.strong) throw unsupported(`the key is ${scheme.name}, which is no longer safe.`, place);
  return key;
}

/** The first block of a PEM file, as Go's pem.Decode finds it. */
const BLOCK = /^-----BEGIN ([^\n-]+)-----[ \t]*\r?\n[\s\S]*?^-----END \1-----/m;

/**
 * Reads a public key, PEM: of the kinds that containers/image reads (sigstore's UnmarshalPEMToPublicKey), which are no
 * certificates and no private keys, and verifies with. Throws `SIGN_KEY_INVALID`, `SIGN_KEY_UNSUPPORTED`.
 */
export function loadCosignPublicKey(pem: string | Uint8Array, place: Place = {}): KeyObject {
  const bytes = Buffer.from(pem);
  if (bytes.length > MOST_PUBLIC_BYTES)
    throw invalid(`the file has ${bytes.length} bytes; a public key has at most ${MOST_PUBLIC_BYTES}.`, place);
  const [block, kind] = BLOCK.exec(bytes.toString('latin1')) ?? [];
  if (block === undefined) throw invalid('the file holds no public key in PEM.', place);
  if (kind !== 'PUBLIC KEY' && kind !== 'RSA PUBLIC KEY')
    throw invalid(
      `the file holds a ${kind}, not a public key: clients refuse the policy.`,
      place,
      'A public key begins with "-----BEGIN PUBLIC KEY-----".',
    );
  let key: KeyObject;
  try {
    key = createPublicKey(block);
  } catch (cause) {
    throw invalid('the public key in the file is damaged.', place, undefined, cause);
  }
  if (schemeOf(key) === undefined)
    throw unsupported(`clients verify no sigstore signatures by keys of the kind ${key.asymmetricKeyType}.`, place);
  return key;
}
