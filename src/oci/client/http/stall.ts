import type { Readable } from 'node:stream';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import type { Answer } from './answer.ts';

/** How long a client waits for something to come, and how long for all of it. Milliseconds. */
export interface Patience {
  /** For the next bytes. */
  readonly idle: number;
  /** For the whole, where that is small: a server that lets it trickle is as good as dead. */
  readonly whole: number;
}

/** A server took the connection, and let the client wait. */
export class Silence extends Error {
  /** Milliseconds. */
  readonly waited: number;

  constructor(waited: number) {
    super(`nothing came for ${seconds(waited)}`);
    this.waited = waited;
  }
}

/** `60 s`, for messages. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`;
}

/**
 * How long the next try may wait, of the time that a server may be silent in all: a third of it at first, since a
 * connection may have died where another lives; then all that is left.
 */
export function nextWait(left: number, whole: number): number {
  return left === whole ? whole / 3 : left;
}

/** Of a server that was silent for so many milliseconds. */
export function silent(what: string, milliseconds: number, image: string, cause?: unknown): SlipwayError {
  return new SlipwayError('OCI_REGISTRY_SILENT', `${what}: nothing came for ${seconds(milliseconds)}.`, {
    place: { image },
    hint: 'It took the connection, but does not answer; try again later.',
    cause,
  });
}

/**
 * The chunks of a body; ends it with an error when the server lets the client wait for `idle` milliseconds. Only the
 * waiting counts: who reads slowly may do so.
 */
export async function* unstalled(body: Readable, idle: number): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let waiting = true;
  const timer = setTimeout(() => void (waiting && body.destroy(new Silence(idle))), idle);
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
 * beyond `limit` bytes, `OCI_REGISTRY_SILENT` when the server lets the client wait, `OCI_REGISTRY_UNREACHABLE` when the
 * connection breaks.
 */
export async function wholeBody(answer: Answer, limit: number, patience: Patience, image: string): Promise<Buffer> {
  const { body } = answer;
  const chunks: Buffer[] = [];
  let size = 0;
  const late = (after: number): void => void body.destroy(new Silence(after));
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
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    if (error instanceof Silence) throw silent('the registry stopped answering', error.waited, image, error);
    throw new SlipwayError('OCI_REGISTRY_UNREACHABLE', `the answer broke off: ${messageOf(error)}.`, {
      place: { image },
      cause: error,
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
