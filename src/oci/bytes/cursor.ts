const EMPTY = Buffer.alloc(0);

/** Bytes that come chunk by chunk; what is at hand can be taken without waiting and without copying. */
export class Cursor {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** What is left of a chunk of which a part was joined to the one before. */
  #next: Buffer = EMPTY;
  #coming: Promise<boolean> | undefined;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get available(): number {
    return this.#chunk.length - this.#at;
  }

  peek(most: number): Buffer {
    return this.#chunk.subarray(this.#at, this.#at + Math.min(most, this.available));
  }

  take(most: number): Buffer {
    const taken = this.peek(most);
    this.#at += taken.length;
    return taken;
  }

  /** Fetches the next chunk when all is taken; `false` at the end. Two that wait get the same chunk. */
  async more(): Promise<boolean> {
    this.#coming ??= this.#fetch();
    return await this.#coming;
  }

  async #fetch(): Promise<boolean> {
    try {
      this.#chunk = await this.#pull();
      this.#at = 0;
      return this.#chunk.length > 0;
    } finally {
      this.#coming = undefined;
    }
  }

  async #pull(): Promise<Buffer> {
    const next = this.#next;
    this.#next = EMPTY;
    if (next.length > 0) return next;
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return EMPTY;
      if (value.length > 0) return value;
    }
  }

  /** Makes `length` bytes available in one piece; `false` when the archive ends before. For small lengths. */
  async gather(length: number): Promise<boolean> {
    const pieces: Buffer[] = [this.peek(this.available)];
    let lacking = length - this.available;
    if (lacking <= 0) return true;
    for (let piece = await this.#pull(); piece.length > 0; piece = await this.#pull()) {
      pieces.push(piece.subarray(0, lacking));
      this.#next = piece.subarray(lacking);
      lacking -= piece.length;
      if (lacking <= 0) break;
    }
    this.#chunk = Buffer.concat(pieces);
    this.#at = 0;
    return lacking <= 0;
  }

  /** Passes over bytes; `false` when they end before. */
  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0; left -= this.take(left).length)
      if (this.available === 0 && !(await this.more())) return false;
    return true;
  }
}
