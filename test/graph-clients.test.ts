// Real clients of update graphs against what Slipway serves. Each is built outside of this repository and named by the
// environment: CVO_GRAPH (test/clients/cvo-graph), OC_MIRROR (openshift/oc-mirror), GRAPH_BUILDER and POLICY_ENGINE
// (openshift/cincinnati).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { answerGraph, type CompiledGraph, clusterReader, loadGraph } from '../src/graph/index.ts';
import { createGraphServer } from '../src/server/index.ts';
import { lacksShared, ROOT } from './support/clone.ts';

const { CVO_GRAPH } = process.env;
const PRODUCTION = join(ROOT, '../shared/vectors/graph/head-731d04247');

/** A graph as `slipway graph serve` serves it; its address. */
async function served(t: { after(work: () => Promise<void>): void }, graph: CompiledGraph): Promise<string> {
  const app = await createGraphServer({ compile: async () => graph, freshMs: 60_000, version: '0' });
  t.after(async () => await app.close());
  return await app.listen({ host: '127.0.0.1', port: 0 });
}

interface Offer {
  readonly channel: string;
  readonly version: string;
  readonly updates: readonly string[];
  readonly conditional: Readonly<Record<string, readonly string[]>>;
  readonly error?: string;
}

/** What the operator's own client says for each version of each channel. */
async function* operatorSees(
  url: string,
  questions: Readonly<Record<string, readonly string[]>>,
): AsyncGenerator<Offer> {
  const child = spawn(CVO_GRAPH ?? '', ['-upstream', `${url}/graph`], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stdin.end(JSON.stringify(questions));
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Offer;
  assert.equal(await ended, 0, log);
  // what it drops it says in its log
  assert.doesNotMatch(log, /dropping|preferring|pruned/);
}

describe('the Cluster Version Operator’s own client', {
  skip: CVO_GRAPH === undefined ? 'no client; name one in CVO_GRAPH' : lacksShared('vectors/graph'),
}, () => {
  it('drops nothing of what is served for every version in the 76 channels of production', async (t) => {
    const graph = await loadGraph({
      graphData: join(PRODUCTION, 'graph-data.tar.gz'),
      releases: join(PRODUCTION, 'releases-synth.json.gz'),
    });
    const url = await served(t, graph);
    const answers = new Map(graph.channels.map((channel) => [channel, answerGraph(graph, { channel, arch: 'amd64' })]));
    const questions = Object.fromEntries(
      [...answers].map(([channel, { nodes }]) => [channel, nodes.map(({ version }) => version)]),
    );
    const readers = new Map([...answers].map(([channel, answer]) => [channel, clusterReader(answer)]));
    const offered = { questions: 0, updates: 0, conditional: 0 };
    for await (const { channel, version, updates, conditional, error } of operatorSees(url, questions)) {
      const view = readers.get(channel)?.({ version });
      assert.equal(error, undefined, `${version} in ${channel}`);
      assert.ok(view?.ok === true && view.dropped.length === 0, `${version} in ${channel}`);
      // the model promises what the operator does
      assert.deepEqual(updates.toSorted(), view.available.toSorted(), `${version} in ${channel}`);
      assert.deepEqual(
        Object.entries(conditional)
          .map(([to, risks]) => `${to} ${risks.toSorted()}`)
          .sort(),
        view.conditional.map(({ version: to, risks }) => `${to} ${risks.toSorted()}`).sort(),
        `${version} in ${channel}`,
      );
      offered.questions++;
      offered.updates += updates.length;
      offered.conditional += Object.keys(conditional).length;
    }
    const edges = [...answers.values()].map((answer) => answer.edges.length);
    const risky = [...answers.values()].flatMap(({ conditionalEdges }) =>
      conditionalEdges.map((group) => group.edges.length),
    );
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    assert.deepEqual(offered, {
      questions: sum([...answers.values()].map(({ nodes }) => nodes.length)),
      updates: sum(edges),
      conditional: sum(risky),
    });
    t.diagnostic(JSON.stringify(offered));
  });
});
