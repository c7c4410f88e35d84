import { timingSafeEqual } from 'node:crypto';

/**
 * NaCl's secretbox, XSalsa20 and Poly1305: how cosign protects private keys. Only opening is needed. After the papers:
 * D. J. Bernstein, "Extending the Salsa20 nonce" and "The Poly1305-AES message-authentication code".
 */

const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const TAG = 16;

/** A column or row of a quarter round: positions in the state of 16 words. */
const ROUNDS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
];

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}

/** The state of 16 words from key (32 bytes) and input (16 bytes). */
function stateOf(key: Uint8Array, input: Uint8Array): Uint32Array {
  const [k, n] = [words(key), words(input)];
  const at = (list: readonly number[], from: number, to: number): number[] => list.slice(from, to);
  return Uint32Array.from([SIGMA[0], ...at(k, 0, 4), SIGMA[1], ...at(n, 0, 4), SIGMA[2], ...at(k, 4, 8), SIGMA[3]]);
}

/** Twenty rounds of Salsa20. */
function mixed(state: Uint32Array): Uint32Array {
  const x = Uint32Array.from(state);
  const add = (to: number, a: number, b: number, bits: number): void => {
    x[to] = (x[to] ?? 0) ^ rotate(((x[a] ?? 0) + (x[b] ?? 0)) | 0, bits);
  };
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of ROUNDS) {
      add(b, a, d, 7);
      add(c, b, a, 9);
      add(d, c, b, 13);
      add(a, d, c, 18);
    }
  }
  return x;
}

function bytesOf(list: readonly number[]): Buffer {
  const bytes = Buffer.alloc(list.length * 4);
  for (const [index, word] of list.entries()) bytes.writeUInt32LE(word >>> 0, index * 4);
  return bytes;
}

function hsalsa20(key: Uint8Array, input: Uint8Array): Buffer {
  const x = mixed(stateOf(key, input));
  return bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((index) => x[index] ?? 0));
}

/** So many bytes of the key stream, from its beginning. */
function xsalsa20(key: Uint8Array, nonce: Uint8Array, length: number): Buffer {
  const subkey = hsalsa20(key, nonce.subarray(0, 16));
  const blocks: Buffer[] = [];
  for (let counter = 0; counter * 64 < length; counter++) {
    const input = Buffer.alloc(16);
    input.set(nonce.subarray(16, 24));
    input.writeUInt32LE(counter, 8);
    const state = stateOf(subkey, input);
    const x = mixed(state);
    blocks.push(bytesOf([...x].map((word, index) => (word + (state[index] ?? 0)) | 0)));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
}

function poly1305(key: Uint8Array, message: Uint8Array): Buffer {
  const prime = (1n << 130n) - 5n;
  const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = Buffer.concat([message.subarray(at, at + 16), Buffer.from([1])]);
    sum = ((sum + number(block)) * r) % prime;
  }
  const tag = (sum + number(key.subarray(16, 32))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}

/** Opens a box under a key of 32 and a nonce of 24 bytes; `undefined` when the key is not the right one. */
export function openSecretbox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Buffer | undefined {
  if (box.length < TAG || nonce.length !== 24 || key.length !== 32) return undefined;
  const sealed = box.subarray(TAG);
  const stream = xsalsa20(key, nonce, 32 + sealed.length);
  if (!timingSafeEqual(poly1305(stream.subarray(0, 32), sealed), box.subarray(0, TAG))) return undefined;
  return Buffer.from(sealed.map((byte, index) => byte ^ (stream[32 + index] ?? 0)));
}
