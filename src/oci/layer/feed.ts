import type { Transform } from 'node:stream';
import { free, given } from '../../util/index.ts';

/**
 * Writes what comes to a decompressor, and ends it. What comes behind its end is read and dropped: padding is a part of
 * the blob, although not of the archive. `size` bytes are expected. Throws what `chunks` throws.
 */
export type Feeding = (chunks: AsyncIterable<Buffer>, into: Transform, size: number) => Promise<void>;

/** A piece goes to another thread and back, whatever its length. */
const PIECE = 512 << 10;
const LEAST = 4 << 10;
/** Milliseconds without a chunk until what has come is passed on: who reads entries as they come waits for it. */
const QUIET = 10;

/** Resolves when the decompressor has taken all of a piece, or takes no more. */
function write(into: Transform, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      into.off('close', done);
      resolve();
    };
    // of what follows its end it never says that it was taken
    into.once('close', done);
    // an error is told to who reads from it
    into.write(piece, done);
  });
}

/** Each piece by itself, its bounds kept. */
export async function feedPieces(pieces: AsyncIterable<Buffer>, into: Transform): Promise<void> {
  for await (const piece of pieces) if (!into.destroyed) await write(into, piece);
  if (!into.destroyed) into.end();
}

/** Two buffers: one is filled while the decompressor reads from the other. */
class Joined {
  readonly #into: Transform;
  #filling: Buffer;
  #length = 0;
  #reading: Buffer;
  /** Until the decompressor has read its buffer. */
  #busy: Promise<void> | undefined;

  constructor(into: Transform, capacity: number) {
    this.#into = into;
    this.#filling = given(Buffer.allocUnsafeSlow(capacity));
    this.#reading = given(Buffer.allocUnsafeSlow(capacity));
  }

  get busy(): boolean {
    return this.#busy !== undefined;
  }

  async add(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      while (this.#length === this.#filling.length) {
        await this.#busy;
        this.pass();
      }
      const copied = chunk.copy(this.#filling, this.#length, at);
      this.#length += copied;
      at += copied;
    }
    if (this.#length === this.#filling.length) this.pass();
  }

  /** Passes on what has come, unless the decompressor is busy. */
  pass(): void {
    if (this.busy || this.#length === 0) return;
    const piece = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#reading] = [this.#reading, this.#filling];
    this.#length = 0;
    this.#busy = write(this.#into, piece).then(() => {
      this.#busy = undefined;
    });
  }

  async end(): Promise<void> {
    await this.#busy;
    this.pass();
    await this.#busy;
    // A decompressor that was destroyed may still read.
    if (this.#into.destroyed) return;
    for (const buffer of [this.#filling, this.#reading]) free(buffer);
    this.#into.end();
  }
}

/** Joined to larger pieces, unless the next chunk lets wait. Chunks that were given are freed. Memory: 1 MiB. */
export const feedJoined: Feeding = async (chunks, into, size) => {
  const joined = new Joined(into, Math.max(LEAST, Math.min(PIECE, size)));
  const quiet = setTimeout(() => {
    if (joined.busy) quiet.refresh();
    else joined.pass();
  }, QUIET);
  try {
    for await (const chunk of chunks) {
      quiet.refresh();
      if (!into.destroyed) await joined.add(chunk);
      free(chunk);
    }
    await joined.end();
  } finally {
    clearTimeout(quiet);
  }
};
