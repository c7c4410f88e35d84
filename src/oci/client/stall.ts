import type { Readable } from 'node:stream';

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
