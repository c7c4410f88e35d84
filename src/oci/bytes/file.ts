import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** What is read of a file at once, and held of it. */
const READ_CHUNK = 1 << 20;

/** The bytes of a file from `start` to `end`, both included; a known end keeps buffers as small as the content. */
export function fileBytes(
  path: string,
  range: { readonly start?: number; readonly end?: number } = {},
): AsyncIterable<Buffer> & Readable {
  return createReadStream(path, { highWaterMark: READ_CHUNK, ...range });
}
