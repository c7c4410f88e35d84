import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { answerGraph } from '../answer/answer.ts';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { parseReleases } from '../data/releases.ts';
import { parseEvidence } from '../evidence/parse.ts';
import { loadGraph } from '../files/load.ts';
import { graphVectors, NO_VECTORS, sha, summary } from '../testing/graph.ts';
import { importCincinnati } from './cincinnati.ts';
import { newEvidence, newReleases } from './ledger.ts';
import { importArchive, importReleaseController } from './release-controller.ts';

const vectors = graphVectors();
const OPTIONS = { arch: 'amd64', source: 'https://amd64.origin.example.com/graph', at: '2026-08-21T00:00:00Z' };
const payload = (name: string): string => `registry.ci.example.com/origin/release-scos@${sha(name)}`;

test('a release-controller’s graph: tags of two streams once, passed tests as evidence', () => {
  const [a, b] = ['4.22.0-okd-scos.0', '4.22.0-okd-scos.1'];
  const imported = importReleaseController(
    {
      nodes: [
        { version: a, payload: payload('a') },
        { version: b, payload: payload('b') },
        { version: b, payload: payload('b') },
        { version: a, payload: payload('other') },
        { version: 'not-a-version', payload: payload('x') },
      ],
      edges: [
        [0, 2],
        [3, 1],
      ],
    },
    OPTIONS,
  );
  assert.deepEqual(
    imported.releases.map(({ version, payload: spec, previous }) => [version, spec, previous]),
    [
      [a, payload('a'), []],
      [b, payload('b'), [a]],
    ],
  );
  assert.match(imported.notes.join('\n'), /two payloads[\s\S]*not-a-version is not a semantic version/);
  const lines = newEvidence([], imported.evidence).lines;
  assert.equal(lines.length, 1);
  assert.deepEqual(parseEvidence(lines.join('\n'))[0], imported.evidence[0]);
  assert.throws(() => importReleaseController({ nodes: [], edges: [[0, 1]] }, OPTIONS), {
    code: 'GRAPH_IMPORT_INVALID',
    message: /leads outside/,
  });
});

test('a release-controller’s archive: every run, dated by its number', () => {
  const url = 'https://prow.ci.openshift.org/view/gs/logs/release-okd-upgrade/1958437184637210624';
  const { evidence } = importArchive(
    [
      {
        from: '4.22.0-okd-scos.0',
        to: '4.22.0-okd-scos.1',
        results: [
          { state: 'Succeeded', url },
          { state: 'Failed', url: 'https://prow.example.com/x' },
          { state: 'Pending', url },
        ],
      },
      { from: '4.22.0-okd-scos.0', to: '4.22.0-okd-scos.2', results: null },
    ],
    OPTIONS,
  );
  assert.deepEqual(
    evidence.map(({ result, job, time }) => [result, job, time.slice(0, 10)]),
    [
      ['pass', 'release-okd-upgrade', '2025-08-21'],
      ['fail', 'unknown', '2026-08-21'],
    ],
  );
});

test('an answer that is imported and compiled again is the same answer', {
  skip: vectors === undefined ? NO_VECTORS : false,
}, async () => {
  const folder = join(vectors ?? '', 'head-731d04247');
  const head = await loadGraph({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  const query = { channel: 'stable-4.20', arch: 'amd64' };
  const answer = answerGraph(head, query);
  const { releases, graphData, notes } = importCincinnati(JSON.parse(JSON.stringify(answer)), OPTIONS);
  assert.deepEqual(notes, []);
  const again = compileGraph(
    parseGraphData(new Map([['version', '1.1.0'], ...graphData])),
    // what the service shows of its blocks is not part of the release
    releases.map((release) => ({
      ...release,
      metadata: Object.fromEntries(
        Object.entries(release.metadata).filter(([label]) => !label.endsWith('remove_regex')),
      ),
    })),
  );
  assert.deepEqual(summary(answerGraph(again, query)), summary(answer));
  const mirror = JSON.parse(await readFile(join(vectors ?? '', 'oc-mirror', 'graph_data.json'), 'utf8')) as unknown;
  assert.ok(importCincinnati(mirror, OPTIONS).releases.length > 0);
});

test('a ledger is only appended to: what is known stays, another payload is refused', () => {
  const { releases } = importReleaseController(
    { nodes: [{ version: '4.22.0-okd-scos.0', payload: payload('a') }], edges: null },
    OPTIONS,
  );
  const { lines } = newReleases([], releases);
  const ledger = parseReleases(lines.join('\n'));
  assert.deepEqual(newReleases(ledger, releases), { lines: [], conflicts: [] });
  const [first] = releases;
  assert.ok(first !== undefined);
  assert.match(newReleases(ledger, [{ ...first, payload: payload('b') }]).conflicts[0] ?? '', /is not taken/);
});
