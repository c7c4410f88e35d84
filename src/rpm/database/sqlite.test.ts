import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { forgeSqlite, insertPackages, PACKAGES_TABLE, withSqlite } from '../testing/forge-database.ts';
import { forgedBuild, forgeHeader } from '../testing/forge-header.ts';
import { looksLikeRpmdb, readRpmdb } from './index.ts';

const code = (expected: string) => (error: unknown) => error instanceof SlipwayError && error.code === expected;

/** Headers of very different sizes, so that rows stay on their page, spill over one page, and over many. */
function headers(count: number): Buffer[] {
  return Array.from({ length: count }, (_, each) =>
    forgeHeader(
      new Map([...forgedBuild(`p${String(each).padStart(4, '0')}`), [1005, 'x'.repeat((each * 977) % 40_000)]]),
    ),
  );
}

const names = (main: Buffer, wal?: Buffer) =>
  readRpmdb(main, wal)
    .packages.map((pkg) => pkg.name)
    .sort();
const expected = (count: number) => Array.from({ length: count }, (_, each) => `p${String(each).padStart(4, '0')}`);

for (const pageSize of [512, 1024, 4096, 16384, 65536]) {
  test(`reads every row of a database with pages of ${pageSize} bytes, whole and spilled, under interior pages`, () => {
    assert.deepEqual(names(forgeSqlite(headers(300), pageSize)), expected(300));
  });
}

/** A database with a log that SQLite has not written back: 20 packages in the main file, 30 with the log. */
function withLog(): { main: Buffer; wal: Buffer } {
  return withSqlite((database, file) => {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${PACKAGES_TABLE}; BEGIN`);
    const all = headers(30);
    insertPackages(database, all.slice(0, 20));
    database.exec('COMMIT; PRAGMA wal_checkpoint(RESTART); BEGIN');
    insertPackages(database, all.slice(20, 25));
    database.exec('COMMIT; BEGIN');
    insertPackages(database, all.slice(25));
    database.exec('COMMIT');
    return { main: readFileSync(file), wal: readFileSync(`${file}-wal`) };
  });
}

test('what is committed in the write-ahead log is part of the database', () => {
  const { main, wal } = withLog();
  assert.deepEqual(names(main), expected(20));
  assert.deepEqual(names(main, Buffer.alloc(0)), expected(20));
  assert.deepEqual(names(main, wal), expected(30));
  const { frames, applied } = readRpmdb(main, wal).wal ?? assert.fail('the log was not read');
  assert.ok(applied > 0 && applied <= frames);
});

test('a log counts up to its last commit that checks out, as when SQLite recovers', () => {
  const { main, wal } = withLog();
  const step = 24 + 4096;
  const commits: number[] = [];
  const { applied } = readRpmdb(main, wal).wal ?? assert.fail('the log was not read');
  for (let frame = 0; frame < applied; frame++) if (wal.readUInt32BE(32 + frame * step + 4) > 0) commits.push(frame);
  const [first, last] = commits;
  assert.ok(commits.length === 2 && first !== undefined && last !== undefined);
  const broken = (offset: number) => {
    const copy = Buffer.from(wal);
    copy[offset] = (copy[offset] ?? 0) ^ 1;
    return copy;
  };
  const frameAt = (frame: number) => 32 + frame * step;
  assert.deepEqual(names(main, wal.subarray(0, frameAt(last))), expected(25), 'the last transaction never committed');
  assert.deepEqual(names(main, wal.subarray(0, frameAt(last) + step - 1)), expected(25), 'its last frame is cut');
  assert.deepEqual(names(main, broken(frameAt(last) + 100)), expected(25), 'its content does not fit its checksum');
  assert.deepEqual(names(main, broken(frameAt(first + 1) + 8)), expected(25), 'its salt is an older log’s');
  assert.deepEqual(names(main, broken(frameAt(0) + 30)), expected(20), 'the first frame is broken');
  assert.deepEqual(names(main, broken(16)), expected(20), 'the log’s own header is broken');
});

test('a log of another page size, or beside another format, is refused', () => {
  const { main } = withLog();
  const other = withSqlite((database, file) => {
    database.exec(
      `PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${PACKAGES_TABLE}`,
    );
    return readFileSync(`${file}-wal`);
  });
  assert.throws(() => readRpmdb(main, other), code('RPM_WAL_MISMATCH'));
  const ndb = Buffer.alloc(4096);
  ndb.write('RpmP');
  assert.throws(() => readRpmdb(ndb, other), code('RPM_WAL_MISMATCH'));
});

test('a database of another program is no rpmdb, and one without packages is an error', () => {
  const made = (sql: string) =>
    withSqlite((database, file) => {
      database.exec(sql);
      return readFileSync(file);
    });
  const history = made('CREATE TABLE trans (id INTEGER PRIMARY KEY, cmdline TEXT)');
  assert.throws(() => readRpmdb(history), code('RPM_DB_NOT_RPMDB'));
  assert.equal(looksLikeRpmdb(history), false);
  assert.throws(() => readRpmdb(made(PACKAGES_TABLE)), code('RPM_DB_EMPTY'));
  const text = made(`${PACKAGES_TABLE}; INSERT INTO Packages (blob) VALUES ('text')`);
  assert.throws(() => readRpmdb(text), code('RPM_DB_CORRUPT'));
  const utf16 = made(`PRAGMA encoding = 'UTF-16'; ${PACKAGES_TABLE}`);
  assert.throws(() => readRpmdb(utf16), code('RPM_DB_UNSUPPORTED'));
});

test('a Packages that rpm would read otherwise than this reader is refused, not ignored', () => {
  for (const sql of [
    'CREATE TABLE t (hnum, blob); CREATE VIEW Packages AS SELECT * FROM t',
    'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, decoy BLOB, blob BLOB)',
    'CREATE TABLE PACKAGES (blob BLOB, hnum INTEGER)',
    `${PACKAGES_TABLE}; ALTER TABLE Packages RENAME COLUMN blob TO decoy; ALTER TABLE Packages ADD COLUMN blob BLOB`,
  ]) {
    const main = withSqlite((database, file) => {
      database.exec(sql);
      return readFileSync(file);
    });
    assert.throws(() => readRpmdb(main), code('RPM_DB_UNSUPPORTED'), sql);
    assert.equal(looksLikeRpmdb(main), true, sql);
  }
  const upper = withSqlite((database, file) => {
    database.exec(PACKAGES_TABLE.toUpperCase());
    insertPackages(database, headers(3));
    return readFileSync(file);
  });
  assert.deepEqual(names(upper), expected(3));
});

test('zeroed, empty and cut files are errors, never an empty result', () => {
  const main = forgeSqlite(headers(40), 1024);
  assert.throws(() => readRpmdb(Buffer.alloc(0)), code('RPM_DB_NOT_RPMDB'));
  assert.throws(() => readRpmdb(Buffer.alloc(main.length)), code('RPM_DB_NOT_RPMDB'));
  assert.throws(
    () => readRpmdb(Buffer.concat([main.subarray(0, 100), Buffer.alloc(main.length)])),
    code('RPM_DB_CORRUPT'),
  );
  for (const length of [99, 512, 1024, 5000, main.length - 1024]) {
    const cut = main.subarray(0, length);
    assert.throws(() => readRpmdb(cut), code('RPM_DB_TRUNCATED'), `${length} bytes`);
    assert.equal(looksLikeRpmdb(cut), true, 'an unreadable rpmdb still looks like one');
  }
});

/** The page and offset within it of the cell pointers of table Packages' root. */
function rootOf(main: Buffer, pageSize: number): number {
  for (let page = 1; page * pageSize < main.length; page++) if (main[page * pageSize] === 5) return page * pageSize;
  return assert.fail('no interior page');
}

test('loops, shared pages and pointers out of the file are refused, naming page and offset', () => {
  const pageSize = 1024;
  const lie = (change: (main: Buffer, root: number) => void) => {
    const main = forgeSqlite(headers(60), pageSize);
    change(main, rootOf(main, pageSize));
    return () => readRpmdb(main);
  };
  const firstCell = (main: Buffer, root: number) => root + main.readUInt16BE(root + 12);
  const self = lie((main, root) => main.writeUInt32BE(root / pageSize + 1, firstCell(main, root)));
  assert.throws(self, code('RPM_DB_CORRUPT'));
  assert.throws(self, /used twice/);
  const twice = lie((main, root) => main.writeUInt32BE(main.readUInt32BE(root + 8), firstCell(main, root)));
  assert.throws(twice, /used twice/);
  const beyond = lie((main, root) => main.writeUInt32BE(0x7fffffff, root + 8));
  assert.throws(beyond, (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.match(error.message, /page 2147483647 does not exist/);
    assert.match(error.place.field ?? '', /table Packages, page \d+/);
    return true;
  });
  assert.throws(
    lie((main, root) => main.writeUInt16BE(0xffff, root + 3)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(
    lie((main, root) => main.writeUInt16BE(0xfff0, root + 12)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(
    lie((main, root) => main.writeUInt8(0x0a, root)),
    code('RPM_DB_CORRUPT'),
  );
});
