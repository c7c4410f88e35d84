import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { commandLine, identifyProcess, isAlive } from './process.ts';

test('a process is told from a later one of the same id', async () => {
  const child = spawn('sleep', ['60']);
  const identity = await identifyProcess(child.pid as number);
  assert.ok(identity);
  assert.equal(await isAlive(identity), true);
  assert.equal(await isAlive({ ...identity, startTicks: '1' }), false);
  assert.equal(await isAlive({ ...identity, bootId: 'x' }), false);
  assert.deepEqual(await commandLine(identity.pid), ['sleep', '60']);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await isAlive(identity), false);
  assert.deepEqual(await commandLine(identity.pid), []);
});
