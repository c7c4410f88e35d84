import { createPublicKey, type KeyObject } from 'node:crypto';

// node:crypto takes public keys as SubjectPublicKeyInfo (RFC 5280 § 4.1); OpenPGP has bare numbers. This is the DER between.

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const digits = body.length.toString(16);
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const integer = (value: Uint8Array) => der(0x02, ((value[0] ?? 0) & 0x80) !== 0 ? Buffer.of(0) : Buffer.of(), value);
const bits = (value: Uint8Array) => der(0x03, Buffer.of(0), value);
const oid = (encoded: string) => der(0x06, Buffer.from(encoded, 'hex'));

function keyObject(algorithm: Uint8Array, key: Uint8Array): KeyObject {
  return createPublicKey({ key: sequence(algorithm, bits(key)), format: 'der', type: 'spki' });
}

/** RFC 3279 § 2.3.1. */
export function rsaKey(modulus: Uint8Array, exponent: Uint8Array): KeyObject {
  return keyObject(sequence(oid('2a864886f70d010101'), der(0x05)), sequence(integer(modulus), integer(exponent)));
}

/** RFC 3279 § 2.3.2. */
export function dsaKey(p: Uint8Array, q: Uint8Array, g: Uint8Array, y: Uint8Array): KeyObject {
  return keyObject(sequence(oid('2a8648ce380401'), sequence(integer(p), integer(q), integer(g))), integer(y));
}

/** RFC 5480 § 2.1.1; the curve's object identifier is hex, without tag and length, as OpenPGP has it. */
export function ecKey(curve: string, point: Uint8Array): KeyObject {
  return keyObject(sequence(oid('2a8648ce3d0201'), oid(curve)), point);
}

/** Keys that are one string of bytes: Ed25519, Ed448 (RFC 8410), ML-DSA (RFC 9881). */
export function rawKey(algorithm: 'ed25519' | 'ed448' | 'ml-dsa-65' | 'ml-dsa-87', key: Uint8Array): KeyObject {
  const identifiers = {
    ed25519: '2b6570',
    ed448: '2b6571',
    'ml-dsa-65': '608648016503040312',
    'ml-dsa-87': '608648016503040313',
  };
  return keyObject(sequence(oid(identifiers[algorithm])), key);
}
