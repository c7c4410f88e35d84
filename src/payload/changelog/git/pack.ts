import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { constants, inflateSync } from 'node:zlib';
import { SlipwayError } from '../../../util/index.ts';

/** Indexes are held in memory, about 32 bytes an object: 20 million objects. */
const INDEX_LIMIT = 640 << 20;
/** First read of an object; commits are rarely larger. */
const CHUNK = 4096;

/** An object as a pack stores it: whole, or as a difference to another. */
export interface PackedObject {
  readonly type: 'commit' | 'tree' | 'blob' | 'tag' | 'delta';
  readonly content: Buffer;
  /** Of a delta: offset in the same pack, or id. */
  readonly base?: number | string;
}

const TYPES: Readonly<Record<number, PackedObject['type']>> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  6: 'delta',
  7: 'delta',
};

function broken(file: string, why: string): SlipwayError {
  return new SlipwayError('PAYLOAD_GIT_PACK_INVALID', `${why}.`, { place: { file } });
}

/**
 * A packfile with its index (gitformat-pack, index version 2). Reads objects where they stand; memory: the index, and
 * the object under way.
 */
export class Pack {
  readonly #file: string;
  readonly #index: Buffer;
  /** Bytes of an object id: 20 of SHA-1, 32 of SHA-256. */
  readonly #width: number;
  readonly #count: number;
  #handle: FileHandle | undefined;
  #size = 0;

  private constructor(file: string, index: Buffer, width: number, count: number) {
    this.#file = file;
    this.#index = index;
    this.#width = width;
    this.#count = count;
  }

  /** Opens `….idx`. `width` is the length of ids in bytes. Throws `PAYLOAD_GIT_PACK_INVALID`. */
  static async open(indexFile: string, width: number): Promise<Pack> {
    const { size } = await stat(indexFile);
    if (size > INDEX_LIMIT) throw broken(indexFile, `the index has ${size} bytes, more than ${INDEX_LIMIT}`);
    const index = await readFile(indexFile);
    if (index.length < 8 + 1024 || index.readUInt32BE(0) !== 0xff744f63 || index.readUInt32BE(4) !== 2)
      throw broken(indexFile, 'the file is no pack index of version 2');
    const count = index.readUInt32BE(8 + 255 * 4);
    if (8 + 1024 + count * (width + 8) + 2 * width > index.length) throw broken(indexFile, 'the index is cut off');
    return new Pack(indexFile.replace(/\.idx$/, '.pack'), index, width, count);
  }

  /** Offset of an object in the pack, or undefined. */
  find(id: string): number | undefined {
    const wanted = Buffer.from(id, 'hex');
    const first = wanted[0] ?? 0;
    const names = 8 + 1024;
    let low = first === 0 ? 0 : this.#index.readUInt32BE(8 + (first - 1) * 4);
    let high = Math.min(this.#index.readUInt32BE(8 + first * 4), this.#count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = names + middle * this.#width;
      const order = wanted.compare(this.#index, start, start + this.#width);
      if (order === 0) return this.#offset(middle);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  #offset(position: number): number {
    const offsets = 8 + 1024 + this.#count * (this.#width + 4);
    const offset = this.#index.readUInt32BE(offsets + position * 4);
    if (offset < 0x80000000) return offset;
    const large = offsets + this.#count * 4 + (offset - 0x80000000) * 8;
    if (large + 8 > this.#index.length) throw broken(this.#file, 'the index points outside of itself');
    return Number(this.#index.readBigUInt64BE(large));
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    if (this.#handle === undefined) {
      this.#handle = await open(this.#file);
      this.#size = (await this.#handle.stat()).size;
    }
    const wanted = Math.min(length, this.#size - offset);
    if (wanted <= 0) throw broken(this.#file, `the pack has no byte ${offset}`);
    const buffer = Buffer.alloc(wanted);
    const { bytesRead } = await this.#handle.read(buffer, 0, wanted, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** The object at an offset. Throws `PAYLOAD_GIT_PACK_INVALID`, also for one larger than `limit` bytes. */
  async object(offset: number, limit: number): Promise<PackedObject> {
    let bytes = await this.#read(offset, CHUNK);
    let at = 0;
    const next = (): number => {
      const byte = bytes[at++];
      if (byte === undefined) throw broken(this.#file, `the object at ${offset} is cut off`);
      return byte;
    };
    let byte = next();
    const type = TYPES[(byte >> 4) & 7];
    const kind = (byte >> 4) & 7;
    let size = byte & 15;
    for (let scale = 16; byte >= 0x80; scale *= 128) {
      byte = next();
      size += (byte & 0x7f) * scale;
      if (scale > 2 ** 40) throw broken(this.#file, `the object at ${offset} has no sensible size`);
    }
    if (type === undefined) throw broken(this.#file, `the object at ${offset} is of an unknown type`);
    if (size > limit) throw broken(this.#file, `the object at ${offset} has ${size} bytes, more than ${limit}`);
    let base: number | string | undefined;
    if (kind === 6) {
      byte = next();
      let distance = byte & 0x7f;
      while (byte >= 0x80) {
        byte = next();
        distance = (distance + 1) * 128 + (byte & 0x7f);
        if (distance > 2 ** 45) break;
      }
      if (distance <= 0 || distance > offset) throw broken(this.#file, `the delta at ${offset} has no base`);
      base = offset - distance;
    } else if (kind === 7) {
      base = bytes.toString('hex', at, at + this.#width);
      at += this.#width;
    }
    for (let chunk = CHUNK; ; chunk *= 8) {
      const content = inflate(bytes.subarray(at), size);
      if (content !== undefined) return { type, content, ...(base === undefined ? {} : { base }) };
      // Deflate adds at most a few bytes a block to what it can not compress.
      if (chunk > size * 2 + CHUNK) throw broken(this.#file, `the object at ${offset} can not be unpacked`);
      bytes = await this.#read(offset, chunk * 8);
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

/** What the stream at the beginning of `bytes` unpacks to, or undefined when it has not `size` bytes. */
function inflate(bytes: Buffer, size: number): Buffer | undefined {
  try {
    const content = inflateSync(bytes, { maxOutputLength: size + 1, finishFlush: constants.Z_SYNC_FLUSH });
    return content.length === size ? content : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
