import type { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';

/** How long a client waits for something to come, and how long for all of it. Milliseconds. */
export interface Patience {
  /** For the next bytes. */
  readonly idle: number;
  /** For the whole, where that is small: a server that lets it trickle is as good as dead. */
  readonly whole?: number;
}

/**
 * The chunks of a body; ends it with an error when the server lets the client wait. Only the waiting counts: who reads
 * slowly may do so.
 */
export async function* unstalled(body: Readable, { idle, whole }: Patience): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let left = whole ?? Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      const limit = Math.min(idle, left);
      const since = performance.now();
      const timer = setTimeout(() => body.destroy(new Error(`nothing came for ${Math.round(limit)} ms`)), limit);
      const { done, value } = await chunks.next().finally(() => clearTimeout(timer));
      if (done === true) return;
      left = Math.max(1, left - (performance.now() - since));
      yield value;
    }
  } finally {
    body.destroy();
  }
}

/**
 * All of a small answer, read without the machinery of streams: a release has hundreds of them. Throws `OCI_TOO_LARGE`
 * beyond `limit` bytes, and an error when the server lets the client wait.
 */
export async function wholeBody(answer: Response, limit: number, patience: Patience, image: string): Promise<Buffer> {
  if (answer.body === null) return Buffer.alloc(0);
  const reader = answer.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let waited: number | undefined;
  const end = performance.now() + (patience.whole ?? Number.POSITIVE_INFINITY);
  const cancel = (limit: number): void => {
    waited = limit;
    void reader.cancel();
  };
  try {
    for (;;) {
      const wait = Math.max(1, Math.min(patience.idle, end - performance.now()));
      const timer = setTimeout(cancel, wait, wait);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (waited !== undefined) throw new Error(`nothing came for ${Math.round(waited)} ms`);
      if (done) break;
      size += value.length;
      if (size > limit)
        throw new SlipwayError('OCI_TOO_LARGE', `the content is larger than ${limit} bytes.`, { place: { image } });
      chunks.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1
    ? Buffer.from(only.buffer, only.byteOffset, only.length)
    : Buffer.concat(chunks);
}
