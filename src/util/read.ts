import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { SlipwayError, systemCode } from './errors.ts';

/** Bytes of what people write themselves: image streams, locks, policies, keys, configurations. */
const SMALL = 16 << 20;

/** Read at once where nothing can be waited for. */
const CHUNK = 64 << 10;

export interface ReadLimit {
  /** Most bytes; default 16 MiB. */
  readonly limit?: number;
}

function tooLarge(file: string, limit: number): SlipwayError {
  return new SlipwayError('FILE_TOO_LARGE', `the file has more than the ${limit} bytes that are read.`, {
    place: { file },
  });
}

/** The bytes of a stream, no more than the limit; `file` is how messages call it. Throws `FILE_TOO_LARGE`. */
export async function readBounded(
  content: AsyncIterable<Uint8Array>,
  file: string,
  { limit = SMALL }: ReadLimit = {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > limit) throw tooLarge(file, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The bytes of a file, which may be a pipe or a device without end: no more than the limit is ever read, whatever size
 * the system states. Throws `FILE_TOO_LARGE`, and errors of the system.
 */
export async function readFileBounded(file: string, options?: ReadLimit): Promise<Buffer> {
  return await readBounded(createReadStream(file) as AsyncIterable<Uint8Array>, file, options);
}

/** Milliseconds between two looks at a pipe that has nothing yet, and that Node.js lets nobody wait for. */
const PAUSE = 20;

function readNow(handle: number, chunk: Buffer): number {
  for (;;)
    try {
      return readSync(handle, chunk, 0, chunk.length, null);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
}

/** The same at once, of a path or an open file, where nothing can be waited for. */
export function readFileBoundedSync(
  file: string,
  { limit = SMALL, opened }: ReadLimit & { readonly opened?: number } = {},
): Buffer {
  const handle = opened ?? openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const chunk = Buffer.alloc(CHUNK);
      const read = readNow(handle, chunk);
      if (read === 0) return Buffer.concat(chunks);
      size += read;
      if (size > limit) throw tooLarge(file, limit);
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    if (opened === undefined) closeSync(handle);
  }
}
