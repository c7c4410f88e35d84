import type { Readable } from 'node:stream';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import type { Answer } from './answer.ts';

/** Bytes a second; a server that brings fewer, for as long as one would wait for the first, is as good as dead. */
const SLOWEST = 1024;

/** So many bytes must come while one waits for `milliseconds`. */
export function leastIn(milliseconds: number): number {
  return (SLOWEST * milliseconds) / 1000;
}

/** A server took the connection, and let the client wait. */
export class Silence extends Error {
  /** Milliseconds. */
  readonly waited: number;
  /** `nothing`, or as good as. */
  readonly came: string;

  /** `bytes` came meanwhile, too few. */
  constructor(waited: number, bytes = 0) {
    const came = bytes === 0 ? 'nothing' : 'next to nothing';
    super(`${came} came for ${seconds(waited)}`);
    this.waited = waited;
    this.came = came;
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

/** Of a server that was silent for so many milliseconds in all. */
export function silent(what: string, milliseconds: number, image: string, cause: Silence): SlipwayError {
  return new SlipwayError('OCI_REGISTRY_SILENT', `${what}: ${cause.came} came for ${seconds(milliseconds)}.`, {
    place: { image },
    hint: 'It took the connection, but does not answer; try again later.',
    cause,
  });
}

/**
 * The chunks of a body; ends it with a `Silence` when in `idle` milliseconds of waiting less than 1 KiB a second came.
 * Only the waiting counts: who reads slowly may do so.
 */
export async function* unstalled(body: Readable, idle: number): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const least = leastIn(idle);
  let asked: number | undefined;
  // since as many bytes came as must come
  let waited = 0;
  let came = 0;
  let timer: NodeJS.Timeout | undefined;
  const arm = (milliseconds: number): void => {
    timer = setTimeout(
      () => {
        timer = undefined;
        if (asked === undefined) return;
        const left = idle - waited - (performance.now() - asked);
        if (left <= 0) body.destroy(new Silence(idle, came));
        else arm(left);
      },
      Math.max(1, milliseconds),
    );
  };
  try {
    for (;;) {
      asked = performance.now();
      if (timer === undefined) arm(idle - waited);
      const { done, value } = await chunks.next();
      if (done === true) return;
      waited += performance.now() - asked;
      asked = undefined;
      came += value.length;
      if (came >= least) waited = came = 0;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/**
 * All of a small answer, read without the machinery of streams: a release has hundreds of them. Throws `OCI_TOO_LARGE`
 * beyond `limit` bytes, `OCI_REGISTRY_SILENT` when in `idle` milliseconds less than 1 KiB a second comes,
 * `OCI_REGISTRY_UNREACHABLE` when the connection breaks.
 */
export async function wholeBody(answer: Answer, limit: number, idle: number, image: string): Promise<Buffer> {
  const { body } = answer;
  const chunks: Buffer[] = [];
  const least = leastIn(idle);
  let size = 0;
  let before = 0;
  const timer = setTimeout(() => void body.destroy(new Silence(idle, size - before)), idle);
  try {
    await new Promise<void>((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size - before >= least) {
          before = size;
          timer.refresh();
        }
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
    if (error instanceof Silence) throw silent('the registry stopped answering', idle, image, error);
    throw new SlipwayError('OCI_REGISTRY_UNREACHABLE', `the answer broke off: ${messageOf(error)}.`, {
      place: { image },
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
