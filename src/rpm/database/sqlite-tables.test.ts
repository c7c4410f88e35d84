import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { vector, vectorsMissing } from '../testing/vectors.ts';
import { readSqliteTables } from './sqlite-tables.ts';

const work = mkdtempSync(join(tmpdir(), 'slipway-sqlite-'));
after(() => rmSync(work, { recursive: true }));

/** What SQLite itself reads of each table, and what this room's reader reads. */
function both(file: string, tables: readonly string[]) {
  const db = new DatabaseSync(file, { readOnly: true });
  const expected = new Map(
    tables.map((table) => [
      table,
      db
        .prepare(`SELECT * FROM "${table}" ORDER BY rowid`)
        .all()
        .map((row) => ({ ...row })),
    ]),
  );
  db.close();
  return { expected, read: readSqliteTables(readFileSync(file), undefined, tables) };
}

test('reads tables as SQLite does: row ids, comments, quotes, constraints, defaults, every sort of value', () => {
  const file = join(work, 'odd.sqlite');
  const db = new DatabaseSync(file);
  db.exec(`
    CREATE TABLE first (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT DEFAULT 'x, (y)', -- note, with comma
      b INTEGER /* another, one ( */, c REAL, "d e" BLOB, CONSTRAINT u UNIQUE (a, b));
    CREATE TABLE "second" ("key" INTEGER, "value" TEXT, PRIMARY KEY("key" AUTOINCREMENT));
    CREATE TABLE third (name TEXT PRIMARY KEY, n INT);
    CREATE TABLE fourth (id INT PRIMARY KEY, n INTEGER);
    CREATE VIEW fifth AS SELECT 1;
  `);
  const insert = db.prepare('INSERT INTO first (a, b, c, "d e") VALUES (?, ?, ?, ?)');
  for (const n of [0, 1, -1, 127, -32_768, 8_388_607, 2 ** 31, 2 ** 40, -(2 ** 45), Number.MAX_SAFE_INTEGER]) {
    insert.run(`row ${n}`, n, n / 3, Buffer.from(`blob ${n}`));
  }
  insert.run(null, null, null, null);
  insert.run('ü'.repeat(9000), 5, 0.5, Buffer.alloc(20_000, 7));
  db.exec(`INSERT INTO second VALUES (7, 'seven'), (3, 'three'); INSERT INTO third VALUES ('a', 1);`);
  db.exec(`INSERT INTO fourth VALUES (9, 4); ALTER TABLE third ADD COLUMN later TEXT`);
  db.close();
  const { expected, read } = both(file, ['first', 'second', 'third', 'fourth']);
  const plain = [...read].map(([name, rows]) => [
    name,
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, value instanceof Uint8Array ? new Uint8Array(value) : value]),
      ),
    ),
  ]);
  assert.deepEqual(Object.fromEntries(plain), Object.fromEntries(expected));
  assert.equal(readSqliteTables(readFileSync(file), undefined, ['fifth', 'none']).size, 0);
});

test('applies the write-ahead log', () => {
  const file = join(work, 'wal.sqlite');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)');
  db.exec("INSERT INTO t VALUES (1, 'one'); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (2, 'two')");
  const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  db.close();
  assert.equal(readSqliteTables(main, undefined, ['t']).get('t')?.length, 1);
  assert.deepEqual(
    readSqliteTables(main, log, ['t'])
      .get('t')
      ?.map(({ v }) => v),
    ['one', 'two'],
  );
});

test('refuses tables without row ids, and files that lie', () => {
  const file = join(work, 'without.sqlite');
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE w (k TEXT PRIMARY KEY) WITHOUT ROWID');
  db.close();
  assert.throws(() => readSqliteTables(readFileSync(file), undefined, ['w']), { code: 'RPM_DB_UNSUPPORTED' });
  assert.throws(() => readSqliteTables(readFileSync(file).subarray(0, 5000), undefined, ['w']), { code: /^RPM_DB_/ });
});

test("reads dnf's histories as SQLite does", { skip: vectorsMissing }, async () => {
  const { writeFileSync } = await import('node:fs');
  for (const [path, rows] of [
    ['claircore/dnf4/history.sqlite', 55],
    ['claircore/dnf5/transaction_history.sqlite', 123],
  ] as const) {
    const file = join(work, 'history.sqlite');
    writeFileSync(file, vector(`rpmdb/${path}`));
    const { expected, read } = both(file, ['trans', 'trans_item', 'repo', 'rpm']);
    assert.deepEqual(Object.fromEntries(read), Object.fromEntries(expected), path);
    assert.equal(read.get('rpm')?.length, rows);
  }
});
