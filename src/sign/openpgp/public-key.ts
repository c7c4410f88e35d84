import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { malformed } from './malformed.ts';
import { Reader } from './packets.ts';
import { hex, type SignaturePacket } from './signature-packet.ts';

/** A public key or subkey packet of version 4. */
export interface PublicKeyPacket {
  /** Upper-case hex. */
  readonly fingerprint: string;
  /** Last 16 digits of the fingerprint, lower case. */
  readonly keyId: string;
  readonly algorithm: number;
  readonly name: string;
  /** Unix seconds. */
  readonly created: number;
  readonly body: Uint8Array;
  /** Undefined: a key that cannot verify (encryption only), or of an algorithm not supported here. */
  readonly key: KeyObject | undefined;
  /** Can Go's x/crypto/openpgp, which the Cluster Version Operator uses, read it? */
  readonly readableByCvo: boolean;
}

const CURVES: Readonly<Record<string, { readonly name: string; readonly size: number }>> = {
  '2a8648ce3d030107': { name: 'P-256', size: 32 },
  '2b81040022': { name: 'P-384', size: 48 },
  '2b81040023': { name: 'P-521', size: 66 },
};
const ED25519_OID = '2b06010401da470f01';

type Parsed = Pick<PublicKeyPacket, 'name' | 'key' | 'readableByCvo'>;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Readers of the algorithm-specific part, by algorithm id (RFC 9580 § 9.1). */
const ALGORITHMS: Readonly<Record<number, (reader: Reader) => Parsed>> = {
  1: rsa,
  2: (reader) => ({ ...rsa(reader), key: undefined }),
  3: rsa,
  16: () => ({ name: 'ElGamal', key: undefined, readableByCvo: true }),
  17: dsa,
  18: (reader) => {
    const curve = CURVES[hex(reader.take(reader.uint(1)))];
    return { name: `ECDH ${curve?.name ?? ''}`.trim(), key: undefined, readableByCvo: curve !== undefined };
  },
  19: ecdsa,
  22: (reader) => {
    if (hex(reader.take(reader.uint(1))) !== ED25519_OID)
      return { name: 'EdDSA', key: undefined, readableByCvo: false };
    return ed25519(reader.mpi().subarray(1));
  },
  27: (reader) => ed25519(reader.take(32)),
};

function rsa(reader: Reader): Parsed {
  const [n, e] = [reader.mpi(), reader.mpi()];
  const key = createPublicKey({ key: { kty: 'RSA', n: base64url(n), e: base64url(e) }, format: 'jwk' });
  return { name: `RSA ${n.length * 8}`, key, readableByCvo: true };
}

function ecdsa(reader: Reader): Parsed {
  const curve = CURVES[hex(reader.take(reader.uint(1)))];
  if (curve === undefined) return { name: 'ECDSA', key: undefined, readableByCvo: false };
  const point = reader.mpi();
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.size) throw malformed('the point of a key is damaged');
  const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)];
  const jwk = { kty: 'EC', crv: curve.name, x: base64url(x), y: base64url(y) };
  return { name: `ECDSA ${curve.name}`, key: createPublicKey({ key: jwk, format: 'jwk' }), readableByCvo: true };
}

function ed25519(point: Uint8Array): Parsed {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(point) }, format: 'jwk' });
  return { name: 'Ed25519', key, readableByCvo: false };
}

/** DSA has no JWK; its key goes through the DER of RFC 3279 § 2.3.2. */
function dsa(reader: Reader): Parsed {
  const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
    const content = Buffer.concat(parts);
    const size = content.length;
    const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const integer = (value: Uint8Array): Buffer => der(2, Buffer.from((value[0] ?? 0) > 127 ? [0] : []), value);
  const [p, q, g, y] = [reader.mpi(), reader.mpi(), reader.mpi(), reader.mpi()];
  const algorithm = der(0x30, Buffer.from('06072a8648ce380401', 'hex'), der(0x30, integer(p), integer(q), integer(g)));
  const spki = der(0x30, algorithm, der(3, Buffer.from([0]), integer(y)));
  return {
    name: `DSA ${p.length * 8}`,
    key: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    readableByCvo: true,
  };
}

export function parsePublicKey(body: Uint8Array): PublicKeyPacket {
  const reader = new Reader(body);
  const version = reader.uint(1);
  if (version !== 4) throw malformed(`keys of version ${version} are not supported`);
  const created = reader.uint(4);
  const algorithm = reader.uint(1);
  const fingerprint = createHash('sha1').update(framed(body)).digest('hex').toUpperCase();
  const parsed = ALGORITHMS[algorithm]?.(reader) ?? {
    name: `algorithm ${algorithm}`,
    key: undefined,
    readableByCvo: false,
  };
  return { fingerprint, keyId: fingerprint.slice(-16).toLowerCase(), algorithm, created, body, ...parsed };
}

/** A key's body as it enters fingerprints and signatures over keys. */
export function framed(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);
}

/** Hash algorithms by id (RFC 9580 § 9.5); the broken ones are there for old self-signatures of keys only. */
const HASHES: Readonly<Record<number, { readonly name: string; readonly strong: boolean }>> = {
  2: { name: 'sha1', strong: false },
  8: { name: 'sha256', strong: true },
  9: { name: 'sha384', strong: true },
  10: { name: 'sha512', strong: true },
  11: { name: 'sha224', strong: true },
};

export function isStrongHash(hashAlgorithm: number): boolean {
  return HASHES[hashAlgorithm]?.strong ?? false;
}

/** Whether signatures over a hash function can be checked here. */
export function isKnownHash(hashAlgorithm: number): boolean {
  return hashAlgorithm in HASHES;
}

/** Is this the key's signature over the data? False for a wrong signature, and for algorithms not supported. */
export function verifies(key: PublicKeyPacket, signature: SignaturePacket, ...data: readonly Uint8Array[]): boolean {
  const hash = HASHES[signature.hashAlgorithm];
  if (hash === undefined || key.key === undefined || key.algorithm !== signature.keyAlgorithm) return false;
  const message = Buffer.concat([...data, signature.trailer]);
  const digest = createHash(hash.name).update(message).digest();
  if (!digest.subarray(0, 2).equals(signature.digestStart)) return false;
  const reader = new Reader(signature.value);
  const type = key.key.asymmetricKeyType;
  if (type === 'ed25519') {
    const value =
      key.algorithm === 22 ? Buffer.concat([padded(reader.mpi(), 32), padded(reader.mpi(), 32)]) : reader.take(64);
    return reader.left === 0 && verify(null, digest, key.key, value);
  }
  if (type === 'rsa') {
    const size = Math.ceil((key.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
    const value = padded(reader.mpi(), size);
    return reader.left === 0 && verify(hash.name, message, key.key, value);
  }
  const [r, s] = [reader.mpi(), reader.mpi()];
  const size = type === 'ec' ? curveSize(key) : Math.ceil((key.key.asymmetricKeyDetails?.divisorLength ?? 0) / 8);
  const value = Buffer.concat([padded(r, size), padded(s, size)]);
  return reader.left === 0 && verify(hash.name, message, { key: key.key, dsaEncoding: 'ieee-p1363' }, value);
}

function curveSize(key: PublicKeyPacket): number {
  return Object.values(CURVES).find((curve) => key.name.endsWith(curve.name))?.size ?? 0;
}

/** Left-padded with zeroes to the size the algorithm works with; a longer value stays and fails to verify. */
function padded(value: Uint8Array, size: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, size - value.length)), value]);
}
