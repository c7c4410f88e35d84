import { type KeyObject, sign, verify } from 'node:crypto';

/** How keys of one kind sign, as sigstore's LoadVerifier and LoadSigner do (pkg/signature, hash SHA-256). */
export interface Scheme {
  /** `ECDSA P-256`, for people. */
  readonly name: string;
  /** Is the key long enough to sign with today? Old signatures by a shorter one are still checked. */
  readonly strong: boolean;
  sign(payload: Uint8Array): Buffer;
  verify(payload: Uint8Array, signature: Buffer): boolean;
}

/** Curves of Go's crypto/x509; OpenSSL knows more, which no client reads. */
const CURVES: Readonly<Record<string, { readonly name: string; readonly size: number }>> = {
  secp224r1: { name: 'P-224', size: 28 },
  prime256v1: { name: 'P-256', size: 32 },
  secp384r1: { name: 'P-384', size: 48 },
  secp521r1: { name: 'P-521', size: 66 },
};
/** Go's crypto/rsa verifies with no shorter modulus. */
const LEAST_BITS = 1024;

/** r and s in halves of any one length, left-padded to that of the curve; undefined when they can not be that. */
function halves(signature: Buffer, size: number): Buffer | undefined {
  if (signature.length === 0 || signature.length > 132 || signature.length % 2 !== 0) return undefined;
  const middle = signature.length / 2;
  const parts = [signature.subarray(0, middle), signature.subarray(middle)].map((part) => {
    const start = part.findIndex((byte) => byte !== 0);
    return start === -1 ? part.subarray(middle) : part.subarray(start);
  });
  if (parts.some(({ length }) => length > size)) return undefined;
  return Buffer.concat(parts.flatMap((part) => [Buffer.alloc(size - part.length), part]));
}

function ecdsa(key: KeyObject): Scheme | undefined {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) return undefined;
  return {
    name: `ECDSA ${curve.name}`,
    strong: curve.size >= 32,
    sign: (payload) => sign('sha256', payload, key),
    verify(payload, signature) {
      if (verify('sha256', payload, key, signature)) return true;
      const plain = halves(signature, curve.size);
      return plain !== undefined && verify('sha256', payload, { key, dsaEncoding: 'ieee-p1363' }, plain);
    },
  };
}

function rsa(key: KeyObject): Scheme | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < LEAST_BITS) return undefined;
  return {
    name: `RSA ${bits}`,
    strong: bits >= 2048,
    sign: (payload) => sign('sha256', payload, key),
    verify: (payload, signature) => verify('sha256', payload, key, signature),
  };
}

/** How a key signs, private or public; undefined for one that no client of sigstore signatures can use. */
export function schemeOf(key: KeyObject): Scheme | undefined {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return ecdsa(key);
    case 'rsa':
      return rsa(key);
    case 'ed25519':
      return {
        name: 'Ed25519',
        strong: true,
        sign: (payload) => sign(null, payload, key),
        verify: (payload, signature) => verify(null, payload, key, signature),
      };
    default:
      return undefined;
  }
}
