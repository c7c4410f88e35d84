import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Database, listStreams, openDatabase, openQueue, putStream, type Queue } from './index.ts';
import { runChild, temporaryFolder } from './testing.ts';

let folder: string;
let database: Database;
let queue: Queue;
const problems: Error[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-queue-'));
  database = await openDatabase({ dataDir: folder });
  queue = await openQueue(database, { onError: (error) => problems.push(error) });
});
after(async () => {
  await queue.stop();
  await database.close();
  await rm(folder, { recursive: true });
  assert.deepEqual(problems, []);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await new Promise((done) => setTimeout(done, 50));
  assert.ok(condition(), `waited in vain for ${condition}`);
}

test('a message is worked on once; a handler that throws gets it again', async () => {
  const seen: [unknown, number][] = [];
  await queue.work<{ n: number }>('once', async ({ data, attempt }) => {
    seen.push([data, attempt]);
    if (attempt === 1) throw new Error('flake');
  });
  assert.match((await queue.send('once', { n: 1 })) ?? '', /^[0-9a-f-]{36}$/);
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [
    [{ n: 1 }, 1],
    [{ n: 1 }, 2],
  ]);
});

test('of one key, one message waits and one is worked on; different keys do not hinder each other', async () => {
  assert.ok(await queue.send('keys', { n: 1 }, { singletonKey: 'a' }));
  assert.equal(await queue.send('keys', { n: 2 }, { singletonKey: 'a' }), undefined);
  assert.ok(await queue.send('keys', { n: 3 }, { singletonKey: 'b' }));
  const seen: number[] = [];
  const first = Promise.withResolvers<void>();
  await queue.work<{ n: number }>('keys', async ({ data }) => {
    seen.push(data.n);
    if (data.n === 1) await first.promise;
  });
  await until(() => seen.includes(1));
  assert.ok(
    await queue.send('keys', { n: 4 }, { singletonKey: 'a' }),
    'what happens while it is worked on is seen afterwards',
  );
  assert.equal(await queue.send('keys', { n: 5 }, { singletonKey: 'a' }), undefined);
  first.resolve();
  await until(() => seen.length === 3);
  assert.deepEqual(seen.toSorted(), [1, 3, 4]);
});

test('sent in a transaction, a message exists exactly when the transaction commits', async () => {
  const seen: string[] = [];
  await queue.work<{ stream: string }>('trx', async ({ data }) => void seen.push(data.stream));
  const send = async (stream: string, error?: Error): Promise<void> =>
    database.transaction(async (trx) => {
      await putStream(trx, { name: stream, config: null, createdAt: new Date(0) });
      await queue.send('trx', { stream }, { trx });
      if (error) throw error;
    });
  await assert.rejects(send('undone', new Error('no')));
  await send('kept');
  await until(() => seen.length === 1);
  assert.deepEqual(seen, ['kept']);
  assert.deepEqual(
    (await listStreams(database.kysely)).map((stream) => stream.name),
    ['kept'],
  );
});

test('a message for later is not worked on before', async () => {
  const started = Date.now();
  let met = 0;
  await queue.work('later', async () => {
    met = Date.now();
  });
  await queue.send('later', {}, { startAfter: new Date(started + 1_500) });
  await until(() => met > 0);
  assert.ok(met >= started + 1_500, `${met - started} ms`);
});

test('what a killed process was working on is worked on again when the queue opens', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'postgres');
  const killed = runChild(
    t,
    `const { openDatabase, openQueue } = await here('./index.ts');
     const queue = await openQueue(await openDatabase({ dataDir: process.env.DATA }));
     for (const n of [1, 2]) await queue.send('step', { n }, { singletonKey: String(n) });
     await queue.work('step', async ({ data }) => { console.log('working on', data.n); await new Promise(() => {}); });`,
    { env: { DATA: dataDir } },
  );
  assert.equal(await killed.line(), 'working on 1');
  killed.process.kill('SIGKILL');
  await killed.end();

  await using again = await openDatabase({ dataDir });
  await using taken = await openQueue(again);
  const seen: [number, number][] = [];
  await taken.work<{ n: number }>('step', async ({ data, attempt }) => void seen.push([data.n, attempt]));
  // A queue that waited for the heartbeat of the killed process would try the patience of `until`.
  await until(() => seen.length === 2);
  assert.deepEqual(seen.toSorted(), [
    [1, 2],
    [2, 1],
  ]);
});

test('stop waits for the handler under way', async () => {
  let state = 'waiting';
  await queue.work('slow', async () => {
    state = 'working';
    await new Promise((done) => setTimeout(done, 700));
    state = 'done';
  });
  await queue.send('slow', {});
  await until(() => state === 'working');
  await queue.stop();
  assert.equal(state, 'done');
});
