import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { answerGraph } from '../answer/answer.ts';
import { checkAnswer } from '../client/invariants.ts';
import { graphData, release, riskFile, summary } from '../testing/graph.ts';
import type { CompiledGraph, GraphData, GraphRelease } from '../types.ts';
import { compileGraph } from './compile.ts';

const V = ['4.9.0', '4.9.1', '4.9.2'];
const LINE = [release('4.9.0'), release('4.9.1', ['4.9.0']), release('4.9.2', ['4.9.0', '4.9.1'])];

function stable(compiled: CompiledGraph, arch = 'amd64'): ReturnType<typeof summary> {
  return summary(answerGraph(compiled, { channel: 'stable-4', arch }));
}

function compiled(data: GraphData = graphData(V), releases: readonly GraphRelease[] = LINE): CompiledGraph {
  return compileGraph(data, releases);
}

test('a risk makes a declared edge conditional and never creates one', () => {
  const data = graphData(V, { 'r.yaml': riskFile('4.9.2', '.*'), 's.yaml': riskFile('4.9.0', '.*', 'RiskB') });
  assert.deepEqual(stable(compiled(data)), {
    nodes: V,
    edges: ['4.9.0 -> 4.9.1'],
    conditional: ['4.9.0 -> 4.9.2: RiskA', '4.9.1 -> 4.9.2: RiskA'],
  });
});

test('a silent block removes; where a risk matches too, the edge is conditional', () => {
  const data = graphData(V, { 'a.yaml': 'to: 4.9.2\nfrom: .*\n', 'b.yaml': riskFile('4.9.2', '4[.]9[.]1[+]') });
  assert.deepEqual(stable(compiled(data)).conditional, ['4.9.1 -> 4.9.2: RiskA']);
  assert.deepEqual(stable(compiled(data)).edges, ['4.9.0 -> 4.9.1']);
});

test('two silent blocks of one target both count', () => {
  const data = graphData(V, {
    'a.yaml': 'to: 4.9.2\nfrom: 4[.]9[.]0\n',
    'b.yaml': 'to: 4.9.2\nfrom: 4[.]9[.]1\n',
  });
  assert.deepEqual(stable(compiled(data)).edges, ['4.9.0 -> 4.9.1']);
});

test('a target with +arch counts for that architecture only', () => {
  const both = [...LINE, ...LINE.map((one) => release(one.version, one.previous, { arch: 'arm64' }))];
  const data = graphData(V, { 'r.yaml': riskFile('4.9.2+amd64', '.*'), 'b.yaml': 'to: 4.9.1+arm64\nfrom: .*\n' });
  assert.deepEqual(stable(compiled(data, both)), {
    nodes: V,
    edges: ['4.9.0 -> 4.9.1'],
    conditional: ['4.9.0 -> 4.9.2: RiskA', '4.9.1 -> 4.9.2: RiskA'],
  });
  assert.deepEqual(stable(compiled(data, both), 'arm64').edges, ['4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2']);
});

test('patterns search version+arch without anchors', () => {
  const releases = [release('4.9.10'), release('4.9.11', ['4.9.10'])];
  const edges = (from: string): number =>
    stable(compiled(graphData(['4.9.10', '4.9.11'], { 'a.yaml': `to: 4.9.11\nfrom: '${from}'\n` }), releases)).edges
      .length;
  assert.equal(edges('4[.]9[.]1'), 0);
  assert.equal(edges('^4[.]9[.]10$'), 1); // the text goes on with "+amd64"
  assert.equal(edges('^4[.]9[.]10[+].*$'), 0);
});

test('labels add and remove edges; unknown names are reported', () => {
  const add = { 'io.openshift.upgrades.graph.previous.add': '4.8.0, 4.9.0' };
  const labels = (more: Record<string, string>): string[] =>
    stable(
      compiled(undefined, [
        release('4.9.0'),
        release('4.9.1', ['4.9.0']),
        release('4.9.2', ['4.9.1'], { metadata: more }),
      ]),
    ).edges;
  assert.deepEqual(labels(add), ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2']);
  assert.deepEqual(labels({ 'io.openshift.upgrades.graph.previous.remove': '4.9.1' }), ['4.9.0 -> 4.9.1']);
  assert.deepEqual(labels({ 'io.openshift.upgrades.graph.previous.remove': '*' }), ['4.9.0 -> 4.9.1']);
  assert.deepEqual(labels({ 'io.openshift.upgrades.graph.previous.remove_regex': '1[+]' }), ['4.9.0 -> 4.9.1']);
  const { problems } = compiled(graphData(V, {}, { raw: { '4.9.2': add } }));
  assert.deepEqual(
    problems.map(({ severity, file, message }) => [severity, file, message]),
    [['note', '4.9.2+amd64', '"4.8.0" is not among the releases of amd64.']],
  );
});

test('an edge that closes a cycle is left out, the rest is served', () => {
  const itself = compiled(undefined, [...LINE.slice(0, 2), release('4.9.2', ['4.9.1', '4.9.2'])]);
  assert.deepEqual(stable(itself).edges, ['4.9.0 -> 4.9.1', '4.9.1 -> 4.9.2']);
  assert.equal(itself.problems[0]?.severity, 'error');
  const backwards = compiled(undefined, [release('4.9.0', ['4.9.2']), ...LINE.slice(1)]);
  assert.deepEqual(stable(backwards).edges, stable(compiled()).edges);
  assert.match(backwards.problems[0]?.message ?? '', /the update from 4\.9\.2 closes a cycle/);
});

test('which edge of a cycle is wrong is decided in OKD’s order, not SemVer’s', () => {
  const [candidate, stableRelease] = ['4.20.0-okd-scos.ec.2', '4.20.0-okd-scos.17'];
  const graph = compiled(graphData([candidate, stableRelease]), [
    release(candidate, [stableRelease]),
    release(stableRelease, [candidate]),
  ]);
  assert.deepEqual(stable(graph).edges, [`${candidate} -> ${stableRelease}`]);
});

test('of two payloads for one version the older stays, in whatever order they come; the same twice is nothing', () => {
  const older = LINE.map((one) => ({ ...one, created: '2026-01-01T00:00:00Z' }));
  const later = release('4.9.2', ['4.9.0'], { payload: 'a', created: '2026-02-01T00:00:00Z' });
  const second = compiled(undefined, [...older, later]);
  assert.deepEqual(compiled(undefined, [later, ...older]), second);
  assert.equal(answerGraph(second, { channel: 'stable-4', arch: 'amd64' }).nodes[2]?.payload, 'r@4.9.2+amd64');
  assert.match(second.problems[0]?.message ?? '', /second payload, a, claims/);
  assert.deepEqual(compiled(undefined, [...LINE, ...LINE]), compiled());
});

test('a version that clusters could not read is left out', () => {
  const graph = compiled(graphData(V), [...LINE, release('v4.9.3', ['4.9.2'])]);
  assert.deepEqual(stable(graph).nodes, V);
  assert.equal(graph.problems[0]?.severity, 'error');
});

test('unreadable graph-data makes the updates to its version conditional, none becomes a recommendation', () => {
  const lenient = (file: string, text: string): ReturnType<typeof summary> =>
    stable(compiled(graphData(V, { [file]: text }, { strict: false })));
  assert.deepEqual(lenient('a.yml', 'to: 4.9.2\nfrom: .*\n').conditional, [
    '4.9.0 -> 4.9.2: GraphDataError',
    '4.9.1 -> 4.9.2: GraphDataError',
  ]);
  assert.deepEqual(lenient('a.yaml', 'to: [').edges, []);
});

test('unknown channels and architectures have an empty answer', () => {
  const empty = { version: 1, nodes: [], edges: [], conditionalEdges: [] };
  assert.deepEqual(answerGraph(compiled(), { channel: 'nope', arch: 'amd64' }), empty);
  assert.deepEqual(answerGraph(compiled(), { channel: 'stable-4', arch: 'riscv64' }), empty);
});

test('a channel name without a dash works, and channels are listed in Cincinnati’s order', () => {
  const files = graphData(['4.9.0'], {}, { channel: 'stable' });
  const channels = ['fast-4.10', 'fast-4.9', 'candidate-4.10'].map((name) => ({
    name,
    file: name,
    versions: ['4.9.0'],
  }));
  const graph = compileGraph({ ...files, channels: [...files.channels, ...channels] }, LINE);
  assert.equal(
    answerGraph(graph, { channel: 'stable', arch: 'amd64' }).nodes[0]?.metadata[
      'io.openshift.upgrades.graph.release.channels'
    ],
    'candidate-4.10,fast-4.10,fast-4.9,stable',
  );
});

test('any input gives an answer that clusters accept, and its order does not change a byte (I4–I8, I15)', () => {
  const versions = Array.from({ length: 8 }, (_, patch) => `4.9.${patch}`);
  const some = fc.subarray(versions);
  const input = fc.record({
    previous: fc.array(some, { minLength: versions.length, maxLength: versions.length }),
    listed: some,
    risks: fc.array(
      fc.tuple(fc.constantFrom(...versions), fc.constantFrom('.*', '[.][0-3][+]', '5'), fc.constantFrom('A', 'B')),
    ),
    blocks: fc.array(fc.tuple(fc.constantFrom(...versions), fc.constantFrom('[.]1', '[+]', 'never'))),
    shuffle: fc.infiniteStream(fc.nat()),
  });
  fc.assert(
    fc.property(input, ({ previous, listed, risks, blocks, shuffle }) => {
      const releases = versions.map((version, at) => release(version, previous[at] ?? []));
      const data = graphData(
        listed,
        Object.fromEntries([
          ...risks.map(([to, from, name], at) => [`r${at}.yaml`, riskFile(to, from, name)]),
          ...blocks.map(([to, from], at) => [`b${at}.yaml`, `to: ${to}\nfrom: '${from}'\n`]),
        ]),
      );
      const answer = answerGraph(compileGraph(data, releases), { channel: 'stable-4', arch: 'amd64' });
      const broken = checkAnswer(answer).filter(({ id }) => id !== 'I3' && id !== 'I10');
      assert.deepEqual(broken, []);
      const shuffled = releases
        .map((one) => ({ key: shuffle.next().value ?? 0, one: { ...one, previous: [...one.previous].reverse() } }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const again = answerGraph(compileGraph(data, shuffled), { channel: 'stable-4', arch: 'amd64' });
      assert.equal(JSON.stringify(again), JSON.stringify(answer));
    }),
    { numRuns: 200, seed: 11 },
  );
});
