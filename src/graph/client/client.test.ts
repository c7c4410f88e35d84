import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { answerGraph } from '../answer/answer.ts';
import { loadGraph } from '../files/load.ts';
import { graphVectors, NO_VECTORS } from '../testing/graph.ts';
import { storyGraph } from '../testing/story.ts';
import type { GraphAnswer } from '../types.ts';
import { clusterReader, lossesOf } from './cvo.ts';
import { mirrorView } from './oc-mirror.ts';

const vectors = graphVectors();
const skip = vectors === undefined ? NO_VECTORS : false;

interface CvoCase {
  readonly name: string;
  readonly version: string;
  readonly desiredArch: string;
  readonly currentArch: string;
  readonly graph: Partial<GraphAnswer>;
  readonly expect: {
    readonly available?: string[];
    readonly conditional?: [string, string[]][];
    readonly error?: string;
  };
}

function whole(graph: Partial<GraphAnswer>): GraphAnswer {
  return { version: 1, nodes: [], edges: [], conditionalEdges: [], ...graph };
}

test('the model takes and drops what the operator’s own tests expect', { skip }, async () => {
  const cases = JSON.parse(await readFile(join(vectors ?? '', 'cvo', 'get-updates.json'), 'utf8')) as CvoCase[];
  assert.equal(cases.length, 12);
  for (const { name, version, desiredArch, currentArch, graph, expect } of cases) {
    const view = clusterReader(whole(graph))({ version, toMulti: desiredArch === 'Multi' && currentArch !== 'Multi' });
    if (expect.error !== undefined) {
      assert.ok(!view.ok, name);
      assert.ok(expect.error.startsWith(`${view.reason}: ${view.message}`), `${name}: ${view.message}`);
      continue;
    }
    assert.ok(view.ok, name);
    assert.deepEqual([...view.available].sort(), expect.available, name);
    assert.deepEqual(
      view.conditional.map((one) => [one.version, one.risks]),
      expect.conditional,
      name,
    );
  }
});

test('what would be lost is found: bad metadata, a conditional edge without a node, repeated channels', () => {
  const nodes = ['4.1.0', '4.1.1'].map((version) => ({ version, payload: 'p', metadata: {} }));
  const risk = { name: 'A', url: 'https://x', message: 'm', matchingRules: [{ type: 'Always' }] } as const;
  const lost = (graph: Partial<GraphAnswer>): string => lossesOf(whole(graph)).join('\n');
  const channels = 'io.openshift.upgrades.graph.release.channels';
  const withChannels = (value: string) =>
    lost({ nodes: nodes.map((node) => ({ ...node, metadata: { [channels]: value } })), edges: [[0, 1]] });
  assert.match(withChannels('a,,b'), /ResponseInvalid: the metadata of 4\.1\.1/);
  assert.match(withChannels('a,a'), /a channel is there twice/);
  assert.match(
    lost({ nodes, conditionalEdges: [{ edges: [{ from: '4.1.0', to: '4.1.2' }], risks: [risk] }] }),
    /has no node/,
  );
  const twice = { edges: [{ from: '4.1.0', to: '4.1.1' }], risks: [risk, risk] };
  assert.match(lost({ nodes, conditionalEdges: [twice] }), /a cluster on 4\.1\.0 drops 4\.1\.1: a risk is there twice/);
  assert.match(
    lost({ nodes: [...nodes, { version: '4.1', payload: 'p', metadata: {} }] }),
    /the whole answer is refused/,
  );
});

test('clusters drop nothing of the 76 channels of production, nor of the story', { skip }, async () => {
  const folder = join(vectors ?? '', 'head-731d04247');
  const head = await loadGraph({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  assert.equal(head.channels.length, 76);
  for (const graph of [head, storyGraph()])
    for (const channel of graph.channels)
      assert.deepEqual(lossesOf(answerGraph(graph, { channel, arch: 'amd64' })), []);
});

test('oc-mirror’s own graphs: extremes by SemVer, shortest path, newest neighbour first', { skip }, async () => {
  const read = async (file: string): Promise<GraphAnswer> =>
    whole(JSON.parse(await readFile(join(vectors ?? '', 'oc-mirror', file), 'utf8')) as Partial<GraphAnswer>);
  const view = mirrorView(await read('cincinnatti.json'));
  assert.ok(view !== undefined);
  assert.equal(view.lowest, '0.1.0');
  const answer = await read('cincinnatti.json');
  for (const [from, to] of answer.edges) {
    const [source, target] = [answer.nodes[from]?.version, answer.nodes[to]?.version];
    if (source === undefined || target === undefined) continue; // the fixture has an edge that leads nowhere
    assert.deepEqual(view.path(source, target), [source, target]);
  }
  assert.deepEqual(view.path('0.1.0', '9.9.9'), []);
  assert.equal(mirrorView(whole({})), undefined);
});

test('oc-mirror’s newest of the story’s stable channel is a release, and it sees no conditional edge', () => {
  const answer = answerGraph(storyGraph(), { channel: 'stable-scos-4.22', arch: 'amd64' });
  const view = mirrorView(answer);
  assert.equal(view?.highest, '4.22.0-okd-scos.8');
  assert.deepEqual(view?.path('4.22.0-okd-scos.6', '4.22.0-okd-scos.8'), []);
  assert.deepEqual(view?.path('4.22.0-okd-scos.2', '4.22.0-okd-scos.8'), ['4.22.0-okd-scos.2', '4.22.0-okd-scos.8']);
});
