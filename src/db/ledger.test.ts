import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Json } from '../util/index.ts';
import {
  appendLedger,
  type Database,
  ledgerHash,
  ledgerHead,
  type NewLedgerEntry,
  openDatabase,
  readLedger,
  verifyLedger,
} from './index.ts';

let folder: string;
let database: Database;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-ledger-'));
  database = await openDatabase({ dataDir: folder });
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const entry = (payload: Json, subject = '4.21.0-okd-scos.0'): NewLedgerEntry => ({
  at: new Date('2026-11-23T05:15:00.001Z'),
  kind: 'release.accepted',
  actor: 'slipway',
  subject,
  payload,
});

const append = (payload: Json, subject?: string) =>
  database.transaction((trx) => appendLedger(trx, entry(payload, subject)));

/** Runs `change` as a superuser who has switched the trigger off, calls `check`, and undoes it all. */
async function tampered(
  change: string,
  check: (verify: typeof verifyLedger, db: Database['kysely']) => Promise<void>,
): Promise<void> {
  const undo = new Error('undo');
  await assert.rejects(
    database.transaction(async (trx) => {
      await sql`alter table ledger disable trigger user`.execute(trx);
      await sql.raw(change).execute(trx);
      await check(verifyLedger, trx);
      throw undo;
    }),
    undo,
  );
}

test('entries follow one another without gaps, each carrying the hash of the one before', async () => {
  assert.deepEqual(await verifyLedger(database.kysely), { intact: true, entries: 0, head: undefined });
  const first = await append({ policy: 'sha256:00', runs: [1, 2] });
  const second = await append(null, '4.21.0-okd-scos.1');
  assert.equal(first.sequence, 1);
  assert.equal(first.previous, '0'.repeat(64));
  assert.equal(second.sequence, 2);
  assert.equal(second.previous, first.hash);
  assert.deepEqual(await readLedger(database.kysely), [first, second]);
  assert.deepEqual(await readLedger(database.kysely, { subject: '4.21.0-okd-scos.1' }), [second]);
  assert.deepEqual(await readLedger(database.kysely, { after: 1, limit: 5 }), [second]);
  assert.deepEqual(await ledgerHead(database.kysely), { sequence: 2, hash: second.hash });
});

test('the hash is of canonical JSON: any order of members, any field changed', async () => {
  const base = { ...entry({ a: 1, b: { c: [1, 'x'], d: null } }), sequence: 1, previous: '0'.repeat(64) };
  // sha256 of the canonical JSON, computed with sha256sum(1).
  assert.equal(ledgerHash(base), '8f1ea3e1642b4eff88a3679ba8302ef5519b2e74afd580b4eb1c196480b4bfa9');
  assert.equal(ledgerHash({ ...base, payload: { b: { d: null, c: [1, 'x'] }, a: 1 } }), ledgerHash(base));
  const changed = [
    { sequence: 2 },
    { at: new Date(0) },
    { kind: 'release.rejected' },
    { actor: 'x' },
    { subject: 'x' },
    { payload: {} },
    { previous: '1'.repeat(64) },
  ];
  for (const change of changed)
    assert.notEqual(ledgerHash({ ...base, ...change }), ledgerHash(base), JSON.stringify(change));
});

test('a transaction that is undone leaves no entry and no gap', async () => {
  const before = await ledgerHead(database.kysely);
  await assert.rejects(
    database.transaction(async (trx) => {
      await appendLedger(trx, entry('undone'));
      throw new Error('no');
    }),
  );
  assert.deepEqual(await ledgerHead(database.kysely), before);
  assert.equal((await append('next')).sequence, (before?.sequence ?? 0) + 1);
});

test('many that append at once make one chain', async () => {
  const before = (await ledgerHead(database.kysely))?.sequence ?? 0;
  await Promise.all(Array.from({ length: 30 }, (_, i) => append({ i })));
  const check = await verifyLedger(database.kysely);
  assert.ok(check.intact);
  assert.equal(check.entries, before + 30);
});

test('whatever JSON is put on record reads back with the same hash, or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
      const payload = value as Json;
      const stored = await append(payload).catch((error) => error);
      if (stored instanceof Error) {
        assert.match(stored.message, /cannot keep/);
        assert.match(JSON.stringify(payload), /\\u0000|\\ud[89a-f]/);
        return;
      }
      const [read] = await readLedger(database.kysely, { after: stored.sequence - 1 });
      assert.ok(read);
      assert.equal(ledgerHash(read), stored.hash);
    }),
    { numRuns: 60, seed: 20261123 },
  );
});

test('NUL and half surrogate pairs are refused with words, a backslash before "u0000" is not one', async () => {
  for (const payload of ['a\0b', { '\0': 1 }, ['\ud800'], '\\\0'])
    await assert.rejects(append(payload), { code: 'DB_JSON_UNSTORABLE' });
  await append(['\\u0000', '\\\\u0000', '🚢']);
});

test('the database refuses to change, remove or empty the ledger', async () => {
  const changes = [
    "update ledger set actor = 'x'",
    'update ledger set sequence = 1 where false',
    'delete from ledger',
    'truncate ledger',
    `insert into ledger select * from ledger where sequence = 1
     on conflict (sequence) do update set actor = 'x'`,
  ];
  for (const change of changes) {
    await assert.rejects(sql.raw(change).execute(database.kysely), /append-only/, change);
  }
});

test('what a superuser changed behind the trigger is found, at the first entry', async () => {
  assert.ok((await verifyLedger(database.kysely)).intact);
  const cases: [change: string, sequence: number, reason: RegExp][] = [
    [`update ledger set payload = '{"policy":"sha256:01"}' where sequence in (3, 5)`, 3, /content was changed/],
    [`update ledger set at = at + interval '1 ms' where sequence = 4`, 4, /content was changed/],
    ['delete from ledger where sequence = 2', 2, /missing; entry 3 follows/],
    ['delete from ledger where sequence = 1', 1, /missing; entry 2 follows/],
    [`update ledger set previous = repeat('a', 64) where sequence = 3`, 3, /does not follow/],
    [
      "insert into ledger select 0, at, kind, actor, subject, payload, 'x', 'y' from ledger where sequence = 1",
      1,
      /missing; entry 0 follows/,
    ],
  ];
  for (const [change, sequence, reason] of cases) {
    await tampered(change, async (verify, db) => {
      const check = await verify(db);
      assert.ok(!check.intact, change);
      assert.equal(check.sequence, sequence, change);
      assert.match(check.reason, reason);
    });
  }
  assert.ok((await verifyLedger(database.kysely)).intact);
});

test('a ledger cut off or written anew is found with a head that was kept', async () => {
  const head = await ledgerHead(database.kysely);
  assert.ok(head);
  await append('later');
  assert.ok((await verifyLedger(database.kysely, head)).intact);
  await tampered(`delete from ledger where sequence >= ${head.sequence}`, async (verify, db) => {
    assert.ok((await verify(db)).intact, 'the chain alone cannot tell');
    assert.deepEqual(await verify(db, head), {
      intact: false,
      sequence: head.sequence,
      reason: 'the ledger ends before it',
    });
  });
  const check = await verifyLedger(database.kysely, { ...head, hash: 'f'.repeat(64) });
  assert.ok(!check.intact);
  assert.equal(check.sequence, head.sequence);
});
