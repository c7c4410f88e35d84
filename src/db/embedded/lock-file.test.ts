import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { identifyProcess, SlipwayError } from '../../util/index.ts';
import { runChild, temporaryFolder } from '../testing.ts';
import { takeLockFile } from './lock-file.ts';

test('a lock is held by one opening at a time, and names its process', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await takeLockFile(path);
  await assert.rejects(takeLockFile(path), (error) => {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'DB_WORKSPACE_BUSY');
    assert.match(error.message, new RegExp(`pid ${process.pid}\\b`));
    return true;
  });
  await lock.release();
  await (await takeLockFile(path)).release();
});

test('of many that open at once, one gets it', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  for (let round = 0; round < 20; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => takeLockFile(path)));
    const taken = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    assert.equal(taken.length, 1, `round ${round}`);
    await taken[0]?.value.release();
  }
});

test('a lock vanishes with its process, and holds against other processes', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const holder = runChild(
    t,
    `const { takeLockFile } = await here('./embedded/lock-file.ts');
     globalThis.lock = await takeLockFile(process.env.LOCK);
     console.log('taken');
     process.stdin.resume();`,
    { env: { LOCK: path } },
  );
  assert.equal(await holder.line(), 'taken');
  const named = new RegExp(`pid ${holder.pid}\\b`);
  await assert.rejects(takeLockFile(path), named);
  await assert.rejects(takeLockFile(path), named, 'a refused attempt does not loosen the lock');
  holder.process.kill('SIGKILL');
  await holder.end();
  await (await takeLockFile(path)).release();
});

test('a holder file that is torn or of an earlier process names nobody', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await takeLockFile(path);
  const own = await identifyProcess(process.pid);
  const others = [
    '',
    '{"pid":1',
    '[]',
    JSON.stringify({ ...own, startTicks: '1' }),
    JSON.stringify({ ...own, bootId: 'x' }),
  ];
  for (const text of others) {
    await writeFile(`${path}.holder`, text);
    await assert.rejects(takeLockFile(path), /open in another process\./, text);
  }
  await lock.release();
  await lock.release();
});
