import { DB_ERROR, refuse } from './backend.ts';
import { readWal, type Wal } from './sqlite-wal.ts';

export const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const HEADER = 100;

/** The pages of a SQLite database, those of the write-ahead log in front of those of the main file. */
export class SqlitePages {
  /** Bytes of a page that b-trees may use: without the reserved ones at its end. */
  readonly usable: number;
  readonly count: number;
  readonly wal: Wal | undefined;
  readonly #main: Buffer;
  readonly #pageSize: number;

  /** Reads the file header (sqlite.org/fileformat2.html § 1.3). Throws `RPM_DB_…`. */
  constructor(main: Buffer, log: Buffer | undefined) {
    const where = (offset: number) => `page 1, offset ${offset}`;
    if (main.length < HEADER) refuse(DB_ERROR.truncated, 'the database ends inside its header.', where(0));
    this.#main = main;
    this.#pageSize = main.readUInt16BE(16) === 1 ? 65536 : main.readUInt16BE(16);
    if (this.#pageSize < 512 || (this.#pageSize & (this.#pageSize - 1)) !== 0) {
      refuse(DB_ERROR.corrupt, `${this.#pageSize} is no page size.`, where(16));
    }
    this.usable = this.#pageSize - main.readUInt8(20);
    if (this.usable < 480)
      refuse(DB_ERROR.corrupt, `${main.readUInt8(20)} bytes reserved a page are too many.`, where(20));
    const readVersion = main.readUInt8(19);
    if (readVersion < 1 || readVersion > 2) {
      refuse(DB_ERROR.unsupported, `read version ${readVersion} is unknown.`, where(19));
    }
    this.wal = log === undefined || log.length === 0 ? undefined : readWal(log, this.#pageSize);
    this.count = this.wal?.pageCount ?? this.#mainCount(where(28));
    const encoding = this.page(1, 'file header').readUInt32BE(56);
    if (encoding > 1) refuse(DB_ERROR.unsupported, `text encoding ${encoding} is not UTF-8.`, where(56));
  }

  /** Pages of the main file: its header's count is valid only if it was written by the last change (§ 1.3.7). */
  #mainCount(where: string): number {
    const inFile = Math.floor(this.#main.length / this.#pageSize);
    const claimed = this.#main.readUInt32BE(28);
    const valid = claimed > 0 && this.#main.readUInt32BE(24) === this.#main.readUInt32BE(92);
    if (valid && claimed > inFile) {
      refuse(DB_ERROR.truncated, `the database has ${claimed} pages and the file only ${inFile}.`, where);
    }
    return valid ? claimed : inFile;
  }

  /** Bytes that the database can hold at most: what a walk over it may spend. */
  get bytes(): number {
    return this.#main.length + (this.wal?.pages.size ?? 0) * this.#pageSize;
  }

  /** Highest page number that can be asked for, a bound that lying counts can't raise. */
  get highest(): number {
    return Math.min(this.count, Math.floor(this.#main.length / this.#pageSize) + (this.wal?.frames ?? 0));
  }

  /** A page by its number, which begins at 1. Throws `RPM_DB_CORRUPT` or `RPM_DB_TRUNCATED`; `from` says who asked. */
  page(number: number, from: string): Buffer {
    if (number < 1 || number > this.highest) refuse(DB_ERROR.corrupt, `page ${number} does not exist.`, from);
    const logged = this.wal?.pages.get(number);
    if (logged !== undefined) return logged;
    const start = (number - 1) * this.#pageSize;
    if (start + this.#pageSize > this.#main.length) {
      refuse(DB_ERROR.truncated, `page ${number} is beyond the end of the file.`, from);
    }
    return this.#main.subarray(start, start + this.#pageSize);
  }
}
