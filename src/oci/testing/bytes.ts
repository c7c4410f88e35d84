import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that look random, so that they do not compress, and are the same for the same seed, also in another process. */
export function pseudoRandom(seed: number | string, size: number): Buffer {
  const key = createHash('sha256').update(`${seed}`).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}
