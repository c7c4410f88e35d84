import { Readable } from 'node:stream';
import { type Place, SlipwayError } from '../../util/index.ts';
import { Cursor } from '../bytes/index.ts';
import {
  BLOCK,
  decodeExtended,
  decodeHeader,
  EXTENDED,
  invalid,
  isZero,
  type Overrides,
  type TarHeader,
} from './header.ts';

/** Longest extended header; Go's reader has the same limit. More would only serve to fill the memory. */
const LARGEST_EXTENDED = 1 << 20;
const HIGH_WATER = 1 << 20;

function truncated(place: Place): SlipwayError {
  return new SlipwayError('OCI_LAYER_TRUNCATED', 'the layer ends in the middle of its archive.', { place });
}

/** An entry of an archive; its content can be read until the next entry is asked for. */
export class Member {
  readonly header: TarHeader;
  readonly #cursor: Cursor;
  readonly #place: Place;
  #left: number;
  #stream: Readable | undefined;
  #failure: unknown;
  #reading: Promise<unknown> | undefined;
  #settle: (() => void) | undefined;
  #passed = false;

  constructor(header: TarHeader, cursor: Cursor, place: Place) {
    this.header = header;
    this.#cursor = cursor;
    this.#place = place;
    this.#left = header.size;
  }

  /** The first bytes of the content, as far as they are at hand; at least `BLOCK` when the content has them. */
  head(most: number): Buffer {
    this.#mustBeHere();
    return this.#cursor.peek(Math.min(most, this.#left));
  }

  /** As `head`, but waits until all that is asked for is there. For small lengths. */
  async start(most: number): Promise<Buffer> {
    this.#mustBeHere();
    const length = Math.min(most, this.#left);
    if (this.#cursor.available < length && !(await this.#cursor.gather(length))) {
      this.#failure = truncated(this.#place);
      throw this.#failure;
    }
    return this.#cursor.peek(length);
  }

  body(): Readable {
    this.#mustBeHere();
    if (this.#stream) return this.#stream;
    const stream = new Readable({ highWaterMark: HIGH_WATER, read: () => void this.#deliver() });
    // The archive's reader reports what goes wrong; a body that nobody listens to must not end the process.
    stream.on('error', () => {});
    stream.once('close', () => this.#settle?.());
    this.#stream = stream;
    if (this.#left === 0 || this.#cursor.available > 0) this.#push(stream);
    return stream;
  }

  async bytes(): Promise<Buffer> {
    this.#mustBeHere();
    const reading = this.#stream ? concatenated(this.#stream) : this.#gather();
    this.#reading = reading.catch(() => {});
    return await reading;
  }

  /** Ends the entry: what somebody is reading is delivered to its end, the rest is skipped. */
  async finish(): Promise<void> {
    this.#passed = true;
    await this.#reading;
    const stream = this.#stream;
    if (stream && this.#left > 0 && !stream.destroyed) {
      const settled = new Promise<void>((resolve) => {
        this.#settle = resolve;
      });
      if (stream.readableFlowing !== true) stream.resume();
      await settled;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (!(await this.#cursor.skip(this.#left))) throw truncated(this.#place);
  }

  abandon(): void {
    this.#stream?.destroy();
  }

  /** Asking too late would look like an empty file. */
  #mustBeHere(): void {
    if (this.#passed) throw new RangeError(`the content of "${this.header.name}" was passed over already`);
  }

  #push(stream: Readable): void {
    if (this.#left > 0) {
      const piece = this.#cursor.take(this.#left);
      this.#left -= piece.length;
      stream.push(piece);
    }
    if (this.#left === 0) {
      stream.push(null);
      this.#settle?.();
    }
  }

  async #deliver(): Promise<void> {
    const stream = this.#stream;
    if (!stream || this.#left === 0) return;
    try {
      if (this.#cursor.available === 0 && !(await this.#cursor.more())) throw truncated(this.#place);
      if (!stream.destroyed) this.#push(stream);
    } catch (error) {
      this.#failure = error;
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #gather(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    try {
      while (this.#left > 0) {
        if (this.#cursor.available === 0 && !(await this.#cursor.more())) throw truncated(this.#place);
        const piece = this.#cursor.take(this.#left);
        this.#left -= piece.length;
        pieces.push(piece);
      }
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    // A copy even of a single piece: a small file that is kept must not keep a whole chunk alive.
    return Buffer.concat(pieces);
  }
}

async function concatenated(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/**
 * Reads a tar archive (ustar, PAX, GNU) as it streams, as far as container runtimes do: up to two blocks of zeroes or
 * the end of the bytes; what follows is read and dropped. Memory: a chunk, and extended headers of at most 1 MiB.
 * Throws `OCI_LAYER_TRUNCATED`, `OCI_LAYER_INVALID`, and what `chunks` throws.
 */
export async function* readArchive(
  chunks: AsyncIterable<Buffer>,
  place: Place,
): AsyncGenerator<Member, void, undefined> {
  const cursor = new Cursor(chunks);
  let overrides: Overrides = {};
  for (;;) {
    if (cursor.available < BLOCK && !(await cursor.gather(BLOCK))) {
      if (cursor.available > 0 || Object.keys(overrides).length > 0) throw truncated(place);
      return;
    }
    const block = cursor.take(BLOCK);
    if (isZero(block)) {
      if ((await cursor.gather(BLOCK)) && !isZero(cursor.take(BLOCK)))
        throw invalid('a block of zeroes stands in its middle', place);
      break;
    }
    const header = decodeHeader(block, overrides, place);
    const padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if (EXTENDED.includes(header.flag)) {
      if (header.size > LARGEST_EXTENDED) throw invalid(`an extended header claims ${header.size} bytes`, place);
      if (!(await cursor.gather(header.size + padding))) throw truncated(place);
      overrides = { ...overrides, ...decodeExtended(header.flag, cursor.take(header.size), place) };
      cursor.take(padding);
      continue;
    }
    overrides = {};
    if (cursor.available < BLOCK && header.size > cursor.available) await cursor.gather(Math.min(BLOCK, header.size));
    const member = new Member(header, cursor, place);
    let finished = false;
    try {
      yield member;
      await member.finish();
      finished = true;
    } finally {
      if (!finished) member.abandon();
    }
    if (!(await cursor.skip(padding))) throw truncated(place);
  }
  do cursor.take(cursor.available);
  while (await cursor.more());
}
