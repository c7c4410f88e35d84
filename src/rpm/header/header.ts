import { SlipwayError } from '../../util/index.ts';
import { asBuffer } from '../bytes.ts';
import type { RpmHeader, RpmRegion } from '../types.ts';
import { BUILD_TAGS, REGION_TAGS, TAG, TYPE, TYPE_SIZE } from './tags.ts';

/** rpm's own limits (`hdrchkTags`, `hdrchkData`). */
const MAX_ENTRIES = 0xffff;
const MAX_DATA = 0x1000_0000;
/** Longest list decoded. The largest real package (kernel debug sources) has some 100,000 files. */
const MAX_LIST = 0x10_0000;
const ENTRY = 16;
const INTRO = 8;

/**
 * A header as rpm databases store it, read in place. Where its index and its data are is checked once, on construction;
 * each value is bounds-checked when it is decoded. Entries after the signed region win over those inside, as in rpm.
 */
class HeaderView implements RpmHeader {
  readonly blob: Buffer;
  readonly region: RpmRegion | undefined;
  readonly unsignedClaims: readonly number[];
  readonly #place: string;
  readonly #tags: Uint32Array;
  readonly #data: number;
  readonly #dataLength: number;

  constructor(blob: Uint8Array, place: string, regionTag: number) {
    this.blob = asBuffer(blob);
    this.#place = place;
    if (this.blob.length < INTRO) this.#fail('it is shorter than its own two lengths', 0);
    const entries = this.blob.readUInt32BE(0);
    this.#dataLength = this.blob.readUInt32BE(4);
    if (entries < 1 || entries > MAX_ENTRIES) this.#fail(`it announces ${entries} tags`, 0);
    if (this.#dataLength < 1 || this.#dataLength > MAX_DATA)
      this.#fail(`it announces ${this.#dataLength} bytes of data`, 4);
    this.#data = INTRO + entries * ENTRY;
    if (this.#data + this.#dataLength !== this.blob.length) {
      this.#fail(`its lengths announce ${this.#data + this.#dataLength} bytes and ${this.blob.length} are there`, 0);
    }
    this.#tags = this.#checkedIndex(entries);
    this.region = this.#tags[0] === regionTag ? this.#region(regionTag) : undefined;
    this.unsignedClaims =
      this.region === undefined
        ? []
        : [...this.#tags.subarray(this.region.entries)].filter((tag) => BUILD_TAGS.has(tag));
  }

  #fail(reason: string, offset: number): never {
    throw new SlipwayError('RPM_HEADER_CORRUPT', `the package header can't be read: ${reason}.`, {
      place: { field: `${this.#place}, offset ${offset}` },
    });
  }

  /**
   * The tags of the index, after each entry's type, count and extent were found possible. Data of two entries may not
   * overlap (rpm's `hdrblobVerifyInfo`): so all values together are never more than the header has bytes.
   */
  #checkedIndex(entries: number): Uint32Array {
    const tags = new Uint32Array(entries);
    let end = 0;
    for (let index = 0; index < entries; index++) {
      const at = INTRO + index * ENTRY;
      const tag = this.blob.readUInt32BE(at);
      const type = this.blob.readUInt32BE(at + 4);
      const offset = this.blob.readInt32BE(at + 8);
      const count = this.blob.readUInt32BE(at + 12);
      tags[index] = tag;
      if (type < TYPE.char || type > TYPE.translated) this.#fail(`value type ${type} does not exist`, at + 4);
      // A value that a NUL ends takes one byte at least.
      const least = count * Math.max(TYPE_SIZE[type] ?? 0, 1);
      if (count < 1 || offset < 0 || offset + least > this.#dataLength) {
        this.#fail(
          `${count} values at data offset ${offset} do not fit into ${this.#dataLength} bytes of data`,
          at + 8,
        );
      }
      if (type === TYPE.string && count !== 1) this.#fail(`a string can't have ${count} values`, at + 12);
      // A region's own entry comes first and its data, the trailer, last.
      if (index === 0 && REGION_TAGS.has(tag)) continue;
      if (offset < end) this.#fail(`tag ${tag} shares its data with the tag before`, at + 8);
      end = offset + least;
    }
    return tags;
  }

  /** The signed region: its entry points at a trailer that says how much of the index belongs to it (rpm's `hdrblobVerifyRegion`). */
  #region(tag: number): RpmRegion {
    const entries = this.#tags.length;
    const offset = this.blob.readInt32BE(INTRO + 8);
    if (this.blob.readUInt32BE(INTRO + 4) !== TYPE.binary || this.blob.readUInt32BE(INTRO + 12) !== ENTRY) {
      this.#fail('the entry of its signed region has the wrong type or size', INTRO);
    }
    const trailer = this.#data + offset;
    const indexLength = -this.blob.readInt32BE(trailer + 8);
    const fits =
      this.blob.readUInt32BE(trailer) === tag &&
      this.blob.readUInt32BE(trailer + 4) === TYPE.binary &&
      this.blob.readUInt32BE(trailer + 12) === ENTRY &&
      indexLength >= ENTRY &&
      indexLength % ENTRY === 0 &&
      indexLength / ENTRY <= entries;
    if (!fits) this.#fail('the trailer of its signed region does not fit the region', trailer);
    return { entries: indexLength / ENTRY, dataLength: offset + ENTRY };
  }

  /** Index of the entry whose value readers see, or -1. */
  #find(tag: number): number {
    const regionEnd = this.region?.entries ?? 0;
    for (let index = regionEnd; index < this.#tags.length; index++) if (this.#tags[index] === tag) return index;
    for (let index = 0; index < regionEnd; index++) if (this.#tags[index] === tag) return index;
    return -1;
  }

  #entry(index: number): { at: number; type: number; count: number } {
    const at = INTRO + index * ENTRY;
    return {
      at: this.#data + this.blob.readUInt32BE(at + 8),
      type: this.blob.readUInt32BE(at + 4),
      count: this.blob.readUInt32BE(at + 12),
    };
  }

  #wrongType(tag: number, type: number, wanted: string, at: number): never {
    return this.#fail(`tag ${tag} has value type ${type} and not ${wanted}`, at);
  }

  has(tag: number): boolean {
    return this.#find(tag) >= 0;
  }

  /** End of the string that begins at `at`. */
  #stringEnd(tag: number, at: number): number {
    const end = this.blob.indexOf(0, at);
    return end < 0 ? this.#fail(`a string of tag ${tag} has no end`, at) : end;
  }

  string(tag: number): string | null {
    const index = this.#find(tag);
    if (index < 0) return null;
    const { at, type } = this.#entry(index);
    if (type !== TYPE.string && type !== TYPE.translated && type !== TYPE.stringArray) {
      this.#wrongType(tag, type, 'a string', at);
    }
    return this.blob.toString('utf8', at, this.#stringEnd(tag, at));
  }

  strings(tag: number): readonly string[] {
    const index = this.#find(tag);
    if (index < 0) return [];
    const { at, type, count } = this.#entry(index);
    if (type !== TYPE.string && type !== TYPE.translated && type !== TYPE.stringArray) {
      this.#wrongType(tag, type, 'strings', at);
    }
    if (count > MAX_LIST) this.#fail(`tag ${tag} lists ${count} strings`, at);
    const found: string[] = [];
    for (let next = at; found.length < count; ) {
      const end = this.#stringEnd(tag, next);
      found.push(this.blob.toString('utf8', next, end));
      next = end + 1;
    }
    return found;
  }

  #numberAt(tag: number, at: number, type: number): number {
    switch (type) {
      case TYPE.char:
      case TYPE.int8:
        return this.blob.readUInt8(at);
      case TYPE.int16:
        return this.blob.readUInt16BE(at);
      case TYPE.int32:
        return this.blob.readUInt32BE(at);
      case TYPE.int64: {
        const value = this.blob.readUInt32BE(at) * 0x1_0000_0000 + this.blob.readUInt32BE(at + 4);
        return Number.isSafeInteger(value) ? value : this.#fail(`tag ${tag} holds a number above 2^53`, at);
      }
      default:
        return this.#wrongType(tag, type, 'a number', at);
    }
  }

  number(tag: number): number | null {
    const index = this.#find(tag);
    if (index < 0) return null;
    const { at, type } = this.#entry(index);
    return this.#numberAt(tag, at, type);
  }

  numbers(tag: number): readonly number[] {
    const index = this.#find(tag);
    if (index < 0) return [];
    const { at, type, count } = this.#entry(index);
    if (count > MAX_LIST) this.#fail(`tag ${tag} lists ${count} numbers`, at);
    const size = TYPE_SIZE[type] ?? 0;
    return Array.from({ length: count }, (_, each) => this.#numberAt(tag, at + each * size, type));
  }

  bytes(tag: number): Uint8Array | null {
    const index = this.#find(tag);
    if (index < 0) return null;
    const { at, type, count } = this.#entry(index);
    if (type !== TYPE.binary) this.#wrongType(tag, type, 'binary', at);
    return this.blob.subarray(at, at + count);
  }
}

/**
 * Reads a header as a database stores it (`place` says where it stood, for errors). Throws `RPM_HEADER_CORRUPT`; decoding
 * a value later may throw the same.
 */
export function readHeader(blob: Uint8Array, place = 'header', regionTag: number = TAG.headerImmutable): RpmHeader {
  return new HeaderView(blob, place, regionTag);
}

const MAGIC = Buffer.from('8eade80100000000', 'hex');

/**
 * The bytes a header signature covers, in pieces: magic, lengths of the region, its index, its data (rpm's
 * `hdrblobDigestUpdate`). Undefined where there is no signed region.
 */
export function signedBytes({ blob, region }: RpmHeader): readonly Uint8Array[] | undefined {
  if (region === undefined) return undefined;
  const lengths = Buffer.alloc(INTRO);
  lengths.writeUInt32BE(region.entries, 0);
  lengths.writeUInt32BE(region.dataLength, 4);
  const data = INTRO + asBuffer(blob).readUInt32BE(0) * ENTRY;
  return [
    MAGIC,
    lengths,
    blob.subarray(INTRO, INTRO + region.entries * ENTRY),
    blob.subarray(data, data + region.dataLength),
  ];
}

/** Bytes of a header that begins at `at` in a package file, magic included, from its own lengths; unchecked beyond its intro. */
export function fileHeaderLength(bytes: Uint8Array, at: number): number {
  const buffer = asBuffer(bytes);
  const corrupt = (reason: string): never => {
    throw new SlipwayError('RPM_FILE_CORRUPT', `the package file can't be read: ${reason}.`, {
      place: { field: `offset ${at}` },
    });
  };
  if (at + 16 > buffer.length) return corrupt('it ends before a header');
  if (!MAGIC.subarray(0, 4).equals(buffer.subarray(at, at + 4))) return corrupt('no header begins here');
  const length = 16 + buffer.readUInt32BE(at + 8) * ENTRY + buffer.readUInt32BE(at + 12);
  return at + length > buffer.length ? corrupt('the header is longer than the file') : length;
}
