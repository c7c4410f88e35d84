import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { followGraph } from './follow.ts';

test('a followed graph is one object until a file is another, and a bad file is an error each time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-follow-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'channels'));
  const channel = (versions: readonly string[]) =>
    writeFile(join(folder, 'channels/a.yaml'), JSON.stringify({ name: 'stable-4.9', versions }));
  await writeFile(join(folder, 'version'), '1.1.0');
  await channel(['4.9.0']);
  const releases = join(folder, 'releases.json');
  await writeFile(
    releases,
    JSON.stringify(
      ['4.9.0', '4.9.1'].map((version, at) => ({
        version,
        arch: 'amd64',
        payload: `quay.io/okd/scos-release@sha256:${String(at).repeat(64)}`,
        previous: at === 0 ? [] : ['4.9.0'],
      })),
    ),
  );
  const graph = followGraph({ graphData: folder, releases }, {});
  const first = await graph();
  assert.equal(await graph(), first);
  await channel(['4.9.0', '4.9.1']);
  const second = await graph();
  assert.notEqual(second, first);
  assert.equal(second.architectures.get('amd64')?.nodes.length, 2);
  await writeFile(join(folder, 'channels/a.yaml'), 'name: [');
  for (let time = 0; time < 2; time++)
    await assert.rejects(graph(), { code: 'GRAPH_DATA_INVALID', place: { file: 'channels/a.yaml', line: 1 } });
  await channel(['4.9.0', '4.9.1']);
  assert.equal(await graph(), second, 'good again, and as before');
});

test('a gate that opens by time makes another graph when its time has come, and not before', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-follow-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['channels', 'okd']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'version'), '1.1.0');
  for (const name of ['fast-4.9', 'stable-4.9'])
    await writeFile(join(folder, `channels/${name}.yaml`), JSON.stringify({ name, versions: ['4.9.0'] }));
  await writeFile(join(folder, 'okd/channels.yaml'), '- {name: stable-4.9, feeder: {name: fast-4.9, delay: P1D}}');
  const releases = join(folder, 'releases.json');
  const payload = `quay.io/okd/scos-release@sha256:${'0'.repeat(64)}`;
  await writeFile(
    releases,
    JSON.stringify([{ version: '4.9.0', arch: 'amd64', payload, created: '2026-06-01T00:00:00Z' }]),
  );
  let now = new Date('2026-06-01T12:00:00Z');
  const graph = followGraph({ graphData: folder, releases }, {}, () => now);
  const first = await graph();
  now = new Date('2026-06-01T23:59:59Z');
  assert.equal(await graph(), first);
  assert.deepEqual(first.architectures.get('amd64')?.nodes[0]?.channels, ['fast-4.9']);
  now = new Date('2026-06-02T00:00:00Z');
  const second = await graph();
  assert.deepEqual(second.architectures.get('amd64')?.nodes[0]?.channels, ['fast-4.9', 'stable-4.9']);
  now = new Date('2027-01-01T00:00:00Z');
  assert.equal(await graph(), second);
});
