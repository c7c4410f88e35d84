import { constants, createHash, createVerify, verify } from 'node:crypto';
import { ByteReader, hex } from '../bytes.ts';
import { OPENPGP_CORRUPT } from './packets.ts';
import { dsaKey, ecKey, rawKey, rsaKey } from './spki.ts';

/** Checks a signature's numbers over the concatenation of `data`. */
export type Verifier = (hash: string, data: readonly Uint8Array[], signature: Uint8Array) => boolean;

export interface PublicKeyAlgorithm {
  readonly id: number;
  readonly name: string;
  /**
   * Reads the key's numbers and makes its verifier; the KeyObject inside is made once and kept.
   * Throws `RPM_OPENPGP_CORRUPT` on numbers that aren't there, and what node:crypto throws on numbers that are no key.
   */
  readonly verifier: (material: Uint8Array) => Verifier;
}

/** RFC 9580 § 9.5; MD5 and what node:crypto lacks are left out on purpose: such signatures count as unverifiable. */
const HASHES: ReadonlyMap<number, { readonly name: string; readonly label: string; readonly salt: number }> = new Map([
  [2, { name: 'sha1', label: 'SHA1', salt: 0 }],
  [8, { name: 'sha256', label: 'SHA256', salt: 16 }],
  [9, { name: 'sha384', label: 'SHA384', salt: 24 }],
  [10, { name: 'sha512', label: 'SHA512', salt: 32 }],
  [11, { name: 'sha224', label: 'SHA224', salt: 16 }],
  [12, { name: 'sha3-256', label: 'SHA3-256', salt: 16 }],
  [14, { name: 'sha3-512', label: 'SHA3-512', salt: 32 }],
]);

export function hashOf(
  id: number,
): { readonly name: string; readonly label: string; readonly salt: number } | undefined {
  return HASHES.get(id);
}

/** Longest number a key may have: what OpenSSL itself accepts for RSA. */
const MAX_BITS = 16384;

/** A multiprecision integer (RFC 9580 § 3.2), without leading zero bytes. */
function mpi(reader: ByteReader): Buffer {
  const bits = reader.u16();
  if (bits > MAX_BITS) reader.fail(`a number of ${bits} bits is longer than ${MAX_BITS}`);
  const value = reader.take((bits + 7) >> 3);
  let zeros = 0;
  while (zeros < value.length && value[zeros] === 0) zeros++;
  return value.subarray(zeros);
}

const keyReader = (material: Uint8Array) => new ByteReader(material, OPENPGP_CORRUPT, 'public key');
const signatureReader = (material: Uint8Array) => new ByteReader(material, OPENPGP_CORRUPT, 'signature value');

/** A number as exactly `length` bytes; undefined when it is larger, which no true signature is. */
function padded(value: Buffer, length: number): Buffer | undefined {
  if (value.length > length) return undefined;
  return Buffer.concat([Buffer.alloc(length - value.length), value]);
}

/** `r` and `s`, each `length` bytes: the form that node:crypto calls ieee-p1363. */
function pair(material: Uint8Array, length: number): Buffer | undefined {
  const reader = signatureReader(material);
  const r = padded(mpi(reader), length);
  const s = padded(mpi(reader), length);
  return r === undefined || s === undefined ? undefined : Buffer.concat([r, s]);
}

function digest(hash: string, data: readonly Uint8Array[]): Buffer {
  const state = createHash(hash);
  for (const part of data) state.update(part);
  return state.digest();
}

function signedBy(
  hash: string,
  data: readonly Uint8Array[],
  key: Parameters<ReturnType<typeof createVerify>['verify']>[0],
  signature: Uint8Array,
): boolean {
  const state = createVerify(hash);
  for (const part of data) state.update(part);
  return state.verify(key, signature);
}

function rsaVerifier(material: Uint8Array): Verifier {
  const reader = keyReader(material);
  const modulus = mpi(reader);
  const key = rsaKey(modulus, mpi(reader));
  return (hash, data, signature) => {
    const value = padded(mpi(signatureReader(signature)), modulus.length);
    return value !== undefined && signedBy(hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, value);
  };
}

function dsaVerifier(material: Uint8Array): Verifier {
  const reader = keyReader(material);
  const [p, q, g, y] = [mpi(reader), mpi(reader), mpi(reader), mpi(reader)];
  const key = dsaKey(p, q, g, y);
  return (hash, data, signature) => {
    const value = pair(signature, q.length);
    return value !== undefined && signedBy(hash, data, { key, dsaEncoding: 'ieee-p1363' }, value);
  };
}

/** Curves by object identifier (RFC 9580 § 9.2), with the length of a coordinate in bytes. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ['2a8648ce3d030107', 32], // NIST P-256
  ['2b81040022', 48], // NIST P-384
  ['2b81040023', 66], // NIST P-521
  ['2b2403030208010107', 32], // brainpoolP256r1
  ['2b240303020801010b', 48], // brainpoolP384r1
  ['2b240303020801010d', 64], // brainpoolP512r1
]);

const ED25519_LEGACY = '2b06010401da470f01';

function ecdsaVerifier(material: Uint8Array): Verifier {
  const reader = keyReader(material);
  const curve = hex(reader.take(reader.u8()));
  const length = CURVES.get(curve) ?? reader.fail(`curve ${curve} is unknown`);
  const key = ecKey(curve, mpi(reader));
  return (hash, data, signature) => {
    const value = pair(signature, length);
    return value !== undefined && signedBy(hash, data, { key, dsaEncoding: 'ieee-p1363' }, value);
  };
}

/** RFC 9580 § 5.5.5.5: EdDSA as GnuPG made it first; the point has the prefix 0x40. It signs the digest, as do its successors. */
function eddsaLegacyVerifier(material: Uint8Array): Verifier {
  const reader = keyReader(material);
  const curve = hex(reader.take(reader.u8()));
  if (curve !== ED25519_LEGACY) reader.fail(`curve ${curve} is unknown`);
  const point = mpi(reader);
  if (point.length !== 33 || point[0] !== 0x40) reader.fail('its point is not in the native form');
  const key = rawKey('ed25519', point.subarray(1));
  return (hash, data, signature) => {
    const value = pair(signature, 32);
    return value !== undefined && verify(null, digest(hash, data), key, value);
  };
}

type Raw = Parameters<typeof rawKey>[0];

/**
 * Algorithms whose key and signature are the fixed-length strings of one or more schemes, one after the other. With two
 * (draft-ietf-openpgp-pqc § 5), the signature holds only if both do.
 */
function rawVerifier(...schemes: readonly { readonly name: Raw; readonly key: number; readonly signature: number }[]) {
  return (material: Uint8Array): Verifier => {
    const reader = keyReader(material);
    const parts = schemes.map((scheme) => ({ ...scheme, object: rawKey(scheme.name, reader.take(scheme.key)) }));
    return (hash, data, signature) => {
      const message = digest(hash, data);
      const values = signatureReader(signature);
      const taken = parts.map((part) => ({ key: part.object, value: values.take(part.signature) }));
      return values.left === 0 && taken.every(({ key, value }) => verify(null, message, key, value));
    };
  };
}

const ed25519 = { name: 'ed25519', key: 32, signature: 64 } as const;
const ed448 = { name: 'ed448', key: 57, signature: 114 } as const;
const mlDsa65 = { name: 'ml-dsa-65', key: 1952, signature: 3309 } as const;
const mlDsa87 = { name: 'ml-dsa-87', key: 2592, signature: 4627 } as const;

/** Signing algorithms (RFC 9580 § 9.1, draft-ietf-openpgp-pqc § 2). Whatever is not here is unverifiable, never wrong. */
const ALGORITHMS: readonly PublicKeyAlgorithm[] = [
  { id: 1, name: 'RSA', verifier: rsaVerifier },
  { id: 3, name: 'RSA', verifier: rsaVerifier },
  { id: 17, name: 'DSA', verifier: dsaVerifier },
  { id: 19, name: 'ECDSA', verifier: ecdsaVerifier },
  { id: 22, name: 'EdDSA', verifier: eddsaLegacyVerifier },
  { id: 27, name: 'Ed25519', verifier: rawVerifier(ed25519) },
  { id: 28, name: 'Ed448', verifier: rawVerifier(ed448) },
  { id: 30, name: 'ML-DSA-65+Ed25519', verifier: rawVerifier(ed25519, mlDsa65) },
  { id: 31, name: 'ML-DSA-87+Ed448', verifier: rawVerifier(ed448, mlDsa87) },
];

export function algorithmOf(id: number): PublicKeyAlgorithm | undefined {
  return ALGORITHMS.find((algorithm) => algorithm.id === id);
}

/** `RSA/SHA256`, as rpm prints it. */
export function algorithmLabel(algorithm: number, hash: number): string {
  return `${algorithmOf(algorithm)?.name ?? `algorithm ${algorithm}`}/${hashOf(hash)?.label ?? `hash ${hash}`}`;
}
