import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { release, summary } from '../testing/graph.ts';
import { answerFromFiles, loadGraph } from './load.ts';
import { readGraphData } from './read.ts';

const FILES = {
  version: '1.1.0\n',
  LICENSE: 'x',
  'channels/stable-4.yaml': 'name: stable-4\nversions: [4.9.0, 4.9.1]\n',
  'blocked-edges/4.9.1.yaml': 'to: 4.9.1\nfrom: 4[.]8[.]\n',
  'okd/channels.yaml': '[{name: stable-4, untested: recommended}]',
  'build-suggestions/4.9.yaml': 'not: read',
};
const CONSUMED = ['LICENSE', 'blocked-edges/4.9.1.yaml', 'channels/stable-4.yaml', 'okd/channels.yaml', 'version'];

async function archive(prefix: string): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(FILES)) tar.entry({ name: `${prefix}${name}` }, text);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('graph-data is read alike from a folder, a tar archive and an archive of a forge', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-graph-'));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, 'data');
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(join(data, name, '..'), { recursive: true });
    await writeFile(join(data, name), text);
  }
  await writeFile(join(folder, 'plain.tar'), await archive('./'));
  await writeFile(join(folder, 'forge.tar.gz'), gzipSync(await archive('org-repo-0123abc/')));
  for (const path of ['data', 'plain.tar', 'forge.tar.gz']) {
    const files = await readGraphData(join(folder, path));
    assert.deepEqual([...files.keys()].sort(), CONSUMED, path);
    assert.equal(files.get('version'), '1.1.0\n');
  }

  const releases = [release('4.9.0'), release('4.9.1', ['4.9.0'])];
  await writeFile(join(folder, 'releases.json'), JSON.stringify(releases));
  await writeFile(join(folder, 'releases.json.gz'), gzipSync(JSON.stringify(releases)));
  for (const name of ['releases.json', 'releases.json.gz']) {
    const files = { graphData: data, releases: join(folder, name) };
    const answer = await answerFromFiles({ ...files, channel: 'stable-4', arch: 'amd64' });
    assert.deepEqual(summary(answer).edges, ['4.9.0 -> 4.9.1']);
    await assert.rejects(answerFromFiles({ ...files, channel: 'Stable-4', arch: 'amd64' }), {
      code: 'GRAPH_QUERY_INVALID',
    });
  }
});

test('unreadable files are named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-graph-'));
  t.after(() => rm(folder, { recursive: true }));
  await assert.rejects(readGraphData(join(folder, 'none')), { code: 'GRAPH_DATA_UNREADABLE' });
  await writeFile(join(folder, 'broken.tar.gz'), gzipSync(await archive('')).subarray(0, 100));
  await assert.rejects(readGraphData(join(folder, 'broken.tar.gz')), { code: 'GRAPH_DATA_UNREADABLE' });
  await writeFile(join(folder, 'version'), '1.1.0\n');
  const load = (text: string): Promise<unknown> =>
    writeFile(join(folder, 'r.json'), text).then(() =>
      loadGraph({ graphData: folder, releases: join(folder, 'r.json') }),
    );
  await assert.rejects(load('{'), { code: 'GRAPH_RELEASES_INVALID' });
  await assert.rejects(load('[{"version": "4.9.0"}]'), { code: 'GRAPH_RELEASES_INVALID' });
  await assert.rejects(load('{"nodes": [], "edges": [[0, 1]]}'), { code: 'GRAPH_RELEASES_INVALID' });
  await assert.rejects(loadGraph({ graphData: folder, releases: join(folder, 'none') }), {
    code: 'GRAPH_RELEASES_INVALID',
  });
});
