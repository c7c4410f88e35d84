import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { SlipwayError } from '../../util/index.ts';
import { type Database, databaseError, listStreams, openDatabase, putStream } from '../index.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { runChild, temporaryFolder } from '../testing.ts';
import { parseInt8 } from './connection.ts';
import { migrate } from './migrate.ts';

const AT = new Date('2026-11-23T05:15:00.123Z');
const isRoot = userInfo().uid === 0;

const codeIs = (code: string) => (error: unknown) => error instanceof SlipwayError && error.code === code;

async function setting(database: Database, name: string): Promise<string> {
  const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(database.kysely);
  return rows[0]?.value ?? '';
}

// One workspace for most tests; those that leave it unusable come last.
let folder: string;
let dataDir: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-database-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'postgres');
});
after(() => rm(folder, { recursive: true }));

test('a workspace is made, closed and opened again with what was stored', async () => {
  const first = await openDatabase({ dataDir });
  assert.equal(first.kind, 'embedded');
  assert.match(first.version, /^18\./);
  assert.equal(await setting(first, 'fsync'), 'on');
  assert.equal(await setting(first, 'synchronous_commit'), 'on');
  assert.equal(await setting(first, 'listen_addresses'), '', 'no TCP');
  assert.equal(await setting(first, 'server_encoding'), 'UTF8');
  assert.equal(await setting(first, 'search_path'), 'slipway');
  await putStream(first.kysely, { name: 'next', config: { title: 'Ünïcode 🚢', list: [1, [2]] }, createdAt: AT });
  await first.close();
  await first.close();
  await assert.rejects(stat(join(dataDir, 'data', 'postmaster.pid')), 'the server ended cleanly');
  await assert.rejects(stat(join(dataDir, 'lock.holder')));
  const log = await readFile(join(dataDir, 'server.log'), 'utf8');
  assert.match(log, /received fast shutdown request/);

  await using second = await openDatabase({ dataDir });
  const config = { list: [1, [2]], title: 'Ünïcode 🚢' };
  assert.deepEqual(await listStreams(second.kysely), [{ name: 'next', config, createdAt: AT }]);
  assert.doesNotMatch((await readFile(join(dataDir, 'server.log'), 'utf8')).slice(log.length), /recovery/);
  const failing = second.transaction(async (trx) => {
    await putStream(trx, { name: 'undone', config: {}, createdAt: AT });
    throw new Error('no');
  });
  await assert.rejects(failing, /^Error: no$/);
  assert.equal((await listStreams(second.kysely)).length, 1, 'a transaction that throws leaves nothing');
});

test('a path with blanks, commas, quotes and beyond the length of socket paths', async (t) => {
  const name = `it's, a "long" ünïcode\\path ${'x'.repeat(80)}`;
  const dataDir = join(await temporaryFolder(t), name, 'postgres');
  const database = await openDatabase({ dataDir });
  assert.deepEqual(await listStreams(database.kysely), []);
  const socket = await setting(database, 'unix_socket_directories');
  assert.doesNotMatch(socket, /long/);
  await database.close();
  await assert.rejects(stat(socket.replaceAll('"', '')), 'the socket folder elsewhere is removed');
});

test('a workspace that is open elsewhere is refused, naming the process, and left as it was', async (t) => {
  const holder = runChild(
    t,
    `const { openDatabase } = await here('./index.ts');
     const database = await openDatabase({ dataDir: process.env.DATA });
     console.log('open');
     process.stdin.once('data', async () => { await database.close(); process.exit(0); });`,
    { env: { DATA: dataDir } },
  );
  assert.equal(await holder.line(), 'open');
  await assert.rejects(openDatabase({ dataDir }), (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'DB_WORKSPACE_BUSY');
    assert.match(error.message, new RegExp(`pid ${holder.pid}\\b`));
    return true;
  });
  holder.process.stdin?.write('end\n');
  assert.equal((await holder.end()).code, 0);
  await (await openDatabase({ dataDir })).close();
});

test('other users of the machine cannot connect, even if they can reach the socket', {
  skip: isRoot ? false : 'needs root',
}, async (t) => {
  await using _database = await openDatabase({ dataDir });
  // The server's own user can enter the socket's folder, so this is turned away by peer authentication.
  const owner = await stat(join(dataDir, 'run'));
  const stranger = runChild(
    t,
    `const { default: pg } = await here('../../node_modules/pg/esm/index.mjs');
     const client = new pg.Client({ host: process.env.SOCKET, user: 'slipway', database: 'slipway' });
     await client.connect().then(() => console.log('connected'), (error) => console.log(error.message));
     process.exit(0);`,
    { env: { SOCKET: join(dataDir, 'run') }, uid: owner.uid, gid: owner.gid },
  );
  const outcome = await stranger.end();
  if (outcome.stderr.includes('EACCES')) return t.skip('the clone is closed to other users');
  assert.match(outcome.lines.join(), /Peer authentication failed/, outcome.stderr);
});

test('runs as an ordinary user as well', { skip: isRoot ? false : 'all tests run as one' }, async (t) => {
  const open = await temporaryFolder(t, 0o777);
  const user = runChild(
    t,
    `const { openDatabase, listStreams } = await here('./index.ts');
     const database = await openDatabase({ dataDir: process.env.DATA });
     console.log((await listStreams(database.kysely)).length, database.version.split('.')[0]);
     await database.close();`,
    { env: { DATA: join(open, 'postgres') }, uid: 65534, gid: 65534 },
  );
  const { code, lines, stderr } = await user.end();
  if (stderr.includes('EACCES')) return t.skip('the clone is closed to other users');
  assert.deepEqual({ code, lines }, { code: 0, lines: ['0 18'] }, stderr);
  assert.equal((await stat(join(open, 'postgres', 'data'))).uid, 65534);
});

test('whole numbers beyond the safe integers are an error, not rounded', () => {
  assert.equal(parseInt8('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.throws(() => parseInt8('9007199254740993'), codeIs('DB_NUMBER_TOO_LARGE'));
});

test('data of another major version, or a folder of somebody else, are refused with words', async () => {
  await chmod(join(dataDir, 'run'), 0o777);
  await assert.rejects(openDatabase({ dataDir }), codeIs('DB_FOLDER_UNSAFE'));
  await chmod(join(dataDir, 'run'), 0o700);
  await writeFile(join(dataDir, 'data', 'PG_VERSION'), '17\n');
  await assert.rejects(openDatabase({ dataDir }), codeIs('DB_VERSION_MISMATCH'));
  await writeFile(join(dataDir, 'data', 'PG_VERSION'), '18\n');
});

test('a server whose disk is full says what to do', async () => {
  await using database = await openDatabase({ dataDir });
  // SQLSTATE disk_full, from the server itself.
  const full = sql`do $$ begin raise 'could not extend file' using errcode = 'disk_full'; end $$`;
  await assert.rejects(full.execute(database.kysely), (error) => codeIs('STORAGE_FULL')(databaseError(error)));
  const other = new Error('something else');
  assert.equal(databaseError(other), other);
});

test('a migration that fails changes nothing; a database of a newer Slipway is refused', async () => {
  const database = await openDatabase({ dataDir });
  const untyped = database.kysely as Kysely<unknown>;
  const broken = {
    up: async (db: Kysely<unknown>) => {
      await sql`create table half (x int)`.execute(db);
      await sql`select nonsense`.execute(db);
    },
  };
  const saysBoth = (code: string, name: string) => (error: unknown) =>
    codeIs(code)(error) && error instanceof Error && error.message.includes(name);
  await assert.rejects(
    migrate(untyped, { ...MIGRATIONS, '0003_broken': broken }),
    saysBoth('DB_MIGRATION_FAILED', '0003_broken'),
  );
  const { rows } = await sql<{ half: string | null }>`select to_regclass('slipway.half')::text as half`.execute(
    untyped,
  );
  assert.deepEqual(rows, [{ half: null }]);
  await migrate(untyped);

  await migrate(untyped, { ...MIGRATIONS, '9999_future': { up: async () => {} } });
  await database.close();
  await assert.rejects(openDatabase({ dataDir }), saysBoth('DB_SCHEMA_NEWER', '9999_future'));
  await assert.rejects(openDatabase({ dataDir }), codeIs('DB_SCHEMA_NEWER'), 'and the lock was given back');
});
