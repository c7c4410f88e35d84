import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { answerGraph } from '../answer/answer.ts';
import { mirrorView } from '../client/oc-mirror.ts';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { loadGraph } from '../files/load.ts';
import { graphVectors, NO_VECTORS, release, riskFile, sha } from '../testing/graph.ts';
import { CANDIDATE, NEWEST, storyGraph } from '../testing/story.ts';
import { imageSetConfiguration, mermaid, mirrorList, runbook } from './output.ts';
import { newestReachable, type Plan, planPaths } from './plan.ts';

const vectors = graphVectors();
const arch = 'amd64';

function route(plan: Plan | undefined): string[] {
  return (plan?.hops ?? []).map(({ to }) => to.replace(/.*scos[.]/, ''));
}

test('okd#2348: the plan goes around a failing update, or says what it costs to go through', () => {
  const graph = storyGraph();
  const request = { from: '4.22.0-okd-scos.5', to: NEWEST, arch };
  const [best] = planPaths(graph, request);
  assert.deepEqual([route(best), best?.risks], [['8'], 1]);
  assert.deepEqual(planPaths(graph, { ...request, avoidRisks: true }), []);
  assert.equal(
    newestReachable(graph, { ...request, avoidRisks: true, channels: ['stable-scos-4.22'] }),
    '4.22.0-okd-scos.7',
  );
  const around = planPaths(graph, { ...request, from: '4.22.0-okd-scos.2' });
  assert.deepEqual(around.map(route), [['8'], ['3', '8'], ['7', '8']].slice(0, 2).concat([route(around[2])]));
  assert.deepEqual(
    around.map(({ risks }) => risks),
    [0, 0, 1],
  );
  assert.equal(around[0]?.hops[0]?.channel, 'stable-scos-4.22');
  const accepted = planPaths(graph, {
    ...request,
    avoidRisks: true,
    accept: (best?.hops[0]?.risks ?? []).map(({ name }) => name),
  });
  assert.deepEqual(route(accepted[0]), ['8']);
});

test('a candidate is passed through only when nothing else leads on, and never in a stable channel', () => {
  const graph = storyGraph();
  const [plan] = planPaths(graph, { from: '4.22.0-okd-scos.0', to: CANDIDATE, arch });
  assert.equal(plan?.hops.at(-1)?.channel, 'candidate-scos-4.23');
  assert.equal(plan?.minors, 1);
  assert.deepEqual(
    planPaths(graph, { from: '4.22.0-okd-scos.0', to: CANDIDATE, arch, channels: ['stable-scos-4.22'] }),
    [],
  );
});

test('only what is mirrored is used', () => {
  const graph = storyGraph();
  const mirrored = new Set(['4.22.0-okd-scos.4', sha('4.22.0-okd-scos.6')]);
  const request = { from: '4.22.0-okd-scos.0', to: '4.22.0-okd-scos.6', arch, mirrored };
  assert.deepEqual(planPaths(graph, request).map(route), [['6'], ['4', '6']]);
  assert.deepEqual(planPaths(graph, { ...request, to: NEWEST }), []);
  assert.deepEqual(planPaths(graph, { ...request, maxHops: 1 }).map(route), [['6']]);
});

test('outputs: a runbook to follow, a list to mirror, a configuration that oc-mirror reads, a drawing', () => {
  const graph = storyGraph();
  const [, plan] = planPaths(graph, { from: '4.22.0-okd-scos.0', to: NEWEST, arch });
  assert.ok(plan !== undefined && plan.hops.length === 2);
  const [middle] = plan.hops;
  const text = runbook(plan, { from: '4.22.0-okd-scos.0', to: NEWEST, arch });
  assert.equal(text.match(/oc adm upgrade channel stable-scos-4\.22/g)?.length, 1);
  assert.match(text, new RegExp(`oc adm upgrade --to=${middle?.to}\n[\\s\\S]*oc adm upgrade --to=${NEWEST}\n`));
  assert.deepEqual(
    mirrorList(plan).trim().split('\n'),
    plan.hops.map(({ to }) => `quay.io/okd/scos-release@${sha(to)}`),
  );
  const configuration = parse(imageSetConfiguration(plan, { arch, graphUrl: 'https://g.example.com/graph' })) as {
    mirror: { platform: { channels: { name: string; minVersion: string; maxVersion: string }[] } };
  };
  // each entry is one version of a channel that oc-mirror finds there
  for (const { name, minVersion, maxVersion } of configuration.mirror.platform.channels) {
    assert.equal(minVersion, maxVersion);
    assert.deepEqual(mirrorView(answerGraph(graph, { channel: name, arch }))?.path(minVersion, maxVersion), [
      minVersion,
    ]);
  }
  assert.match(mermaid(plan), /4_22_0_okd_scos_0\["4\.22\.0-okd-scos\.0"\] --> /);
});

test('an acknowledgement is asked for where a minor removes APIs', () => {
  const graph = compileGraph(
    parseGraphData(
      new Map([
        ['version', '1.1.0'],
        ['channels/c.yaml', 'name: stable-4\nversions: [4.15.3, 4.16.1]'],
      ]),
    ),
    [release('4.15.3'), release('4.16.1', ['4.15.3'])],
  );
  const [plan] = planPaths(graph, { from: '4.15.3', to: '4.16.1', arch });
  assert.deepEqual(plan?.hops[0]?.acks, ['ack-4.15-kube-1.29-api-removals-in-4.16']);
  assert.match(runbook(plan as Plan, { from: '4.15.3', to: '4.16.1', arch }), /admin-acks --type=merge/);
});

/** All simple paths, the slow and plain way. */
function everyPath(edges: ReadonlyMap<number, readonly number[]>, from: number, to: number): number[][] {
  if (from === to) return [[to]];
  return (edges.get(from) ?? []).flatMap((next) => everyPath(edges, next, to).map((rest) => [from, ...rest]));
}

test('the best path is the best of all paths', () => {
  const size = 7;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1))),
      fc.array(fc.nat(size - 1), { maxLength: 3 }),
      (pairs, risky) => {
        const version = (n: number): string => `4.9.${n}`;
        const edges = new Map(
          Array.from({ length: size }, (_, from) => [
            from,
            [...new Set(pairs.flatMap(([a, b]) => (a === from && b > a ? [b] : [])))],
          ]),
        );
        const files = new Map([
          ['version', '1.1.0'],
          [
            'channels/c.yaml',
            JSON.stringify({ name: 'c', versions: Array.from({ length: size }, (_, n) => version(n)) }),
          ],
        ]);
        for (const n of risky) files.set(`blocked-edges/${version(n)}-RiskA.yaml`, riskFile(version(n), '.*'));
        const graph = compileGraph(
          parseGraphData(files),
          Array.from({ length: size }, (_, n) =>
            release(
              version(n),
              [...edges].flatMap(([from, list]) => (list.includes(n) ? [version(from)] : [])),
            ),
          ),
        );
        const cost = (path: readonly number[]): [number, number] => [
          path.slice(1).filter((n) => risky.includes(n)).length,
          path.length - 1,
        ];
        const plans = planPaths(graph, { from: version(0), to: version(size - 1), arch, count: 3 });
        const all = everyPath(edges, 0, size - 1)
          .map(cost)
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        assert.deepEqual(
          plans.map(({ risks, hops }) => [risks, hops.length]),
          all.slice(0, 3),
        );
      },
    ),
  );
});

test('production: a path over nine minors', { skip: vectors === undefined ? NO_VECTORS : false }, async () => {
  const folder = join(vectors ?? '', 'head-731d04247');
  const graph = await loadGraph({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  const [plan] = planPaths(graph, { from: '4.9.0', to: '4.18.10', arch });
  assert.equal(plan?.minors, 9);
  assert.equal(plan?.hops.at(-1)?.to, '4.18.10');
  assert.ok(plan.hops.every(({ channel }) => channel !== ''));
});
