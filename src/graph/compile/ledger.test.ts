import assert from 'node:assert/strict';
import test from 'node:test';
import { answerGraph } from '../answer/answer.ts';
import { checkAnswer } from '../client/invariants.ts';
import { explainEdge } from '../explain/explain.ts';
import { graphData, riskFile, summary } from '../testing.ts';
import type { GraphAnswer, LedgerRelease } from '../types.ts';
import { buildReleaseGraph } from './ledger.ts';

const HEX = 'a'.repeat(64);
const CHANNEL = 'stable-scos-4.21';
const QUERY = { channel: CHANNEL, arch: 'amd64' };

function ledgerRelease(version: string, previous: string[] = [], channels = [CHANNEL]): LedgerRelease {
  const payload = `localhost:8080/okd/scos-release@sha256:${HEX}`;
  return { version, arch: 'amd64', payload, channels, previous, metadata: { url: `https://okd.test/${version}` } };
}

const V = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1', '4.21.0-okd-scos.2', '4.21.0-okd-scos.3'] as const;
const RELEASES = [
  ledgerRelease(V[0], ['4.20.0-okd-scos.9']),
  ledgerRelease(V[1], [V[0]]),
  ledgerRelease(V[2], [V[0], V[1], V[2]], [CHANNEL, 'stable-scos-4']),
  ledgerRelease(V[3], [V[2]], []),
];
const DATA = graphData([], {
  'a.yaml': riskFile(V[2], 'scos[.]0[+]', 'RuncMissing'),
  'b.yaml': `to: ${V[1]}\nfrom: .*\n`,
});

test('Slipway’s own releases make a graph that clusters accept', () => {
  const graph = buildReleaseGraph(RELEASES, DATA);
  assert.deepEqual(graph.channels, ['stable-4', 'stable-scos-4', CHANNEL]);
  const answer = answerGraph(graph, QUERY);
  assert.deepEqual(summary(answer), {
    nodes: V.slice(0, 3),
    edges: [`${V[1]} -> ${V[2]}`],
    conditional: [`${V[0]} -> ${V[2]}: RuncMissing`],
  });
  assert.deepEqual(checkAnswer(answer), []);
  assert.deepEqual(answer.nodes[2]?.metadata, {
    'io.openshift.upgrades.graph.previous.remove_regex': 'scos[.]0[+]',
    'io.openshift.upgrades.graph.release.channels': 'stable-scos-4,stable-scos-4.21',
    url: 'https://okd.test/4.21.0-okd-scos.2',
  });
  const odd = buildReleaseGraph([ledgerRelease(V[0], [], ['Stable', 'fast-scos-4'])]);
  assert.deepEqual(odd.channels, ['fast-scos-4']);
  assert.equal(odd.problems[0]?.field, 'channels');
});

test('each edge that is there or not has its reason', () => {
  const graph = buildReleaseGraph(RELEASES, DATA);
  const code = (from: string, to: string, query = QUERY): string => explainEdge(graph, from, to, query).code;
  assert.equal(code(V[1], V[2]), 'Recommended');
  assert.equal(code(V[0], V[2]), 'Conditional');
  assert.equal(code(V[0], V[1]), 'SilentlyBlocked');
  assert.equal(code(V[2], V[2]), 'Quarantined');
  assert.equal(code(V[2], V[0]), 'NotNewer');
  assert.equal(code(V[2], V[3]), 'TargetNotInChannel');
  assert.equal(code(V[1], V[2], { ...QUERY, channel: 'stable-scos-4' }), 'SourceNotInChannel');
  assert.equal(code('4.20.0-okd-scos.9', V[0]), 'UnknownVersion');
  assert.equal(code(V[0], V[2], { ...QUERY, arch: 'arm64' }), 'ArchMissing');
  const conditional = explainEdge(graph, V[0], V[2], QUERY);
  assert.deepEqual(conditional.files, ['blocked-edges/a.yaml']);
  assert.equal(conditional.risks[0]?.name, 'RuncMissing');
  assert.match(explainEdge(graph, V[2], V[3], QUERY).text, /is not in stable-scos-4\.21; it is in no channel/);
  const removed = buildReleaseGraph([
    ledgerRelease(V[0]),
    { ...ledgerRelease(V[1], [V[0]]), metadata: { 'io.openshift.upgrades.graph.previous.remove': '*' } },
  ]);
  assert.equal(explainEdge(removed, V[0], V[1], QUERY).code, 'RemovedByLabel');
});

test('each broken invariant is named', () => {
  const good = answerGraph(buildReleaseGraph(RELEASES, DATA), QUERY);
  const node = (at: number): GraphAnswer['nodes'][number] => good.nodes[at] as GraphAnswer['nodes'][number];
  const group = good.conditionalEdges[0] as GraphAnswer['conditionalEdges'][number];
  const risk = group.risks[0] as (typeof group.risks)[number];
  const withNode = (more: object): GraphAnswer => ({ ...good, nodes: [node(0), node(1), { ...node(2), ...more }] });
  const withRisk = (more: object): GraphAnswer => ({
    ...good,
    conditionalEdges: [{ ...group, risks: [{ ...risk, ...more } as typeof risk] }],
  });
  const promql = (query: string): GraphAnswer =>
    withRisk({ matchingRules: [{ type: 'PromQL', promql: { promql: query } }] });
  const cases: readonly [id: string, answer: GraphAnswer][] = [
    ['I1', { ...good, nodes: [...good.nodes, { ...node(0), version: '4.21' }] }],
    ['I2', { ...good, nodes: [...good.nodes, node(0)] }],
    ['I3', withNode({ payload: 'localhost:8080/okd/scos-release:4.21' })],
    ['I4', { ...good, edges: [[0, 3]] }],
    [
      'I4',
      {
        ...good,
        edges: [
          [0, 1],
          [1, 0],
        ],
        conditionalEdges: [],
      },
    ],
    [
      'I4',
      {
        ...good,
        edges: [
          [0, 1],
          [0, 1],
        ],
      },
    ],
    ['I5', { ...good, conditionalEdges: [{ ...group, edges: [{ from: V[0], to: V[3] }] }] }],
    ['I6', { ...good, edges: [[0, 2]] }],
    ['I7', { ...good, conditionalEdges: [group, group] }],
    ['I8', { ...good, conditionalEdges: [{ ...group, risks: [risk, risk] }] }],
    [
      'I8',
      {
        ...good,
        edges: [],
        conditionalEdges: [group, { edges: [{ from: V[1], to: V[2] }], risks: [{ ...risk, message: 'other' }] }],
      },
    ],
    ['I9', withRisk({ name: 'runc_missing' })],
    ['I10', withRisk({ url: 'http://x' })],
    ['I10', withRisk({ message: ' ' })],
    ['I11', withRisk({ matchingRules: [] })],
    ['I11', withRisk({ matchingRules: [{ type: 'Sometimes' }] })],
    ['I11', withRisk({ matchingRules: [{ type: 'Always', promql: { promql: 'up' } }] })],
    ['I11', promql(' ')],
    ['I11', promql('max(up{a=")"}')],
    ['I11', promql('up{a="b}')],
    ['I11', promql('up]')],
    ['I12', withNode({ metadata: { 'io.openshift.upgrades.graph.release.channels': 'a,,b' } })],
    ['I12', withNode({ metadata: { 'release.openshift.io/architecture': 'amd64' } })],
    ['I12', withNode({ metadata: { url: 1 } })],
    ['I14', { ...good, conditionalEdges: [{ ...group, risks: [] }] }],
  ];
  for (const [id, answer] of cases)
    assert.ok(
      checkAnswer(answer).some((violation) => violation.id === id),
      `${id} was not found in ${JSON.stringify(checkAnswer(answer))}`,
    );
  assert.deepEqual(checkAnswer(promql('max by (a) (up{b=~"(x|y)[)"}[5m])')), []);
  const before = { nodes: [{ ...node(0), version: '4.20.0-okd-scos.9' }] };
  assert.deepEqual(checkAnswer(good, { before })[0]?.id, 'I13');
});
