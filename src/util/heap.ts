import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at its first size (1 MiB) from now on, for work that passes many bytes through. Buffers lie
 * outside the heap: a young generation that may grow to 32 MiB is collected so seldom that their weight starts whole
 * collections instead, of everything that lives, several dozen for a release, and as much more memory is taken meanwhile.
 */
export function collectYoungOften(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

const GIVEN = new WeakSet<ArrayBufferLike>();

/** States that nobody but who gets this chunk holds it, or memory of it. Returns the chunk. */
export function given(chunk: Buffer): Buffer {
  if (chunk.byteLength === chunk.buffer.byteLength) GIVEN.add(chunk.buffer);
  return chunk;
}

/**
 * Frees a chunk that was `given`: it is empty from then on. Others stay as they are. The memory of a chunk lies outside
 * the heap and comes back with a collection of everything only, and its weight alone starts those; freed, it spares them.
 */
export function free(chunk: Buffer): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && GIVEN.delete(buffer)) buffer.transfer(0);
}
