import { SlipwayError } from '../util/index.ts';

/** A Buffer over the same memory: its number and text readers are what this room reads with. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

/**
 * Reads forward through bytes that may lie about their own lengths: whoever asks for more than there is gets an error
 * `code` that says what was being read and where, never a short or empty value.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #code: string;
  readonly #what: string;
  #at = 0;

  /** `what` names the thing in error messages, e.g. "signature packet". */
  constructor(bytes: Uint8Array, code: string, what: string) {
    this.#bytes = asBuffer(bytes);
    this.#code = code;
    this.#what = what;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(reason: string): never {
    throw new SlipwayError(this.#code, `the ${this.#what} can't be read: ${reason}.`, {
      place: { field: `${this.#what}, offset ${this.#at}` },
    });
  }

  take(length: number): Buffer {
    if (length > this.left) this.fail(`${length} bytes are announced at offset ${this.#at} and ${this.left} are there`);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  /** What was read since `from`. */
  since(from: number): Buffer {
    return this.#bytes.subarray(from, this.#at);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }
}
