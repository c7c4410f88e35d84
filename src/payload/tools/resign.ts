import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';
import { adHocSignature, identifierOf, PAGE } from './code-signature.ts';
import { type MachO, machOHeaderLength, parseMachO } from './mach-o.ts';

/** A signature has 32 bytes for each 4 KiB; this is one of a program of 8 GiB. */
const MOST_SIGNATURE = 64 << 20;
/** What Go's linker calls every program. */
const IDENTIFIER = 'a.out';

type State = 'header' | 'code' | 'signature' | 'rest';

/**
 * Replaces the code signature of a Mach-O program that streams through, by an ad-hoc one over its bytes as they are
 * now: macOS on arm64 kills a program whose pages are not those that were signed (oc#1242). The length does not change.
 * Anything without a signature passes as it is. Memory: the signature, 1/128 of the program.
 * Throws `PAYLOAD_MACHO_INVALID`.
 */
export class Resign extends Transform {
  /** Whether there was a signature, once the stream has ended. */
  resigned = false;
  #state: State = 'header';
  #held: Buffer = Buffer.alloc(0);
  #file: MachO | undefined;
  /** Bytes until the state changes. */
  #left = 0;
  #page = createHash('sha256');
  #pageBytes = 0;
  readonly #hashes: Buffer[] = [];

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    try {
      this.#take(chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#state === 'code' || this.#state === 'signature')
      done(new SlipwayError('PAYLOAD_MACHO_INVALID', 'the Mach-O file is damaged: it ends before its signature does.'));
    else if (this.#state === 'header') done(null, this.#held);
    else done();
  }

  #take(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#state === 'header') {
      this.#held = Buffer.concat([this.#held, chunk]);
      if (!this.#start()) return;
      bytes = this.#held;
      this.#held = Buffer.alloc(0);
    }
    if (this.#state === 'code') bytes = this.#code(bytes);
    if (this.#state === 'signature') bytes = this.#signature(bytes);
    if (this.#state === 'rest' && bytes.length > 0) this.push(bytes);
  }

  /** Whether the header is known. */
  #start(): boolean {
    const length = machOHeaderLength(this.#held);
    if (length === undefined || length > this.#held.length) return false;
    const file = length === 0 ? undefined : parseMachO(this.#held);
    if (file?.signature === undefined) {
      this.#state = 'rest';
      return true;
    }
    const { offset, size } = file.signature;
    if (offset < (length ?? 0) || size > MOST_SIGNATURE)
      throw new SlipwayError(
        'PAYLOAD_MACHO_INVALID',
        `the Mach-O file is damaged: its signature has ${size} bytes at ${offset}.`,
      );
    this.#file = file;
    this.#left = offset;
    this.#state = 'code';
    return true;
  }

  #code(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#left);
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + PAGE - this.#pageBytes);
      this.#page.update(piece);
      this.#pageBytes += piece.length;
      at += piece.length;
      if (this.#pageBytes === PAGE) this.#endPage();
    }
    this.#left -= part.length;
    if (part.length > 0) this.push(part);
    if (this.#left === 0) {
      if (this.#pageBytes > 0) this.#endPage();
      this.#state = 'signature';
      this.#left = this.#file?.signature?.size ?? 0;
    }
    return bytes.subarray(part.length);
  }

  #endPage(): void {
    this.#hashes.push(this.#page.digest());
    this.#page = createHash('sha256');
    this.#pageBytes = 0;
  }

  #signature(bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#left);
    this.#held = Buffer.concat([this.#held, part]);
    this.#left -= part.length;
    const file = this.#file;
    if (this.#left > 0 || file?.signature === undefined) return bytes.subarray(part.length);
    const { offset, size } = file.signature;
    const identifier = identifierOf(this.#held) ?? IDENTIFIER;
    const signature = adHocSignature(file, identifier, offset, Buffer.concat(this.#hashes), size);
    this.resigned = signature !== undefined;
    // Without room for it the old one stays, and whoever asked is told.
    this.push(signature ?? this.#held);
    this.#state = 'rest';
    return bytes.subarray(part.length);
  }
}
