import type { Readable } from 'node:stream';

/**
 * Reads a file of a layer only as far as it is of interest: `wanted` sees its first `length` bytes (fewer when the
 * file is shorter) and decides whether the whole content is kept. `undefined`: not wanted, the rest is skipped, or
 * broken off; `too-large`: wanted, but longer than `limit` bytes.
 */
export function readIf(
  body: Readable,
  length: number,
  wanted: (first: Buffer) => boolean,
  limit: number,
): Promise<Buffer | 'too-large' | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let decided = false;
    const settle = (result: Buffer | 'too-large' | undefined): void => {
      body.off('data', onData);
      body.off('end', onEnd);
      // What is left flows past: the layer's reader goes on behind it.
      body.resume();
      resolve(result);
    };
    const decide = (): boolean => {
      if (!decided && !wanted(Buffer.concat(chunks).subarray(0, length))) {
        settle(undefined);
        return false;
      }
      decided = true;
      return true;
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= length && !decide()) return;
      if (size > limit) settle('too-large');
    };
    const onEnd = (): void => {
      if (decided || decide()) settle(Buffer.concat(chunks));
    };
    body.on('data', onData);
    body.once('end', onEnd);
    // A layer that breaks off: its reader throws the reason when the next entry is asked for.
    body.once('error', () => settle(undefined));
    body.once('close', () => settle(undefined));
  });
}
