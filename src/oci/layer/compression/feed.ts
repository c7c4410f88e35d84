import type { Transform } from 'node:stream';
import { free, given } from '../../../util/index.ts';

/**
 * Writes what comes to a decompressor, and ends it. What comes behind its end is read and dropped: padding is a part of
 * the blob, although not of the archive. `size` bytes are expected. Ends early where the decompressor failed, which tells its
 * reader. Throws what `chunks` throws.
 */
export type Feeding = (chunks: AsyncIterable<Buffer>, into: Transform, size: number) => Promise<void>;

/** A piece goes to another thread and back, whatever its length. */
const PIECE = 512 << 10;
const LEAST = 4 << 10;
/** Milliseconds until what has come is passed on, though more may come: who reads entries as they come waits for it. */
const LONGEST_WAIT = 20;

/** Resolves when the decompressor has taken all of a piece, or takes no more. */
function write(into: Transform, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      into.off('close', done);
      resolve();
    };
    // after an error of zlib it never says that it was taken; who reads from it is told the error
    into.once('close', done);
    into.write(piece, done);
  });
}

/** Each piece by itself, its bounds kept. */
export async function feedPieces(pieces: AsyncIterable<Buffer>, into: Transform): Promise<void> {
  for await (const piece of pieces) {
    if (into.errored) return;
    if (!into.destroyed) await write(into, piece);
  }
  if (!into.destroyed) into.end();
}

/** Two buffers at most: one is filled while the decompressor reads from the other. */
class Joined {
  readonly #into: Transform;
  readonly #capacity: number;
  readonly #spare: Buffer[] = [];
  #filling: Buffer | undefined;
  #length = 0;
  /** Until the decompressor has read its buffer. */
  #busy: Promise<void> | undefined;
  #wait: NodeJS.Timeout | undefined;

  constructor(into: Transform, capacity: number) {
    this.#into = into;
    this.#capacity = capacity;
  }

  async add(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      while (this.#length === this.#capacity) {
        await this.#busy;
        this.#pass();
      }
      this.#filling ??= this.#spare.pop() ?? given(Buffer.allocUnsafeSlow(this.#capacity));
      const copied = chunk.copy(this.#filling, this.#length, at);
      this.#length += copied;
      at += copied;
    }
    if (this.#length === this.#capacity) this.#pass();
    else this.#passSoon();
  }

  /** Passes on what has come, unless the decompressor is busy. */
  #pass(): void {
    const buffer = this.#filling;
    if (this.#busy !== undefined || buffer === undefined) return;
    this.stop();
    const piece = buffer.subarray(0, this.#length);
    this.#filling = undefined;
    this.#length = 0;
    this.#busy = write(this.#into, piece).then(() => {
      this.#busy = undefined;
      this.#spare.push(buffer);
      this.#passSoon();
    });
  }

  /** A busy decompressor is waited for first, without a timer: it may wait for its reader. */
  #passSoon(): void {
    if (this.#busy !== undefined || this.#filling === undefined || this.#into.destroyed) return;
    this.#wait ??= setTimeout(() => this.#pass(), LONGEST_WAIT);
  }

  stop(): void {
    clearTimeout(this.#wait);
    this.#wait = undefined;
  }

  async end(): Promise<void> {
    await this.#busy;
    this.#pass();
    await this.#busy;
    // A decompressor that was destroyed may still read.
    if (this.#into.destroyed) return;
    for (const buffer of this.#spare) free(buffer);
    this.#into.end();
  }
}

/** Joined to larger pieces. Chunks that were given are freed. Memory: 1 MiB. */
export const feedJoined: Feeding = async (chunks, into, size) => {
  const joined = new Joined(into, Math.max(LEAST, Math.min(PIECE, size)));
  try {
    for await (const chunk of chunks) {
      if (into.errored) return;
      if (!into.destroyed) await joined.add(chunk);
      free(chunk);
    }
    await joined.end();
  } finally {
    joined.stop();
  }
};
