import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tryKernelLock } from './lock.ts';

const HOLDER = `
const { tryKernelLock } = await import(process.argv[1]);
if (tryKernelLock(process.argv[2]) === undefined) process.exit(3);
console.log('held');
setInterval(() => {}, 1000);
`;

test('a lock is one process’s at a time, and ends with it even when it is killed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-lock-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'lock');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', HOLDER, new URL('lock.ts', import.meta.url).href, path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.equal(tryKernelLock(path), undefined);

  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const lock = tryKernelLock(path);
  assert.equal(lock?.held, true);
  assert.equal(tryKernelLock(path), undefined);
  lock.release();
  assert.equal(lock.held, false);
  tryKernelLock(path)?.release();
  assert.throws(() => tryKernelLock(join(folder, 'missing', 'lock')));
});
