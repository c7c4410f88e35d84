import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { SlipwayError } from '../../util/index.ts';
import { appendLedger, listStreams, openDatabase, openQueue, putStream, verifyLedger } from '../index.ts';
import { runChild } from '../testing.ts';

const DEBIAN = '/usr/lib/postgresql';
const PASSWORD = 's3cret@:/word';
const run = promisify(execFile);

let skip: string | undefined;
let folder: string;
let server: ChildProcess;
let port: number;

const url = (database: string, password = PASSWORD): string =>
  `postgres://tester:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

/** The account a Debian PostgreSQL may run as: not root. */
async function account(): Promise<{ uid?: number; gid?: number }> {
  if (userInfo().uid !== 0) return {};
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

before(async () => {
  const versions = existsSync(DEBIAN) ? (await readdir(DEBIAN)).map(Number).filter((version) => version >= 15) : [];
  const bin = join(DEBIAN, String(versions[0]), 'bin');
  if (!existsSync(join(bin, 'initdb'))) {
    skip = "Debian's postgresql (15 or newer) is not installed";
    return;
  }
  const as = await account();
  folder = await mkdtemp(join(tmpdir(), 'slipway-external-'));
  if (as.uid !== undefined && as.gid !== undefined) await chown(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...as, cwd: '/' },
  );
  port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
  server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...as,
    cwd: '/',
    stdio: 'ignore',
  });
  const admin = await connectWhenReady();
  const { rows } = await admin.query<{ hba_file: string }>('show hba_file');
  await admin.query(`create role tester login password '${PASSWORD}'`);
  await admin.query('create database slipway_test owner tester');
  await admin.query('create database closed owner postgres');
  await admin.query('revoke create on database closed from public');
  assert.ok(rows[0]);
  await writeFile(rows[0].hba_file, 'local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  await admin.query('select pg_reload_conf()');
  await admin.end();
});

after(async () => {
  if (skip !== undefined) return;
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  await ended;
  await rm(folder, { recursive: true });
});

async function connectWhenReady(): Promise<pg.Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ host: folder, port, user: 'postgres', database: 'postgres' });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

test('the same schema, ledger and queue on a PostgreSQL of your own, apart from what else is there', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const admin = new pg.Client({ connectionString: url('slipway_test') });
  await admin.connect();
  await admin.query('create table public.streams (mine int)');
  const database = await openDatabase({ url: url('slipway_test') });
  assert.equal(database.kind, 'external');
  assert.match(database.version, /^\d+\.\d+$/);
  assert.equal(database.url, `postgres://tester@127.0.0.1:${port}/slipway_test`, 'no password');
  await putStream(database.kysely, { name: 'next', config: {}, createdAt: new Date(0) });
  await database.transaction((trx) =>
    appendLedger(trx, { at: new Date(0), kind: 'k', actor: 'a', subject: 's', payload: [] }),
  );
  assert.ok((await verifyLedger(database.kysely)).intact);
  const queue = await openQueue(database);
  const done = Promise.withResolvers<unknown>();
  await queue.work('x', async ({ data }) => done.resolve(data));
  await queue.send('x', { n: 1 });
  assert.deepEqual(await done.promise, { n: 1 });
  await queue.stop();
  await database.close();

  await using again = await openDatabase({ url: url('slipway_test') });
  assert.equal((await listStreams(again.kysely)).length, 1);
  assert.deepEqual((await admin.query('select * from public.streams')).rows, []);
  await admin.end();
});

test('two processes do not share an external database; a killed one gives it free', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const holder = runChild(
    t,
    `const { openDatabase } = await here('./index.ts');
     await openDatabase({ url: process.env.DATABASE_URL });
     console.log('open');
     process.stdin.resume();`,
    { env: { DATABASE_URL: url('slipway_test') } },
  );
  assert.equal(await holder.line(), 'open');
  await assert.rejects(openDatabase({ url: url('slipway_test') }), (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'DB_WORKSPACE_BUSY');
    assert.match(error.message, new RegExp(`pid ${holder.pid} on `));
    return true;
  });
  holder.process.kill('SIGKILL');
  await (await openDatabase({ url: url('slipway_test') })).close();
});

test('a connection that the server ends is reported as lost', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const database = await openDatabase({ url: url('slipway_test') });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = 'slipway_test' and pid <> pg_backend_pid()`.execute(database.kysely);
  assert.equal((await database.lost).code, 'DB_LOST');
  await database.close();
});

test('what cannot be opened says why, without the password', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  const closed = await freePort();
  const cases: [url: string, code: string, words: RegExp][] = [
    [url('slipway_test', 'wrong'), 'DB_REFUSED', /password authentication failed/],
    [url('missing'), 'DB_REFUSED', /does not exist/],
    [url('closed'), 'DB_REFUSED', /permission denied/],
    [`postgres://u:${encodeURIComponent(PASSWORD)}@127.0.0.1:${closed}/x`, 'DB_UNREACHABLE', /ECONNREFUSED/],
    ['postgres://u@name.invalid/x', 'DB_UNREACHABLE', /name\.invalid/],
    ['mysql://localhost/x', 'DB_URL_INVALID', /postgres:\/\//],
    ['postgres://[broken', 'DB_URL_INVALID', /is not a postgres/],
  ];
  for (const [target, code, words] of cases) {
    await assert.rejects(openDatabase({ url: target }), (error) => {
      assert.ok(error instanceof SlipwayError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      assert.doesNotMatch(error.describe(), /s3cret/);
      return true;
    });
  }
});
