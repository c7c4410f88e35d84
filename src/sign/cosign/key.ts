import { createPrivateKey, createPublicKey, type KeyObject, scryptSync } from 'node:crypto';
import { Type } from 'typebox';
import { messageOf, type Place, parserOf, readJson, SlipwayError } from '../../util/index.ts';
import { openSecretbox } from './secretbox.ts';

const ENCRYPTED = /-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END/;
/** cosign's parameters take 64 MiB; nobody needs more, and who asks for more wants to exhaust the memory. */
const MOST_MEMORY = 160 << 20;

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

/** The PKCS #8 key (DER) in a key file that cosign made. */
function decrypted(base64: string, passphrase: string | undefined, place: Place): Buffer {
  if (passphrase === undefined)
    throw invalid(
      'the key is protected by a passphrase.',
      place,
      'Name it with --cosign-passphrase-file, or COSIGN_PASSWORD.',
    );
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

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/**
 * Reads a private key for sigstore signatures: cosign's own format (scrypt and secretbox), or PKCS #8 without
 * passphrase. ECDSA P-256, what cosign makes. Throws `SIGN_KEY_INVALID`, `SIGN_KEY_UNSUPPORTED`.
 */
export function loadCosignKey(pem: string, passphrase: string | undefined, place: Place = {}): KeyObject {
  const protectedKey = ENCRYPTED.exec(pem)?.[1];
  let key: KeyObject;
  try {
    key =
      protectedKey === undefined
        ? createPrivateKey(pem)
        : createPrivateKey({ key: decrypted(protectedKey, passphrase, place), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw invalid('the file holds no private key.', place, 'cosign.key, or PKCS #8 in PEM without passphrase.', cause);
  }
  if (isP256(key)) return key;
  throw new SlipwayError('SIGN_KEY_UNSUPPORTED', 'sigstore signatures are made with ECDSA P-256.', { place });
}

/** Reads a public key, PEM. Throws `SIGN_KEY_INVALID`. */
export function loadCosignPublicKey(pem: string | Uint8Array, place: Place = {}): KeyObject {
  try {
    return createPublicKey(Buffer.from(pem));
  } catch (cause) {
    throw invalid('the file holds no public key in PEM.', place, undefined, cause);
  }
}
