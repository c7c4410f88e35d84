import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { readInputs } from '../files/inputs.ts';
import { graphVectors, NO_VECTORS, release, riskFile } from '../testing/graph.ts';
import { LINT_RULES, lintGraph } from './lint.ts';

const vectors = graphVectors();

test('production at 731d0424: the live bug of the stray bracket in five files, risks that end, blocks that match nothing', {
  skip: vectors === undefined ? NO_VECTORS : false,
}, async () => {
  const folder = join(vectors ?? '', 'head-731d04247');
  const { data, releases } = await readInputs({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  const findings = lintGraph({ data, releases, compiled: compileGraph(data, releases) });
  const of = (rule: string) => findings.filter((finding) => finding.rule === rule);
  // update-graph § 2.8: 4.12.51 and 4.13.33 to 4.13.36
  assert.deepEqual(
    of('stray-bracket').map(({ file }) => file),
    ['4.12.51', '4.13.33', '4.13.34', '4.13.35', '4.13.36'].map(
      (version) => `blocked-edges/${version}-HighNodeStatusReportFrequency.yaml`,
    ),
  );
  // 76 risks match no declared update, and so do some silent blocks
  const risks = new Set(data.blocked.flatMap(({ file, risk }) => (risk === undefined ? [] : [file])));
  assert.equal(of('dead-block').filter(({ file }) => risks.has(file)).length, 76);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule),
    of('stray-bracket').map(({ rule }) => rule),
  );
  assert.equal(of('I9-risk-name').length, 1);
});

test('each of the upstream bugs is found in data that would trigger it', () => {
  const V = ['4.9.0', '4.9.1', '4.9.2', '4.9.3', '4.9.4'];
  const data = parseGraphData(
    new Map([
      ['version', '1.1.0'],
      ['channels/stable.yaml', JSON.stringify({ name: 'stable', versions: [...V, '4.9.77'] })],
      ['channels/fast-4.9.yaml', JSON.stringify({ name: 'fast-4.9', versions: V })],
      ['channels/stable-4.9.yaml', JSON.stringify({ name: 'stable-4.9', versions: [...V, '4.9.0-0.nightly-arm64-2'] })],
      ['blocked-edges/4.9.1-A.yaml', riskFile('4.9.1+arm64', '.*', 'A')],
      ['blocked-edges/4.9.2.yaml', 'to: 4.9.2\nfrom: 4[.]9[.]0\n'],
      ['blocked-edges/4.9.2-b.yaml', 'to: 4.9.2\nfrom: 4[.]9[.]1[+].*$\n'],
      ['blocked-edges/4.9.3-Hole.yaml', riskFile('4.9.3', '^4[.]9[.][02][+].*$', 'Hole_Name')],
      ['blocked-edges/4.9.4-typo.yaml', 'to: 4.9.4\nfrom: (\n'],
      ['okd/barriers.yaml', '- {version: 4.8.0, reason: r}'],
    ]),
    { strict: false },
  );
  const releases = [
    ...V.map((version, at) => release(version, V.slice(0, at), { payload: `r@sha256:${'0'.repeat(64)}` })),
    release('4.9.0-0.nightly-arm64-2', ['4.9.4'], { payload: `r@sha256:${'1'.repeat(64)}` }),
    release('4.9.5', ['4.9.5'], { payload: `r@sha256:${'2'.repeat(64)}` }),
    release('v5', []),
  ];
  const found = new Set(lintGraph({ data, releases, compiled: compileGraph(data, releases) }).map(({ rule }) => rule));
  const expected = [
    'B1-arch-in-version',
    'B2-risk-arch',
    'B3-unreadable',
    'B4-bad-release',
    'B5-overwritten-block',
    'B6-channel-dash',
    'B11-channel-suffix',
    'I1-version',
    'hole',
    'unanchored',
    'risk-ends',
    'unknown-version',
    'channel-subset',
    'okd-references',
    'I9-risk-name',
  ];
  assert.deepEqual(
    expected.filter((rule) => !found.has(rule)),
    [],
  );
  assert.equal(new Set(LINT_RULES.map(({ id }) => id)).size, LINT_RULES.length);
});

test('clean data has no finding', () => {
  const data = parseGraphData(
    new Map([
      ['version', '1.1.0'],
      ['channels/c.yaml', 'name: candidate-4.9\nversions: [4.9.0, 4.9.1]'],
    ]),
  );
  const releases = ['4.9.0', '4.9.1'].map((version, at) =>
    release(version, at === 0 ? [] : ['4.9.0'], { payload: `r@sha256:${String(at).repeat(64)}` }),
  );
  assert.deepEqual(lintGraph({ data, releases, compiled: compileGraph(data, releases) }), []);
});
