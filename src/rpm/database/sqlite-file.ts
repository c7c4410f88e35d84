import { DB_ERROR, refuse, WalkGuard } from './backend.ts';
import { SqlitePages } from './sqlite-pages.ts';

// SQLite's table b-trees (sqlite.org/fileformat2.html § 1.6) and records (§ 2.1), as far as tables with row ids need them.
const LEAF = 0x0d;
const INTERIOR = 0x05;
const FILE_HEADER = 100;

/** One row: its number, its payload, and where it stood. */
export interface SqliteRow {
  readonly rowid: number;
  readonly payload: Buffer;
  readonly place: string;
}

/** A variable-length integer (§ 1.6) and the offset behind it. Numbers above 2^53 are no length of anything. */
function varint(bytes: Buffer, at: number, place: string): { value: number; next: number } {
  let value = 0;
  for (let length = 0; length < 9; length++) {
    const byte = bytes[at + length];
    if (byte === undefined) break;
    value = length === 8 ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (byte < 0x80 || length === 8) return { value, next: at + length + 1 };
  }
  return refuse(DB_ERROR.corrupt, `a number at offset ${at} has no end.`, place);
}

/** Bytes of a value by its serial type (§ 2.1). */
function serialLength(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? -1;
}

/** One value of a row, undecoded. */
interface SqliteColumn {
  readonly type: number;
  readonly bytes: Buffer;
}

/** Splits a record into its first `wanted` columns; `short` is for tables that got columns added, whose rows may lack them. */
export function columns({ payload, place }: SqliteRow, wanted: number, short = false): SqliteColumn[] {
  const header = varint(payload, 0, place);
  const found: SqliteColumn[] = [];
  let body = header.value;
  for (let at = header.next; at < header.value && found.length < wanted; ) {
    const type = varint(payload, at, place);
    const length = serialLength(type.value);
    if (length < 0 || body + length > payload.length) {
      refuse(DB_ERROR.corrupt, `column ${found.length + 1} (${length} bytes) does not fit into its row.`, place);
    }
    found.push({ type: type.value, bytes: payload.subarray(body, body + length) });
    body += length;
    at = type.next;
  }
  if (found.length < wanted && !short) refuse(DB_ERROR.corrupt, `a row has fewer than ${wanted} columns.`, place);
  return found;
}

export const isBlob = ({ type }: SqliteColumn) => type >= 12 && type % 2 === 0;

/** The number of an integer column; undefined for any other. */
export function integer({ type, bytes }: SqliteColumn): number | undefined {
  if (type === 8 || type === 9) return type - 8;
  return type >= 1 && type <= 5 ? bytes.readIntBE(0, serialLength(type)) : undefined;
}

/** What the schema on page 1 says of one table, view or index. */
export interface SqliteSchemaEntry {
  readonly type: string;
  readonly name: string;
  readonly rootPage: number | undefined;
  readonly sql: string;
  readonly place: string;
}

/** A database's tables, row by row; the schema and each table can be walked once. */
export class SqliteFile {
  readonly #pages: SqlitePages;
  readonly #guard: WalkGuard;

  /** Throws `RPM_DB_…`. */
  constructor(main: Buffer, log: Buffer | undefined) {
    this.#pages = new SqlitePages(main, log);
    this.#guard = new WalkGuard(this.#pages.highest, this.#pages.bytes);
  }

  get wal(): { readonly frames: number; readonly applied: number } | undefined {
    const log = this.#pages.wal;
    return log === undefined ? undefined : { frames: log.frames, applied: log.applied };
  }

  *schema(): Generator<SqliteSchemaEntry> {
    for (const row of this.rows(1, 'schema')) {
      const [type, name, , root, sql] = columns(row, 5);
      yield {
        type: type?.bytes.toString() ?? '',
        name: name?.bytes.toString() ?? '',
        rootPage: root === undefined ? undefined : integer(root),
        sql: sql?.bytes.toString() ?? '',
        place: row.place,
      };
    }
  }

  /** All rows of a table, by a walk without recursion, so that a deep tree can't exhaust the stack. */
  *rows(root: number, table: string): Generator<SqliteRow> {
    const waiting = [{ page: root, from: table }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const place = `${table}, page ${next.page}`;
      const page = this.#pages.page(next.page, next.from);
      this.#guard.visit(next.page, next.from);
      const start = next.page === 1 ? FILE_HEADER : 0;
      const type = page.readUInt8(start);
      if (type === INTERIOR) {
        const children = this.#cells(page, start, 12, place).map((at) => page.readUInt32BE(at));
        children.push(page.readUInt32BE(start + 8));
        for (const child of children.reverse()) waiting.push({ page: child, from: place });
      } else if (type === LEAF) {
        for (const at of this.#cells(page, start, 8, place)) yield this.#leafCell(page, at, `${place}, offset ${at}`);
      } else {
        refuse(DB_ERROR.corrupt, `a page of type ${type} can't be part of a table.`, place);
      }
    }
  }

  /** Offsets of a page's cells. */
  #cells(page: Buffer, start: number, headerLength: number, place: string): number[] {
    const count = page.readUInt16BE(start + 3);
    const first = start + headerLength;
    const end = first + 2 * count;
    if (end > this.#pages.usable) refuse(DB_ERROR.corrupt, `${count} cells do not fit on a page.`, place);
    return Array.from({ length: count }, (_, cell) => {
      const at = page.readUInt16BE(first + 2 * cell);
      if (at < end || at + 4 > this.#pages.usable) {
        refuse(DB_ERROR.corrupt, `cell ${cell} at offset ${at} is outside of its page.`, place);
      }
      return at;
    });
  }

  #leafCell(page: Buffer, at: number, place: string): SqliteRow {
    const { value: length, next } = varint(page, at, place);
    const { value: rowid, next: start } = varint(page, next, place);
    const local = this.#localLength(length);
    const end = start + local;
    if (end + (local < length ? 4 : 0) > this.#pages.usable) {
      refuse(DB_ERROR.corrupt, `a row of ${length} bytes does not fit on its page.`, place);
    }
    this.#guard.spend(length, place);
    if (local === length) return { rowid, payload: page.subarray(start, end), place };
    const payload = Buffer.allocUnsafe(length);
    page.copy(payload, 0, start, end);
    this.#overflow(payload, local, page.readUInt32BE(end), place);
    return { rowid, payload, place };
  }

  /** How much of a payload stays on the leaf (§ 1.6, "X", "M" and "K"). */
  #localLength(length: number): number {
    const { usable } = this.#pages;
    if (length <= usable - 35) return length;
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const best = least + ((length - least) % (usable - 4));
    return best <= usable - 35 ? best : least;
  }

  /** Fills `payload` from `filled` on with its chain of overflow pages. */
  #overflow(payload: Buffer, filled: number, first: number, place: string): void {
    let from = place;
    let at = filled;
    for (let number = first; at < payload.length; ) {
      const page = this.#pages.page(number, from);
      this.#guard.visit(number, from);
      at += page.copy(payload, at, 4, Math.min(this.#pages.usable, 4 + payload.length - at));
      from = `${place}, page ${number}`;
      number = page.readUInt32BE(0);
    }
  }
}
