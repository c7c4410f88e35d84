import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing.ts';
import { clusterPaths } from './cluster.ts';
import { endOrphan, parsePostmasterFile, servesFolder } from './postmaster.ts';

test('reads postmaster.pid at every stage of being written', () => {
  const ready = '4711\n/w/data\n1700000000\n5432\n/w/run\n\n  5432001    131072\nready   \n';
  assert.deepEqual(parsePostmasterFile(ready), { pid: 4711, status: 'ready' });
  assert.deepEqual(parsePostmasterFile('4711\n/w/data\n'), { pid: 4711, status: undefined });
  for (const text of ['', '\n', 'x\n', '-3\n', '0\n'])
    assert.equal(parsePostmasterFile(text), undefined, JSON.stringify(text));
});

test('only a server on this folder counts as its server', () => {
  assert.ok(servesFolder(['/x/postgres', '-D', '/w/data', '-c', 'fsync=on'], '/w/data'));
  assert.ok(!servesFolder(['/x/postgres', '-D', '/w/data2'], '/w/data'));
  assert.ok(!servesFolder(['vim', '-D', '/w/data'], '/w/data'));
  assert.ok(!servesFolder(['postgres: slipway slipway [local] idle'], '/w/data'));
  assert.ok(!servesFolder([], '/w/data'));
});

test('an unrelated process that has the id of a dead server is left alone', async (t) => {
  const data = await temporaryFolder(t);
  const bystander = spawn('sleep', ['60']);
  t.after(() => bystander.kill('SIGKILL'));
  await writeFile(join(data, 'postmaster.pid'), `${bystander.pid}\n${data}\n`);
  assert.equal(await endOrphan(data), bystander.pid);
  assert.equal(bystander.exitCode ?? bystander.signalCode, null);
});

test('a socket path that the kernel would refuse moves to the temporary folder, the same one each time', () => {
  const short = clusterPaths('/w/postgres', '/tmp');
  assert.equal(short.run, '/w/postgres/run');
  const root = `/home/${'x'.repeat(120)}/postgres`;
  const long = clusterPaths(root, '/tmp');
  assert.match(long.run, /^\/tmp\/slipway-[0-9a-f]{16}$/);
  assert.equal(clusterPaths(root, '/tmp').run, long.run);
  // 107 bytes with the socket's name are the most; bytes, not characters.
  const name = '/run/.s.PGSQL.5432'.length;
  assert.equal(clusterPaths(`/${'x'.repeat(106 - name)}`, '/tmp').run.startsWith('/tmp'), false);
  assert.equal(clusterPaths(`/${'x'.repeat(107 - name)}`, '/tmp').run.startsWith('/tmp'), true);
  assert.equal(clusterPaths(`/${'ü'.repeat(60)}`, '/tmp').run.startsWith('/tmp'), true);
});
