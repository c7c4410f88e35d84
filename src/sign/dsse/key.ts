import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Place, SlipwayError } from '../../util/index.ts';
import { dsseKeyId } from './dsse.ts';

/** A key for attestations: PEM of both halves (PKCS #8, SubjectPublicKeyInfo) and its id. */
export interface AttestationKey {
  readonly privateKey: string;
  readonly publicKey: string;
  /** SHA-256 of the public half (DER), hex. */
  readonly keyId: string;
}

/**
 * Makes a key for attestations. ECDSA P-256 is what cosign makes and takes by default; Ed25519 signs the same bytes
 * the same way every time.
 */
export function generateAttestationKey(kind: 'p256' | 'ed25519' = 'p256'): AttestationKey {
  const { privateKey, publicKey } =
    kind === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    keyId: dsseKeyId(publicKey),
  };
}

const read = {
  private: createPrivateKey,
  public: createPublicKey,
} as const;

/**
 * Reads one half of a key for attestations: an unencrypted PKCS #8 private key or a SubjectPublicKeyInfo public key,
 * PEM. Throws `SIGN_KEY_INVALID`, `SIGN_KEY_UNSUPPORTED`.
 */
export function loadAttestationKey(pem: string, half: keyof typeof read, place: Place = {}): KeyObject {
  const label = half === 'private' ? 'PRIVATE KEY' : 'PUBLIC KEY';
  if (!pem.includes(`-----BEGIN ${label}-----`))
    throw new SlipwayError('SIGN_KEY_INVALID', `the file holds no "${label}" in PEM.`, {
      place,
      ...(/BEGIN ENCRYPTED|BEGIN (EC|RSA) PRIVATE/u.test(pem)
        ? { hint: 'Convert it with "openssl pkcs8 -topk8 -nocrypt".' }
        : {}),
    });
  let key: KeyObject;
  try {
    key = read[half](pem);
  } catch (cause) {
    throw new SlipwayError('SIGN_KEY_INVALID', `the ${half} key can not be read.`, { place, cause });
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw new SlipwayError('SIGN_KEY_UNSUPPORTED', 'attestations are signed with ECDSA P-256 or Ed25519.', { place });
}
