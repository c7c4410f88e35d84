import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { TaskOrder } from '../manifest/task-graph.ts';
import { facts, manifestFile } from '../testing/facts.ts';
import { configMap, INCLUDED } from '../testing/images.ts';
import { object } from '../testing/rules.ts';
import { shared } from '../testing/shared.ts';
import { runGraphDot, runGraphMermaid } from './diagrams.ts';
import { explainPayload, runGraph } from './explain.ts';
import { type RunGraph, stagesOf } from './graph.ts';
import { runGraphSvg } from './svg.ts';
import { explanationText } from './text.ts';

/** A payload with the files of a folder of the Cluster Version Operator's own tests. */
async function fromFolder(folder: string, version: string) {
  const { payload } = await facts({ metadata: { version } });
  return {
    ...payload,
    files: readdirSync(folder).map((name) => manifestFile(name, readFileSync(`${folder}/${name}`, 'utf8'))),
  };
}

/** The order in which a real operator applied 862 objects, read from its drawing. */
function recorded(t: TestContext, order: TaskOrder): RunGraph | undefined {
  const path = shared(t, `vectors/cvo-real-862-tasks-${order}.json`);
  if (path === undefined) return undefined;
  const { nodes, edges } = JSON.parse(readFileSync(path, 'utf8')) as {
    nodes: { id: number; tasks: string[] }[];
    edges: [number, number][];
  };
  return {
    title: 'Recorded',
    subtitle: order,
    nodes: nodes.map(({ id, tasks }) => ({
      levels: [],
      title: '',
      tasks: tasks[0] === 'no manifests' ? [] : tasks,
      in: edges.filter(([, to]) => to === id).map(([from]) => from),
      out: edges.filter(([from]) => from === id).map(([, to]) => to),
    })),
  };
}

describe('what lands on a cluster', () => {
  it("the operator's own cases: feature sets, gates and major versions", async (t) => {
    const folder = shared(t, 'cvo-testdata/cvo/');
    if (folder === undefined) return;
    const gates = await fromFolder(`${folder}featuregatetest/release-manifests`, '4.21.0');
    const kept = (featureSet: string) =>
      explainPayload(gates, { featureSet })
        .objects.filter(({ excluded }) => excluded === null)
        .map(({ file }) => file);
    assert.ok(kept('').includes('0000_10_always-included.yaml'));
    assert.ok(!kept('').includes('0000_20_experimental-feature.yaml'));
    const versions = `${folder}majorversiontest-v5/release-manifests`;
    const reasons = async (version: string) =>
      Object.fromEntries(
        explainPayload(await fromFolder(versions, version)).objects.map(({ file, excluded }) => [
          file.slice('0000_'.length, '0000_00'.length),
          excluded,
        ]),
      );
    assert.deepEqual(await reasons('5.0.0'), {
      10: null,
      20: 'major version 5 does not match any required versions',
      30: null,
      40: null,
      50: null,
    });
    assert.deepEqual(await reasons('3.0.0'), {
      10: null,
      20: 'major version 3 does not match any required versions',
      30: 'major version 3 does not match any required versions',
      40: 'major version 3 does not match any required versions',
      50: 'major version 3 matches excluded version 3',
    });
  });

  it('in words: every object once, with the reason of those left out', async () => {
    const console = configMap('c').replace(INCLUDED, `${INCLUDED}\n    capability.openshift.io/name: Console`);
    const gone = configMap('d').replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/delete: "true"`);
    const { payload } = await facts({
      files: {
        '0000_60_b_1.yaml': console,
        '0000_50_a_1.yaml': `${configMap('a1')}---\n${gone}`,
        'x.yaml': configMap('e'),
      },
    });
    const explanation = explainPayload(payload, {
      capabilities: { baseline: 'None', additional: [] },
      unmanaged: [{ group: '', kind: 'ConfigMap', namespace: 'test', name: 'a1' }],
    });
    assert.equal(
      explanationText(explanation).split('\n').slice(4).join('\n'),
      [
        '0000_50_a_1.yaml',
        '  - ConfigMap test/a1: overridden',
        '  + delete ConfigMap test/d',
        '0000_60_b_1.yaml',
        '  - ConfigMap test/c: disabled capabilities: Console',
        'x.yaml',
        '  + ConfigMap test/e',
        '',
        '2 objects applied, 2 left out',
        '',
      ].join('\n'),
    );
    assert.deepEqual([explanation.applied, explanation.excluded], [2, 2]);
    assert.deepEqual(
      runGraph(explanation).nodes.flatMap(({ tasks }) => tasks),
      ['delete ConfigMap test/d', 'ConfigMap test/e'],
    );
  });
});

describe('what keeps an answer from being what was meant', () => {
  it('an override of an object that the release has not', async () => {
    const { payload } = await facts({ files: { 'a.yaml': configMap('a1') } });
    const override = { group: 'apps', kind: 'Deployment', namespace: 'none', name: 'a1' };
    assert.throws(() => explainPayload(payload, { unmanaged: [override] }), {
      code: 'PAYLOAD_CLUSTER_INVALID',
      message: 'the release has no object "apps/Deployment/none/a1".',
      place: { field: 'unmanaged' },
      hint: 'Of this name it has /ConfigMap/test/a1.',
    });
  });

  it('a profile and feature set whose gates the release does not define', async (t) => {
    const folder = shared(t, 'featuregates/');
    if (folder === undefined) return;
    const { files, ...release } = await fromFolder(folder, '4.21.0');
    const gates = { ...release, files: files.filter(({ name }) => !name.includes('Hypershift')) };
    assert.deepEqual(explainPayload(gates).warnings, []);
    assert.deepEqual(explainPayload(gates, { featureSet: 'CustomNoUpgrade' }).warnings, []);
    assert.deepEqual(explainPayload(gates, { profile: 'ibm-cloud-managed', featureSet: 'OKD' }).warnings, [
      'The release has no FeatureGate for the profile ibm-cloud-managed and the feature set OKD: no feature gate counts as enabled.',
    ]);
  });
});

describe('the order as a drawing', () => {
  for (const order of ['update', 'install'] as const) {
    it(`a real ${order} of 862 objects: all of them, in the recorded order, the same bytes each time`, (t) => {
      const graph = recorded(t, order);
      if (graph === undefined) return;
      const stages = stagesOf(graph);
      // What is drawn as one stage after another is so: everything of a stage is reachable only through the one before.
      const numbers = stages.map((stage) =>
        stage.flatMap(({ tasks }) => tasks.map((task) => Number(/\((\d+) of 862\)/.exec(task)?.[1]))),
      );
      assert.deepEqual(
        numbers.flat().sort((a, b) => a - b),
        Array.from({ length: 862 }, (_, index) => index + 1),
      );
      for (const [index, stage] of numbers.entries())
        assert.ok(Math.max(0, ...(numbers[index - 1] ?? [])) < Math.min(...stage), `stage ${index}`);
      const svg = runGraphSvg(graph);
      assert.equal(XMLValidator.validate(svg), true);
      assert.equal(runGraphSvg(graph), svg);
      for (const task of graph.nodes.flatMap(({ tasks }) => tasks)) assert.ok(svg.includes(task), task);
      const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg).svg;
      assert.equal(parsed['@_role'], 'img');
      assert.match(parsed.desc['#text'], /^(?:update|install)\. 862 objects in \d+ stages/);
      assert.deepEqual(parsed['@_aria-labelledby'].split(' '), [parsed.title['@_id'], parsed.desc['@_id']]);
      // Nothing is drawn outside of the page or upon another card.
      const cards = [...svg.matchAll(/<rect class="card" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map(
        (match) => match.slice(1).map(Number),
      );
      assert.equal(cards.length, graph.nodes.filter(({ tasks }) => tasks.length > 0).length);
      const height = Number(parsed['@_height']);
      for (const [x = 0, , width = 0] of cards) assert.ok(x >= 0 && x + width <= 1440);
      for (const [column, own] of Map.groupBy(cards, ([x]) => x)) {
        let bottom = 0;
        for (const [, y = 0, , tall = 0] of own) {
          assert.ok(y >= bottom, `column ${column}`);
          bottom = y + tall;
        }
        assert.ok(bottom <= height);
      }
      const dot = runGraphDot(graph);
      assert.equal(
        dot.match(/ -> /g)?.length,
        graph.nodes.reduce((sum, { out }) => sum + out.length, 0),
      );
      assert.equal(runGraphMermaid(graph).match(/ --> /g)?.length, dot.match(/ -> /g)?.length);
    });
  }

  it('no two objects of a stage look alike, also without the numbers of the recording', (t) => {
    for (const order of ['update', 'install'] as const) {
      const graph = recorded(t, order);
      if (graph === undefined) return;
      const bare = (task: string): string => task.replace(/ \(\d+ of 862\)$/, '');
      const unnumbered = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, tasks: node.tasks.map(bare) })) };
      const stages = stagesOf(unnumbered).map((stage) => new Set(stage.flatMap(({ tasks }) => tasks)));
      const bands = runGraphSvg(unnumbered).split('<g role="group"').slice(1);
      assert.equal(bands.length, stages.length);
      for (const [index, band] of bands.entries()) {
        const shown = [...band.matchAll(/role="listitem">(?:<title>[^<]*<\/title>)?([^<]*)</g)].map(
          ([, label]) => label,
        );
        assert.equal(new Set(shown).size, stages[index]?.size, `stage ${index}`);
        assert.ok(shown.every((label) => (label ?? '').length <= 46));
      }
      const crd = 'customresourcedefinition apiservers.config.openshift.io';
      assert.ok(stages.some((stage) => stage.has(crd)));
      assert.ok(bands.some((band) => band.includes('CRD apiservers.config.openshift.io<')));
    }
  });

  it('names from a payload cannot become markup', async () => {
    const job = object('Job', 'batch/v1', '').replace('name: test', 'name: "</title><script>\\"x"');
    const { payload } = await facts({ files: { '0000_50_a_1.yaml': job, '0000_50_b_1.yaml': configMap('a1') } });
    const graph = runGraph(explainPayload(payload));
    const svg = runGraphSvg(graph);
    assert.ok(!svg.includes('<script'));
    assert.equal(XMLValidator.validate(svg), true);
    assert.ok(runGraphDot(graph).includes('</title><script>\\"x'));
    assert.equal(stagesOf(graph).length, 2);
  });

  it('names from a payload bring no control characters into a diagram', async () => {
    const hostile = configMap('"x\\u001b[31mred\\nline \\u202e"');
    const dot = runGraphDot(runGraph(explainPayload((await facts({ files: { 'a.yaml': hostile } })).payload)));
    assert.doesNotMatch(dot, /(?!\n)\p{Cc}|\u202e/u);
    assert.equal(dot.split('\n').length, 5);
    assert.ok(dot.includes('x\\\\u001b[31mred\\\\u000aline'), dot);
  });
});
