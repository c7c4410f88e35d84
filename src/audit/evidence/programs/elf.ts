/** What the first bytes of an ELF file say: where its notes and its writable data are (System V ABI, chapters 4 and 5). */
export interface Elf {
  readonly notes: readonly Extent[];
  /** The first writable segment, where Go's linker puts its build information. */
  readonly data: Extent | undefined;
  /** A program that starts by itself, without a dynamic loader: what few but Go's are. */
  readonly standalone: boolean;
  readonly little: boolean;
}

/** A part of a file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that an ELF file begins with at least. */
export const ELF_MAGIC_LENGTH = 4;
const MAGIC = Buffer.from('\x7fELF', 'latin1');

export const isElf = (first: Buffer): boolean => first.subarray(0, ELF_MAGIC_LENGTH).equals(MAGIC);

const ET_EXEC = 2;
const PT_LOAD = 1;
const PT_INTERP = 3;
const PT_NOTE = 4;
const PF_WRITE = 2;
/** More program headers than any linker writes. */
const MOST_HEADERS = 128;

/** Reads numbers of either size and byte order out of the start of a file. */
class Fields {
  readonly #bytes: Buffer;
  readonly wide: boolean;
  readonly little: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.wide = bytes[4] === 2;
    this.little = bytes[5] !== 2;
  }

  u16(at: number): number {
    return this.little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    return this.little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** An address or offset; beyond 2^53 it is no place of any file. */
  address(at: number): number {
    if (!this.wide) return this.u32(at);
    return Number(this.little ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at));
  }
}

/** Reads the program headers that stand in `start`; `undefined` for what is not an ELF file, or one without them there. */
export function readElf(start: Buffer): Elf | undefined {
  if (start.length < 64 || !isElf(start)) return undefined;
  const fields = new Fields(start);
  const { wide, little } = fields;
  const table = fields.address(wide ? 32 : 28);
  const size = fields.u16(wide ? 54 : 42);
  const count = fields.u16(wide ? 56 : 44);
  if (size < (wide ? 56 : 32) || count > MOST_HEADERS || table + count * size > start.length) return undefined;
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      type: fields.u32(at),
      flags: fields.u32(at + (wide ? 4 : 24)),
      offset: fields.address(at + (wide ? 8 : 4)),
      length: fields.address(at + (wide ? 32 : 16)),
    };
  });
  return {
    notes: headers.filter(({ type }) => type === PT_NOTE),
    data: headers.find(({ type, flags }) => type === PT_LOAD && (flags & PF_WRITE) !== 0),
    standalone: fields.u16(16) === ET_EXEC && !headers.some(({ type }) => type === PT_INTERP),
    little,
  };
}

/** One note of an ELF file. */
export interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly content: Buffer;
}

/** The notes of one segment; ends where one does not fit. Names and contents are padded to four bytes. */
export function notesOf(segment: Buffer, little: boolean): ElfNote[] {
  const u32 = (at: number): number => (little ? segment.readUInt32LE(at) : segment.readUInt32BE(at));
  const padded = (length: number): number => (length + 3) & ~3;
  const notes: ElfNote[] = [];
  for (let at = 0; at + 12 <= segment.length; ) {
    const [nameLength, length, type] = [u32(at), u32(at + 4), u32(at + 8)];
    const content = at + 12 + padded(nameLength);
    if (nameLength > segment.length || length > segment.length || content + length > segment.length) break;
    notes.push({
      owner: segment.toString('latin1', at + 12, at + 12 + nameLength).replace(/\0+$/u, ''),
      type,
      content: segment.subarray(content, content + length),
    });
    at = content + padded(length);
  }
  return notes;
}
