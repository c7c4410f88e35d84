import assert from 'node:assert/strict';
import test from 'node:test';
import { answerGraph } from '../answer/answer.ts';
import { checkAnswer } from '../client/invariants.ts';
import { emptyOkd } from '../data/okd.ts';
import { parseGraphData } from '../data/parse.ts';
import { explainEdge } from '../explain/explain.ts';
import { graphData, riskFile, summary } from '../testing/graph.ts';
import type { EvidenceRecord, GraphAnswer, LedgerRelease } from '../types.ts';
import { cincinnatiFiles } from '../write/cincinnati.ts';
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

test('audits required: an override is neither withheld nor a recommendation, and names who answers for it', () => {
  const audited = V.map(
    (version, at): LedgerRelease => ({
      ...ledgerRelease(version, V.slice(0, at)),
      audit: at === 1 || at === 2 ? 'fail' : 'pass',
      ...(at === 2 || at === 3 ? { override: { by: 'anna', reason: 'a known false alarm' } } : {}),
    }),
  );
  const rules = (requireAudit: boolean) => ({
    ...DATA,
    blocked: [],
    okd: { ...emptyOkd(), evidence: { ...emptyOkd().evidence, requireAudit } },
  });
  const runs = V.flatMap((from) => V.map((to) => ({ from, to }))).map(
    (edge): EvidenceRecord => ({
      ...edge,
      arch: 'amd64',
      result: 'pass',
      job: 'upgrade',
      url: 'https://prow.example.com/1',
      time: '2026-08-01T00:00:00Z',
      source: 'ci',
    }),
  );
  const graph = buildReleaseGraph(audited, rules(true), { evidence: runs });
  const explained = (to: string) => explainEdge(graph, V[0], to, QUERY);
  assert.equal(explained(V[1]).code, 'ContentAuditFailed');
  const overridden = explained(V[2]);
  assert.equal(overridden.code, 'AuditOverridden');
  assert.equal(
    overridden.text,
    `${V[2]} did not pass the content audit; accepted by override by anna: a known false alarm`,
  );
  // something else was overridden: the audit itself passed
  assert.equal(explained(V[3]).code, 'Recommended');
  assert.match(explained(V[3]).evidence[0]?.text ?? '', /accepted by override by anna/);
  const answer = answerGraph(graph, QUERY);
  assert.deepEqual(checkAnswer(answer), []);
  assert.deepEqual(
    summary(answer).conditional,
    [V[0], V[1]].map((from) => `${from} -> ${V[2]}: AuditOverriddenFor4x21x0ZokdZscosx2`),
  );
  const free = buildReleaseGraph(audited, rules(false), { evidence: runs });
  assert.equal(explainEdge(free, V[0], V[2], QUERY).code, 'Recommended');
  // unmodified Cincinnati is told the same
  const files = new Map([['version', '1.1.0']]);
  const written = parseGraphData(cincinnatiFiles(files, rules(true), graph));
  assert.deepEqual(
    written.blocked.map(({ to, risk }) => [to, risk?.name]).filter(([to]) => to === V[2]),
    [[V[2], 'AuditOverriddenFor4x21x0ZokdZscosx2']],
  );
});
