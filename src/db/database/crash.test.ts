import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isAlive } from '../../util/index.ts';
import { findPackage } from '../embedded/binaries.ts';
import { startServer } from '../embedded/index.ts';
import { openDatabase, readLedger, verifyLedger } from '../index.ts';
import { runChild, temporaryFolder } from '../testing.ts';

// One workspace goes through all of it: what was recovered once is to be recovered again.
let folder: string;
let dataDir: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-crash-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'postgres');
});
after(() => rm(folder, { recursive: true }));

/** Appends to the ledger without end, and prints the number of each entry once its transaction is acknowledged. */
const WRITER = `
  const { openDatabase, appendLedger } = await here('./index.ts');
  const database = await openDatabase({ dataDir: process.env.DATA });
  for (let i = 1; ; i++) {
    const entry = { at: new Date(0), kind: 'test', actor: 'writer', subject: 'r', payload: { i } };
    const { sequence } = await database.transaction((trx) => appendLedger(trx, entry));
    console.log(sequence);
  }`;

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

test('an initdb that was killed halfway is begun anew', async () => {
  await mkdir(join(dataDir, 'data.draft', 'base'), { recursive: true });
  await using database = await openDatabase({ dataDir });
  assert.deepEqual(await readLedger(database.kysely), []);
});

const KILLS = [
  { name: 'Slipway alone, which leaves PostgreSQL running', postgres: false },
  { name: 'Slipway and PostgreSQL together', postgres: true },
  { name: 'Slipway alone, once more', postgres: false },
];

for (const { name, postgres } of KILLS) {
  test(`SIGKILL in the middle of writing: ${name}`, async (t) => {
    const writer = runChild(t, WRITER, { env: { DATA: dataDir } });
    let acknowledged = 0;
    for (let i = 0; i < 50; i++) acknowledged = Number(await writer.line());
    const server = await identifyProcess(await postmasterPid());
    assert.ok(server);
    if (postgres) process.kill(server.pid, 'SIGKILL');
    writer.process.kill('SIGKILL');
    const { lines } = await writer.end();
    acknowledged = Number(lines.at(-1) ?? acknowledged);
    // a process that was killed ends when the system comes to it
    for (let round = 0; postgres && (await isAlive(server)) && round < 500; round++) await sleep(20);
    assert.equal(await isAlive(server), !postgres, 'the case is what it says');

    await using database = await openDatabase({ dataDir });
    assert.equal(await isAlive(server), false, 'the old server is gone');
    const entries = await readLedger(database.kysely);
    assert.ok(entries.length >= acknowledged, `${entries.length} entries, ${acknowledged} acknowledged`);
    // One more may have been committed without the answer arriving.
    assert.ok(entries.length <= acknowledged + 1);
    assert.equal((await verifyLedger(database.kysely)).intact, true);
  });
}

test('SIGKILL of PostgreSQL alone is reported, and the next opening recovers', async () => {
  const database = await openDatabase({ dataDir });
  process.kill(await postmasterPid(), 'SIGKILL');
  const lost = await database.lost;
  assert.equal(lost.code, 'DB_LOST');
  await database.close();
  await using again = await openDatabase({ dataDir });
  assert.equal((await verifyLedger(again.kysely)).intact, true);
});

test('a stale postmaster.pid whose id belongs to another process now does not keep it from starting', async (t) => {
  const database = await openDatabase({ dataDir });
  const pid = await postmasterPid();
  const file = join(dataDir, 'data', 'postmaster.pid');
  const stale = await readFile(file, 'utf8');
  await database.close();
  // As the server's own user, so that PostgreSQL could signal it and would take it for a running server.
  const { uid, gid } = await stat(join(dataDir, 'data'));
  const bystander = runChild(t, `console.log('up'); process.stdin.resume();`, { uid, gid });
  const up = await bystander.line().catch(() => undefined);
  if (up === undefined) return t.skip('node cannot be run by the user of the server');
  await writeFile(file, stale.replace(String(pid), String(bystander.pid)), { mode: 0o600 });
  await chown(file, uid, gid);
  await using again = await openDatabase({ dataDir });
  assert.equal((await verifyLedger(again.kysely)).intact, true);
  assert.equal(bystander.process.exitCode ?? bystander.process.signalCode, null, 'and it lives');
});

test('a process that ends without closing takes its server along', async (t) => {
  const child = runChild(
    t,
    `const { openDatabase } = await here('./index.ts');
     await openDatabase({ dataDir: process.env.DATA });
     console.log('open');
     process.stdin.once('data', () => process.exit(3));`,
    { env: { DATA: dataDir } },
  );
  await child.line();
  const server = await identifyProcess(await postmasterPid());
  assert.ok(server);
  child.process.stdin?.write('end\n');
  await once(child.process, 'exit');
  for (let i = 0; i < 400 && (await isAlive(server)); i++) await new Promise((done) => setTimeout(done, 50));
  assert.equal(await isAlive(server), false);
});

test('a clone and a workspace below a folder closed to others, as /root is', {
  skip: userInfo().uid === 0 ? false : 'needs root',
}, async (t) => {
  const home = await temporaryFolder(t, 0o700);
  const binaries = join(home, 'clone', 'node_modules', 'postgres');
  await cp(findPackage(), binaries, { recursive: true });
  const closed = await startServer(join(home, 'clone', '.slipway', 'postgres'), binaries);
  t.diagnostic(`PostgreSQL runs ${closed.way}`);
  assert.match(closed.way, /with CAP_DAC_READ_SEARCH|with CAP_DAC_OVERRIDE/);
  const status = await readFile(`/proc/${closed.pid}/status`, 'utf8');
  assert.doesNotMatch(status, /^Uid:\s+0\b/m, 'not root');
  const effective = BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(status)?.[1]}`);
  assert.equal(effective.toString(2).replaceAll('0', ''), '1', 'one capability');
  await closed.stop();
});
