import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { answerGraph } from '../answer/answer.ts';
import { readMustGather } from '../cluster/must-gather.ts';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { loadGraph } from '../files/load.ts';
import { graphVectors, NO_VECTORS, release, riskFile, sha } from '../testing/graph.ts';
import { CANDIDATE, GA, JOB, NEWEST, storyGraph } from '../testing/story.ts';
import { clusterConcerns, forCluster } from './cluster.ts';
import { type ExplainCode, isOffered, MEANING } from './codes.ts';
import { explainEdge, explainFrom } from './explain.ts';

const vectors = graphVectors();
const skip = vectors === undefined ? NO_VECTORS : false;
const STABLE = { channel: 'stable-scos-4.22', arch: 'amd64' };

test('okd#2340 in one line: why .4 is not led to the newest release, since when, and what to do', () => {
  const graph = storyGraph();
  const failing = explainEdge(graph, '4.22.0-okd-scos.4', NEWEST, STABLE);
  assert.equal(failing.code, 'TestFailing');
  assert.match(failing.text, new RegExp(JOB));
  assert.equal(failing.since, '2026-08-21T10:00:00Z');
  assert.equal(failing.evidence[0]?.url, `https://prow.example.com/4.22.0-okd-scos.4/${NEWEST}`);
  assert.match(failing.next, /--allow-not-recommended/);
  assert.equal(explainEdge(graph, '4.22.0-okd-scos.3', NEWEST, STABLE).code, 'Recommended');
  assert.equal(explainEdge(graph, '4.22.0-okd-scos.3', CANDIDATE, STABLE).code, 'PreReleaseOnly');
  const all = explainFrom(graph, '4.22.0-okd-scos.4', STABLE);
  assert.deepEqual(
    all.map(({ to, code }) => [to, code]),
    [
      [CANDIDATE, 'PreReleaseOnly'],
      [NEWEST, 'TestFailing'],
      ...GA.slice(5, 8)
        .toReversed()
        .map((version) => [version, 'Recommended']),
    ],
  );
});

/** A graph in which every code has a reason. */
function zoo() {
  const V = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`v${n}`, `4.22.0-okd-scos.${n}`]));
  const versions = Object.values(V);
  const okd = (name: string, value: unknown): [string, string] => [`okd/${name}.yaml`, JSON.stringify(value)];
  const data = parseGraphData(
    new Map([
      ['version', '1.1.0'],
      [
        'channels/stable.yaml',
        JSON.stringify({ name: STABLE.channel, versions: versions.filter((one) => one !== V.v11) }),
      ],
      ['channels/fast.yaml', JSON.stringify({ name: 'fast-scos-4.22', versions })],
      [`blocked-edges/${V.v1}.yaml`, JSON.stringify({ to: V.v1, from: 'scos[.]0[+]' })],
      [`blocked-edges/${V.v2}-RiskA.yaml`, riskFile(V.v2 ?? '', '.*')],
      [`blocked-edges/${V.v3}-broken.yaml`, `to: ${V.v3}\nfrom: .*\nname: Broken\n`],
      okd('barriers', [{ version: V.v5, reason: 'the container runtime changes', url: 'https://x/barrier' }]),
      okd('deadends', [{ version: V.v13, reason: 'it never boots again', exit: 'install anew' }]),
      okd('evidence', { requireSignature: true, requireAudit: true }),
      okd('pullspecs', [{ from: 'registry.example.com/old', to: 'quay.io/okd/scos-release', gone: true }]),
      okd('channels', [
        { name: STABLE.channel, feeder: { name: 'fast-scos-4.22', delay: 'P7D', gates: ['upgrade-test'] } },
      ]),
      // all but the one that waits were there before there were gates
      okd('approvals', [
        {
          channel: STABLE.channel,
          versions: `<${V.v11} || >${V.v11}`,
          by: 'release team',
          time: '2026-08-01T00:00:00Z',
          reason: 'served before there were gates',
          waives: ['delay', 'upgrade-test'],
        },
      ]),
    ]),
    { strict: false },
  );
  const releases = versions.map((version, at) =>
    release(version, versions.slice(0, at), {
      payload: `quay.io/okd/scos-release@${sha(version)}`,
      signed: ['KEY'],
      audit: 'pass',
      created: '2026-08-01T00:00:00Z',
      ...(at === 4 ? { metadata: { 'io.openshift.upgrades.graph.previous.remove': V.v0 ?? '' } } : {}),
      ...(at === 6 ? { signed: [] } : {}),
      ...(at === 7 ? { audit: 'fail' as const } : {}),
      ...(at === 8 ? { payload: `registry.example.com/old@${sha(version)}` } : {}),
      ...(at === 9 ? { previous: [] } : {}),
      ...(at === 0 ? { previous: [V.v10 ?? ''] } : {}),
    }),
  );
  return { V, graph: compileGraph(data, releases, { evidence: [] }) };
}

test('every reason has its code, a sentence that names it, and a command', () => {
  const { V, graph } = zoo();
  const cases: readonly [from: string | undefined, to: string | undefined, code: ExplainCode, text: RegExp][] = [
    [V.v0, V.v1, 'SilentlyBlocked', /blocked-edges\/4\.22\.0-okd-scos\.1\.yaml/],
    [V.v0, V.v2, 'Conditional', /RiskA/],
    [V.v0, V.v3, 'GraphDataError', /could not be read/],
    [V.v0, V.v4, 'RemovedByLabel', /previous\.remove of 4\.22\.0-okd-scos\.4/],
    [V.v0, V.v5, 'NotTested', /No test of this update/],
    [V.v4, V.v12, 'Barrier', /4\.22\.0-okd-scos\.5 has to be passed first: the container runtime changes/],
    [V.v5, V.v6, 'PayloadUnsigned', /signed by nobody/],
    [V.v5, V.v7, 'ContentAuditFailed', /says fail/],
    [V.v5, V.v8, 'PayloadGone', /registry\.example\.com/],
    [V.v5, V.v9, 'NotDeclared', /does not name/],
    [
      V.v5,
      V.v11,
      'PromotionPending',
      /long enough at 2026-08-08T00:00:00\.000Z\); upgrade-test \(no test of an update/,
    ],
    [V.v11, V.v12, 'SourceNotInChannel', /it is in fast-scos-4\.22/],
    [V.v12, V.v13, 'DeadEnd', /it never boots again\. Way out: install anew/],
    [V.v3, V.v2, 'NotNewer', /not newer/],
    [V.v0, '4.22.0-okd-scos.99', 'UnknownVersion', /the nearest is 4\.22\.0-okd-scos\.13/],
  ];
  for (const [from = '', to = '', code, text] of cases) {
    const explained = explainEdge(graph, from, to, STABLE);
    assert.equal(explained.code, code, `${from} -> ${to}: ${explained.text}`);
    assert.match(explained.text, text);
    assert.match(explained.next, /^(oc|slipway) /);
    assert.ok(MEANING[explained.code].length > 0);
    // what the code says is what the answer does
    const answer = answerGraph(graph, STABLE);
    const ends = [from, to].map((version) => answer.nodes.findIndex((node) => node.version === version));
    const inAnswer =
      answer.edges.some(([a, b]) => a === ends[0] && b === ends[1]) ||
      answer.conditionalEdges.some(({ edges }) => edges.some((edge) => edge.from === from && edge.to === to));
    assert.equal(isOffered(code), inAnswer, `${from} -> ${to}`);
  }
  assert.equal(explainEdge(graph, V.v0 ?? '', V.v1 ?? '', { ...STABLE, arch: 's390x' }).code, 'ArchMissing');
  const typo = explainEdge(graph, V.v0 ?? '', V.v1 ?? '', { ...STABLE, channel: 'stabel-scos-4.22' });
  assert.match(typo.text, /^There is no channel stabel-scos-4\.22\. .* it is in .*stable-scos-4\.22/);
  assert.match(explainEdge(graph, V.v4 ?? '', V.v12 ?? '', STABLE).next, /--to=4\.22\.0-okd-scos\.5$/);
  assert.equal(explainEdge(graph, V.v11 ?? '', V.v12 ?? '', STABLE).next, 'oc adm upgrade channel fast-scos-4.22');
});

test('a real cluster: facts of a must-gather, and what its own service offers that this graph does not', {
  skip,
}, async () => {
  const facts = await readMustGather(join(vectors ?? '', '../must-gather/okd-fcos37-gce'));
  assert.equal(facts.version, '4.12.0-0.okd-2023-03-04-063026');
  assert.equal(facts.platform, 'GCP');
  assert.equal(facts.nodes?.length, 6);
  assert.equal(facts.operators?.length, 33);
  const versions = [facts.version, '4.12.0-0.okd-2023-03-18-084815'];
  const data = parseGraphData(
    new Map([
      ['version', '1.1.0'],
      ['channels/stable-4.yaml', JSON.stringify({ name: 'stable-4', versions })],
      [
        `blocked-edges/${versions[1]}-Gcp.yaml`,
        JSON.stringify({
          to: versions[1],
          from: '.*',
          name: 'GcpOnly',
          url: 'https://x',
          message: 'm',
          matchingRules: [
            {
              type: 'PromQL',
              promql: {
                promql:
                  'group by (type) (cluster_infrastructure_provider{_id="",type="GCP"}) or 0 * group by (type) (cluster_infrastructure_provider{_id=""})',
              },
            },
          ],
        }),
      ],
    ]),
  );
  const graph = compileGraph(data, [release(versions[0] ?? ''), release(versions[1] ?? '', [versions[0] ?? ''])]);
  const query = { channel: 'stable-4', arch: 'amd64' };
  const [update] = explainFrom(graph, facts.version, query);
  assert.ok(update !== undefined);
  const told = forCluster(update, facts);
  assert.equal(told.verdict, 'not recommended');
  assert.deepEqual(told.exposures, [{ name: 'GcpOnly', state: 'exposed', reason: 'Its query says so: type="GCP".' }]);
  const concerns = clusterConcerns(answerGraph(graph, query), facts, query);
  assert.match(concerns.join('\n'), /offers 4\.12\.0-0\.okd-2023-03-\S+.*which this graph does not have in stable-4/);
});

test('a cluster that the production graph knows: each risk is evaluated, and none is guessed', { skip }, async () => {
  const facts = await readMustGather(join(vectors ?? '', 'oc-recommend', '4.12.16-longest-not-recommended-cv.yaml'));
  const folder = join(vectors ?? '', 'head-731d04247');
  const graph = await loadGraph({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  const query = { channel: facts.channel ?? '', arch: 'amd64' };
  assert.equal(query.channel, 'stable-4.13');
  const told = explainFrom(graph, facts.version, query).map((update) => forCluster(update, facts));
  const aro = told.flatMap(({ exposures }) => exposures.filter(({ name }) => name === 'ARODNSWrongBootSequence'));
  assert.ok(aro.length > 10);
  for (const exposure of aro) {
    assert.equal(exposure.state, 'unknown');
    assert.match(exposure.reason, /the facts do not cover cluster_operator_conditions/);
  }
  assert.ok(told.some(({ verdict }) => verdict === 'recommended'));
});

test('an Insights archive and a single ClusterVersion are read too', { skip }, async () => {
  const insights = await readMustGather(join(vectors ?? '', '../must-gather/insights-archive-sample'));
  assert.ok((insights.nodes?.length ?? 0) > 0 && insights.platform !== undefined);
  const okd = await readMustGather(join(vectors ?? '', 'oc-recommend', '4.19.0-okd-scos.16-cv.yaml'));
  assert.deepEqual(okd.available, ['4.20.0-okd-scos.ec.14', '4.19.0-okd-scos.17']);
  assert.equal(okd.channel, 'stable-scos-4');
  await assert.rejects(readMustGather(join(vectors ?? '', '../must-gather/omc')), { code: 'GRAPH_CLUSTER_INVALID' });
});
