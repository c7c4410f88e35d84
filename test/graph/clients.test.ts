// Real clients of update graphs against what Slipway serves. Each is built outside of this repository and named by the
// environment: CVO_GRAPH (test/clients/cvo-graph), OC_MIRROR (openshift/oc-mirror), GRAPH_BUILDER and POLICY_ENGINE
// (openshift/cincinnati).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { answerGraph, type CompiledGraph, clusterReader, type GraphAnswer, loadGraph } from '../../src/graph/index.ts';
import { copyImage, openLayout } from '../../src/oci/index.ts';
import { file, pushImage } from '../../src/payload/testing/images.ts';
import { createGraphServer } from '../../src/server/index.ts';
import {
  aside,
  freePort,
  lacks,
  lacksShared,
  ROOT,
  SLIPWAY,
  slipwayAside,
  start,
  temporaryFolder,
} from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { certificate, secureFront } from '../support/tls.ts';

const { CVO_GRAPH, OC_MIRROR, GRAPH_BUILDER, POLICY_ENGINE } = process.env;
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

describe('oc-mirror v2', { skip: OC_MIRROR === undefined ? 'no oc-mirror; name one in OC_MIRROR' : false }, () => {
  it('mirrors the path that we planned, found by our graph and checked by our signatures, with the graph image', async (t) => {
    const folder = await temporaryFolder(t);
    const data = join(folder, 'ws');
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const server = start(t, SLIPWAY, ['start', '--data', data, '--port', String(port)]);
    await server.waitFor('Stop with Ctrl-C', 240);
    assert.equal((await slipwayAside(['demo', 'clean', '--data', data])).code, 0);
    const [from, to] = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'];
    const planned = await slipwayAside([
      'graph',
      'path',
      '--data',
      data,
      '--from',
      from,
      '--to',
      to,
      '-o',
      'imageset',
      '--graph-url',
      `${url}/graph`,
    ]);
    assert.equal(planned.code, 0, planned.stderr);
    await writeFile(join(folder, 'isc.yaml'), planned.stdout.replace('  platform:', '  platform:\n    graph: true'));
    await writeFile(join(folder, 'key.asc'), await (await fetch(`${url}/keys/release.pub`)).text());
    // where it looks for a graph image when the service is not Red Hat's
    const releases = ((await (await fetch(`${url}/graph?channel=stable-scos-4.21`)).json()) as GraphAnswer).nodes;
    await mkdir(join(folder, 'graph-data'));
    await writeFile(join(folder, 'graph-data/version'), '1.1.0');
    await writeFile(
      join(folder, 'releases.json'),
      JSON.stringify(releases.map((one: object) => ({ ...one, arch: 'amd64' }))),
    );
    const site = join(folder, 'site');
    const compiled = await slipwayAside([
      'graph',
      'compile',
      '--graph-data',
      join(folder, 'graph-data'),
      '--releases',
      join(folder, 'releases.json'),
      '--to',
      site,
    ]);
    assert.equal(compiled.code, 0, compiled.stderr);
    const layout = await openLayout(join(site, 'graph-data-image'));
    assert.equal(layout.images()[0]?.name, 'latest');
    const preparation = join(folder, 'w/working-dir/graph-preparation');
    await mkdir(join(folder, 'w/working-dir'), { recursive: true });
    await aside('cp', ['-r', join(site, 'graph-data-image'), preparation]);
    const target = await servedRegistry(t);
    const words = [
      '--v2',
      '-c',
      join(folder, 'isc.yaml'),
      '--workspace',
      `file://${join(folder, 'w')}`,
      '--cache-dir',
      join(folder, 'cache'),
      '--port',
      String(await freePort()),
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${target.host}/mirror`,
    ];
    const mirrored = await aside(OC_MIRROR ?? '', words, {
      HOME: folder,
      UPDATE_URL_OVERRIDE: `${url}/graph`,
      OCP_SIGNATURE_URL: `${url}/signatures/`,
      OCP_SIGNATURE_VERIFICATION_PK: join(folder, 'key.asc'),
    });
    assert.equal(mirrored.code, 0, mirrored.stdout + mirrored.stderr);
    // the hop, whole and signed, and nothing else
    const payload = releases.find(({ version }) => version === to)?.payload.split('@')[1] ?? '';
    const release = target.store.repository('mirror/openshift/release-images');
    assert.deepEqual(await release.tags(), [to]);
    assert.equal((await release.manifest(to)).digest, payload);
    assert.deepEqual(await target.store.repository('mirror/openshift/graph-image').tags(), ['latest']);
    const signatures = await readFile(join(folder, 'w/working-dir/cluster-resources/signature-configmap.yaml'), 'utf8');
    assert.ok(signatures.includes(payload.replace('sha256:', 'sha256-')));
  });
});

describe('Cincinnati itself', {
  skip:
    GRAPH_BUILDER === undefined || POLICY_ENGINE === undefined
      ? 'no Cincinnati; name its programs in GRAPH_BUILDER and POLICY_ENGINE'
      : lacks('skopeo', 'openssl'),
}, () => {
  it('makes our graph of our releases and of the graph-data image that we compile', async (t) => {
    const registry = await servedRegistry(t);
    const { folder, store, host } = registry;
    const V = [0, 1, 2, 3].map((patch) => `4.22.0-okd-scos.${patch}`);
    const candidate = '4.23.0-okd-scos.ec.0';
    const repository = store.repository('okd/scos-release');
    for (const [at, version] of [...V, candidate].entries()) {
      const metadata = {
        kind: 'cincinnati-metadata-v0',
        version,
        previous: V.slice(0, at).slice(-2),
        metadata: { url: `https://okd.test/${version}` },
      };
      const digest = await pushImage(repository, {
        layers: [[file('release-manifests/release-metadata', JSON.stringify(metadata))]],
      });
      await copyImage(repository, digest, repository, version);
    }
    const imported = await slipwayAside([
      'graph',
      'import',
      '--registry',
      `${host}/okd/scos-release`,
      '--insecure',
      '--to',
      folder,
    ]);
    assert.equal(imported.code, 0, imported.stderr);
    const graphData = join(folder, 'graph-data');
    const files: Record<string, string> = {
      version: '1.1.0\n',
      'channels/stable.yaml': JSON.stringify({ name: 'stable-scos-4.22', versions: [...V, candidate] }),
      'channels/fast.yaml': JSON.stringify({ name: 'fast-scos-4.22', versions: V }),
      'okd/sources.yaml': '- {to: "4.22", from: ["4.22 ga"]}',
      'okd/channels.yaml':
        '- {name: stable-scos-4.22, feeder: {name: fast-scos-4.22, gates: [upgrade-test]}}\n- {name: stable-scos-4, aliasOf: newest-stable-with-path}',
      'okd/approvals.yaml': `- {channel: stable-scos-4.22, versions: ${V[0]}, by: anna, time: '2026-01-01T00:00:00Z', reason: the first, waives: [upgrade-test]}`,
      'okd/risks.yaml': JSON.stringify([
        {
          name: 'RuncMissing',
          url: 'https://okd.test/runc',
          message: 'Runc is missing.',
          matchingRules: [{ type: 'PromQL', promql: { promql: 'group(cluster_version) or vector(0)' } }],
          affects: { to: V[2], from: V[0] },
        },
      ]),
      'okd/barriers.yaml': `- {version: ${V[1]}, reason: the runtime changes}`,
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(graphData, path, '..'), { recursive: true });
      await writeFile(join(graphData, path), text);
    }
    const run = (from: string | undefined, to: string | undefined, result: string) =>
      JSON.stringify({
        from,
        to,
        result,
        arch: 'amd64',
        job: 'upgrade',
        url: `https://prow.test/${to}`,
        time: '2026-06-01T00:00:00Z',
      });
    const evidence = join(folder, 'evidence.jsonl');
    await writeFile(evidence, [run(V[0], V[1], 'pass'), run(V[1], V[2], 'pass'), run(V[1], V[3], 'fail')].join('\n'));
    const releases = join(folder, 'releases.jsonl');
    const flags = [
      '--graph-data',
      graphData,
      '--releases',
      releases,
      '--evidence',
      evidence,
      '--at',
      '2026-06-02T00:00:00Z',
    ];
    const site = join(folder, 'site');
    const compiled = await slipwayAside(['graph', 'compile', ...flags, '--to', site]);
    // the candidate is left out of the stable channel, and said
    assert.equal(compiled.code, 1, compiled.stderr);
    // its scraper knows Docker's media types only
    const source = `oci:${join(site, 'graph-data-image')}:latest`;
    const copy = [
      'copy',
      '--format',
      'v2s2',
      '--dest-tls-verify=false',
      source,
      `docker://${host}/okd/graph-data:latest`,
    ];
    const pushed = await aside('skopeo', copy);
    assert.equal(pushed.code, 0, pushed.stderr);

    const ports = {
      graph: await freePort(),
      open: await freePort(),
      status: await freePort(),
      policy: await freePort(),
      state: await freePort(),
    };
    const tls = await certificate(folder);
    // Cincinnati asks a registry over TLS only
    const secured = await secureFront(t, tls, host);
    const unpacked = join(folder, 'unpacked');
    const loopback = 'address = "127.0.0.1"';
    await writeFile(
      join(folder, 'gb.toml'),
      `verbosity = "debug"
[service]
${loopback}
port = ${ports.graph}
public_port = ${ports.open}
pause_secs = 300
[status]
${loopback}
port = ${ports.status}
[[plugin_settings]]
name = "release-scrape-dockerv2"
registry = "${secured}"
repository = "okd/scos-release"
[[plugin_settings]]
name = "dkrv2-secondary-metadata-scrape"
registry = "${secured}"
repository = "okd/graph-data"
tag = "latest"
graph_data_path = "/var/lib/cincinnati-graph-data"
output_directory = "${unpacked}"
[[plugin_settings]]
name = "openshift-secondary-metadata-parse"
data_directory = "${unpacked}"
disallowed_errors = ["file", "deserialize", "missing_extension", "invalid_extension"]
[[plugin_settings]]
name = "edge-add-remove"
`,
    );
    const builder = start(t, GRAPH_BUILDER ?? '', ['-c', join(folder, 'gb.toml')], { SSL_CERT_FILE: tls.file });
    await builder.waitFor('graph update completed', 60);
    await writeFile(
      join(folder, 'pe.toml'),
      `verbosity = "debug"
[service]
${loopback}
port = ${ports.policy}
mandatory_client_parameters = ["channel"]
[status]
${loopback}
port = ${ports.state}
[[policy]]
name = "cincinnati-graph-fetch"
upstream = "http://127.0.0.1:${ports.graph}/graph"
[[policy]]
name = "channel-filter"
[[policy]]
name = "arch-filter"
`,
    );
    const engine = start(t, POLICY_ENGINE ?? '', ['-c', join(folder, 'pe.toml')]);
    const theirs = async (channel: string): Promise<GraphAnswer> => {
      for (let left = 300; ; left--) {
        try {
          const response = await fetch(`http://127.0.0.1:${ports.policy}/graph?channel=${channel}`);
          assert.equal(response.status, 200, engine.output());
          return (await response.json()) as GraphAnswer;
        } catch (error) {
          if (left === 0 || error instanceof assert.AssertionError) throw new Error(engine.output(), { cause: error });
          await new Promise((again) => setTimeout(again, 100));
        }
      }
    };
    for (const channel of ['stable-scos-4.22', 'stable-scos-4', 'fast-scos-4.22', 'nothing']) {
      const ours = await slipwayAside(['graph', 'answer', ...flags, '--channel', channel]);
      const [left, right] = [summary(await theirs(channel)), summary(JSON.parse(ours.stdout) as GraphAnswer)];
      assert.deepEqual(left, right, channel);
      if (channel === 'stable-scos-4.22')
        assert.deepEqual(
          right.nodes.map((node) => node.split(' ')[0]),
          V.slice(0, 3),
        );
    }
  });
});

/** An answer without order: nodes with their payloads, updates, and updates with the names of their risks. */
function summary({ nodes, edges, conditionalEdges }: GraphAnswer) {
  const name = (index: number): string => nodes[index]?.version ?? `#${index}`;
  return {
    nodes: nodes
      .map(
        ({ version, payload, metadata }) =>
          `${version} ${payload.split('@')[1]} ${metadata['io.openshift.upgrades.graph.release.channels']}`,
      )
      .sort(),
    edges: edges.map(([from, to]) => `${name(from)} -> ${name(to)}`).sort(),
    conditional: conditionalEdges
      .flatMap(({ edges: list, risks }) =>
        list.map(({ from, to }) => `${from} -> ${to}: ${risks.map((risk) => risk.name).sort()}`),
      )
      .sort(),
  };
}
