// Makes databases of each format for tests: SQLite by SQLite itself, Berkeley DB and NDB from their descriptions.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { adler32 } from './adler32.ts';

/** Runs `use` on a new SQLite database in a folder of its own, which is removed afterwards. */
export function withSqlite<T>(use: (database: DatabaseSync, file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-rpm-'));
  const file = join(folder, 'rpmdb.sqlite');
  const database = new DatabaseSync(file);
  try {
    return use(database, file);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

export const PACKAGES_TABLE = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)";

export function insertPackages(database: DatabaseSync, blobs: readonly Uint8Array[]): void {
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (const blob of blobs) insert.run(blob);
}

export function forgeSqlite(blobs: readonly Uint8Array[], pageSize = 4096): Buffer {
  return withSqlite((database, file) => {
    database.exec(
      `PRAGMA page_size = ${pageSize}; ${PACKAGES_TABLE}; CREATE TABLE 'Name' (key TEXT, hnum INTEGER); BEGIN`,
    );
    insertPackages(database, blobs);
    database.exec('COMMIT');
    return readFileSync(file);
  });
}

/** A Berkeley DB hash of one bucket chain: a metadata page, one page of items per few packages, overflow pages. */
export function forgeBdb(
  blobs: readonly Uint8Array[],
  options: { bigEndian?: boolean; pageSize?: number } = {},
): Buffer {
  const { bigEndian = false, pageSize = 4096 } = options;
  const u16 = (page: Buffer, value: number, at: number) =>
    bigEndian ? page.writeUInt16BE(value, at) : page.writeUInt16LE(value, at);
  const u32 = (page: Buffer, value: number, at: number) =>
    bigEndian ? page.writeUInt32BE(value, at) : page.writeUInt32LE(value, at);
  const pages: Buffer[] = [];
  const newPage = (type: number): Buffer => {
    const page = Buffer.alloc(pageSize);
    u32(page, pages.length, 8);
    page[25] = type;
    pages.push(page);
    return page;
  };
  const meta = newPage(8);
  u32(meta, 0x061561, 12);
  u32(meta, 9, 16);
  u32(meta, pageSize, 20);
  u32(meta, blobs.length + 1, 88);
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(5);
    bytes[0] = 1;
    u32(bytes, value, 1);
    return bytes;
  };
  const chain = (blob: Uint8Array): Buffer => {
    const item = Buffer.alloc(12);
    item[0] = 3;
    u32(item, pages.length, 4);
    u32(item, blob.length, 8);
    for (let at = 0; at < blob.length; at += pageSize - 26) {
      const page = newPage(7);
      const part = blob.subarray(at, at + pageSize - 26);
      page.set(part, 26);
      u16(page, part.length, 22);
      if (at + part.length < blob.length) u32(page, pages.length, 16);
    }
    return item;
  };
  const pairs = [[number(0), number(blobs.length)], ...blobs.map((blob, each) => [number(each + 1), chain(blob)])];
  const perPage = Math.floor((pageSize - 26) / (5 + 12 + 4));
  for (let first = 0; first < pairs.length; first += perPage) {
    const page = newPage(13);
    let end = pageSize;
    const items = pairs.slice(first, first + perPage).flat();
    items.forEach((item, index) => {
      end -= item.length;
      page.set(item, end);
      u16(page, end, 26 + 2 * index);
    });
    u16(page, items.length, 20);
  }
  u32(meta, pages.length - 1, 32);
  return Buffer.concat(pages);
}

/** An NDB of one page of slots. */
export function forgeNdb(blobs: readonly Uint8Array[]): Buffer {
  const slots = Buffer.alloc(4096);
  slots.write('RpmP');
  slots.writeUInt32LE(1, 12);
  slots.writeUInt32LE(blobs.length + 1, 16);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at);
  const parts: Buffer[] = [slots];
  let block = slots.length / 16;
  blobs.forEach((blob, each) => {
    const blocks = Math.ceil((16 + blob.length + 12) / 16);
    const bytes = Buffer.alloc(blocks * 16);
    bytes.write('BlbS');
    bytes.writeUInt32LE(each + 1, 4);
    bytes.writeUInt32LE(1, 8);
    bytes.writeUInt32LE(blob.length, 12);
    bytes.set(blob, 16);
    const tail = bytes.length - 12;
    bytes.writeUInt32LE(adler32(bytes.subarray(0, tail)), tail);
    bytes.writeUInt32LE(blob.length, tail + 4);
    bytes.write('BlbE', tail + 8);
    parts.push(bytes);
    const slot = 32 + 16 * each;
    slots.writeUInt32LE(each + 1, slot + 4);
    slots.writeUInt32LE(block, slot + 8);
    slots.writeUInt32LE(blocks, slot + 12);
    block += blocks;
  });
  return Buffer.concat(parts);
}
