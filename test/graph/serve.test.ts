// `slipway graph serve` as a process: what clusters get, what a changed file does, and how it ends.
import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clusterReader, type GraphAnswer } from '../../src/graph/index.ts';
import { SLIPWAY, slipwayAside, start, temporaryFolder } from '../support/clone.ts';

const CHANNEL = 'stable-scos-4.21';
const OLDEST = '4.21.0-okd-scos.0';
const VERSIONS = [OLDEST, '4.21.0-okd-scos.1', '4.21.0-okd-scos.2'];

async function files(
  folder: string,
): Promise<{ args: string[]; channel: (versions: readonly string[]) => Promise<void> }> {
  const data = join(folder, 'graph-data');
  await mkdir(join(data, 'channels'), { recursive: true });
  await writeFile(join(data, 'version'), '1.1.0\n');
  const channel = async (versions: readonly string[]): Promise<void> => {
    // as a checkout does: the file is there whole or not at all
    await writeFile(join(folder, 'next.yaml'), JSON.stringify({ name: CHANNEL, versions }));
    await rename(join(folder, 'next.yaml'), join(data, 'channels', `${CHANNEL}.yaml`));
  };
  const releases = join(folder, 'releases.jsonl');
  const lines = VERSIONS.map((version, at) =>
    JSON.stringify({
      version,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@sha256:${String(at).repeat(64)}`,
      previous: VERSIONS.slice(0, at),
    }),
  );
  await writeFile(releases, lines.join('\n'));
  return { args: ['graph', 'serve', '--graph-data', data, '--releases', releases], channel };
}

test('graph serve: clusters take its answers, a change is seen, a broken file is not, a signal ends it', async (t) => {
  const folder = await temporaryFolder(t);
  const { args, channel } = await files(folder);
  await channel(VERSIONS.slice(0, 2));
  const server = start(t, SLIPWAY, [...args, '--port', '0', '--refresh', '1']);
  await server.waitFor('serving on ');
  const url = /serving on (http:\/\/127\.0\.0\.1:\d+)\n/.exec(server.output())?.[1];
  assert.ok(url, server.output());

  const updates = async (path = '/graph'): Promise<readonly string[]> => {
    const response = await fetch(`${url}${path}?channel=${CHANNEL}&arch=amd64&id=1&version=${OLDEST}`);
    assert.equal(response.status, 200);
    const view = clusterReader((await response.json()) as GraphAnswer)({ version: OLDEST });
    assert.ok(view.ok);
    assert.deepEqual(view.dropped, []);
    return view.available.toSorted();
  };
  assert.deepEqual(await updates(), VERSIONS.slice(1, 2));
  assert.deepEqual(await updates('/api/upgrades_info/v1/graph'), VERSIONS.slice(1, 2));
  const explained = await fetch(`${url}/api/graph/explain?from=${OLDEST}&channel=${CHANNEL}`);
  assert.equal(explained.status, 200);
  assert.equal((await fetch(`${url}/graph-data`)).headers.get('content-type'), 'application/gzip');

  const until = async (done: () => Promise<boolean>): Promise<void> => {
    while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await channel(VERSIONS);
  await until(async () => (await updates()).length === 2);
  await writeFile(join(folder, 'graph-data', 'channels', `${CHANNEL}.yaml`), 'name: [');
  await until(async () => {
    assert.equal((await updates()).length, 2, 'the last good graph');
    return server.output().includes('the last good one is served');
  });
  assert.equal(await server.stop(), 0);
});

test('graph serve: what is wrong is said before anything is served', async (t) => {
  const folder = await temporaryFolder(t);
  const { args, channel } = await files(folder);
  await channel(VERSIONS);
  await writeFile(join(folder, 'graph-data', 'channels', 'b.yaml'), 'name: [');
  const broken = await slipwayAside(args);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /channels\/b\.yaml:1/);
  const odd = await slipwayAside([...args, '--port', '99999']);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /port/);
});
