import { DB_ERROR, type OpenRpmdb, type RpmdbBackend, refuse, type StoredHeader, WalkGuard } from './backend.ts';

// Berkeley DB hash access method (dbinc/db_page.h), as rpm used it up to RHEL 8 for `Packages`.
const MAGIC = 0x00061561;
const VERSIONS = [7, 8, 9, 10];
const PAGE = { invalid: 0, hashUnsorted: 2, overflow: 7, hashMeta: 8, hash: 13 } as const;
const ITEM = { keyData: 1, offPage: 3 } as const;
const PAGE_HEADER = 26;
const META_LENGTH = 512;

/** Numbers in the byte order of the machine that wrote the file: s390x and ppc64 images are big endian. */
interface Numbers {
  u16(offset: number): number;
  u32(offset: number): number;
}

function numbersOf(main: Buffer): Numbers {
  return main.readUInt32LE(12) === MAGIC
    ? { u16: (offset) => main.readUInt16LE(offset), u32: (offset) => main.readUInt32LE(offset) }
    : { u16: (offset) => main.readUInt16BE(offset), u32: (offset) => main.readUInt32BE(offset) };
}

/** An item on a page: where in the file it begins (with its type byte) and its length. */
interface Extent {
  readonly start: number;
  readonly length: number;
}

class BdbHash implements OpenRpmdb {
  readonly wal = undefined;
  readonly #main: Buffer;
  readonly #numbers: Numbers;
  readonly #pageSize: number;
  readonly #lastPage: number;
  readonly #pairs: number;
  readonly #guard: WalkGuard;

  constructor(main: Buffer) {
    const meta = 'page 0';
    if (main.length < META_LENGTH) refuse(DB_ERROR.truncated, 'the database ends inside its first page.', meta);
    this.#main = main;
    this.#numbers = numbersOf(main);
    const { u32 } = this.#numbers;
    const version = u32(16);
    this.#pageSize = u32(20);
    this.#lastPage = u32(32);
    this.#pairs = u32(88);
    if (main[25] !== PAGE.hashMeta) {
      refuse(
        DB_ERROR.notRpmdb,
        'this Berkeley DB file is not a hash, as rpm keeps its packages.',
        `${meta}, offset 25`,
      );
    }
    if (!VERSIONS.includes(version)) {
      refuse(DB_ERROR.unsupported, `version ${version} of Berkeley DB's hash is unknown.`, `${meta}, offset 16`);
    }
    if (main[24] !== 0) refuse(DB_ERROR.unsupported, 'the database is encrypted.', `${meta}, offset 24`);
    if (((main[26] ?? 0) & 1) !== 0) {
      refuse(DB_ERROR.unsupported, 'the database has page checksums, which rpm never uses.', `${meta}, offset 26`);
    }
    const size = this.#pageSize;
    if (size < 512 || size > 65536 || (size & (size - 1)) !== 0) {
      refuse(DB_ERROR.corrupt, `${size} is no page size.`, `${meta}, offset 20`);
    }
    if ((this.#lastPage + 1) * size > main.length) {
      refuse(
        DB_ERROR.truncated,
        `the database has ${this.#lastPage + 1} pages of ${size} bytes and the file ${main.length} bytes.`,
        `${meta}, offset 32`,
      );
    }
    this.#guard = new WalkGuard(this.#lastPage + 1, main.length);
  }

  *headers(): Generator<StoredHeader> {
    let pairs = 0;
    for (let page = 1; page <= this.#lastPage; page++) {
      const type = this.#main[page * this.#pageSize + 25];
      switch (type) {
        case PAGE.hash:
        case PAGE.hashUnsorted:
          pairs += yield* this.#hashPage(page);
          break;
        case PAGE.invalid: // free
        case PAGE.overflow: // reached from its item
        case PAGE.hashMeta:
          break;
        default:
          refuse(DB_ERROR.corrupt, `type ${type} can't be in a hash of packages.`, `page ${page}, offset 25`);
      }
    }
    if (pairs < this.#pairs) {
      refuse(
        DB_ERROR.corrupt,
        `the database says it holds ${this.#pairs} entries and ${pairs} are there.`,
        'page 0, offset 88',
      );
    }
  }

  #checkNumber(page: number, from: string): void {
    const claimed = this.#numbers.u32(page * this.#pageSize + 8);
    if (claimed !== page) refuse(DB_ERROR.corrupt, `page ${page} says it is page ${claimed}.`, from);
  }

  /** Yields the headers of a page of keys (even items) and values (odd items); returns how many pairs it has. */
  *#hashPage(page: number): Generator<StoredHeader, number> {
    const place = `page ${page}`;
    this.#checkNumber(page, place);
    const start = page * this.#pageSize;
    const count = this.#numbers.u16(start + 20);
    if (count % 2 !== 0 || PAGE_HEADER + 2 * count > this.#pageSize) {
      refuse(DB_ERROR.corrupt, `${count} items do not fit on a page.`, `${place}, offset 20`);
    }
    const offsets = Array.from({ length: count }, (_, item) => this.#numbers.u16(start + PAGE_HEADER + 2 * item));
    for (let item = 0; item < count; item += 2) {
      const where = `${place}, item ${item + 1}`;
      // Items are laid from the end of the page downwards: each ends where the one before begins.
      const key = this.#item(page, offsets[item], offsets[item - 1] ?? this.#pageSize, where);
      const value = this.#item(page, offsets[item + 1], offsets[item] ?? 0, where);
      if (!this.#isCounter(key)) yield { blob: this.#value(value, where), place: where };
    }
    return count / 2;
  }

  #item(page: number, offset: number | undefined, end: number, where: string): Extent {
    if (offset === undefined || offset < PAGE_HEADER || offset >= end || end > this.#pageSize) {
      return refuse(DB_ERROR.corrupt, `an item at offset ${offset} is outside of its page.`, where);
    }
    const start = page * this.#pageSize;
    return { start: start + offset, length: end - offset };
  }

  /** Key 0 holds the next free number, not a header. */
  #isCounter({ start, length }: Extent): boolean {
    return this.#main[start] === ITEM.keyData && length === 5 && this.#numbers.u32(start + 1) === 0;
  }

  #value({ start, length }: Extent, where: string): Uint8Array {
    const type = this.#main[start];
    if (type === ITEM.keyData) {
      this.#guard.spend(length - 1, where);
      return this.#main.subarray(start + 1, start + length);
    }
    if (type !== ITEM.offPage || length < 12) {
      return refuse(DB_ERROR.corrupt, `a value of type ${type} can't hold a header.`, where);
    }
    return this.#overflow(this.#numbers.u32(start + 4), this.#numbers.u32(start + 8), where);
  }

  /** Collects a value from its chain of overflow pages. */
  #overflow(first: number, length: number, where: string): Uint8Array {
    this.#guard.spend(length, where);
    const value = Buffer.allocUnsafe(length);
    let filled = 0;
    for (let page = first, from = where; page !== 0; ) {
      if (page > this.#lastPage) refuse(DB_ERROR.corrupt, `page ${page} does not exist.`, from);
      this.#guard.visit(page, from);
      const start = page * this.#pageSize;
      this.#checkNumber(page, from);
      const used = this.#numbers.u16(start + 22);
      const type = this.#main[start + 25];
      if (type !== PAGE.overflow || used > this.#pageSize - PAGE_HEADER || filled + used > length) {
        refuse(DB_ERROR.corrupt, `page ${page} (type ${type}, ${used} bytes) does not continue the value.`, from);
      }
      this.#main.copy(value, filled, start + PAGE_HEADER, start + PAGE_HEADER + used);
      filled += used;
      from = `page ${page}`;
      page = this.#numbers.u32(start + 16);
    }
    if (filled !== length) {
      refuse(DB_ERROR.corrupt, `a value of ${length} bytes ends after ${filled}.`, where);
    }
    return value;
  }
}

export const bdb: RpmdbBackend = {
  format: 'bdb',
  matches: (first) => first.length >= 16 && (first.readUInt32LE(12) === MAGIC || first.readUInt32BE(12) === MAGIC),
  open: (main) => new BdbHash(main),
};
