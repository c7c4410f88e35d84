import type { Readable } from 'node:stream';
import { SlipwayError } from '../../../util/index.ts';
import type { Answer } from './answer.ts';

/** How long a client waits for something to come, and how long for all of it. Milliseconds. */
export interface Patience {
  /** For the next bytes. */
  readonly idle: number;
  /** For the whole, where that is small: a server that lets it trickle is as good as dead. */
  readonly whole: number;
}

function nothingCame(limit: number): Error {
  return new Error(`nothing came for ${limit} ms`);
}

/**
 * The chunks of a body; ends it with an error when the server lets the client wait for `idle` milliseconds. Only the
 * waiting counts: who reads slowly may do so.
 */
export async function* unstalled(body: Readable, idle: number): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let waiting = true;
  const timer = setTimeout(() => void (waiting && body.destroy(nothingCame(idle))), idle);
  try {
    for (;;) {
      waiting = true;
      timer.refresh();
      const { done, value } = await chunks.next();
      waiting = false;
      if (done === true) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/**
 * All of a small answer, read without the machinery of streams: a release has hundreds of them. Throws `OCI_TOO_LARGE`
 * beyond `limit` bytes, and an error when the server lets the client wait.
 */
export async function wholeBody(answer: Answer, limit: number, patience: Patience, image: string): Promise<Buffer> {
  const { body } = answer;
  const chunks: Buffer[] = [];
  let size = 0;
  const late = (after: number): void => void body.destroy(nothingCame(after));
  const timers = [patience.idle, patience.whole].map((after) => setTimeout(late, after, after));
  try {
    await new Promise<void>((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        timers[0]?.refresh();
        chunks.push(chunk);
        size += chunk.length;
        if (size > limit)
          body.destroy(
            new SlipwayError('OCI_TOO_LARGE', `the content is larger than ${limit} bytes.`, { place: { image } }),
          );
      });
      body.once('end', resolve);
      body.once('error', reject);
      body.once('close', () => reject(new Error('the connection broke')));
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
