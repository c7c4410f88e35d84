/**
 * Compiling the update graph: production's graph-data whole, after one file changed, and a graph of OKD's size.
 *
 *   node bench/graph-compile.ts [--rounds 3]
 *
 * Needs `../shared` beside the clone. Each figure is from reading the files to the bytes that are published: every
 * answer checked, read by the model of the cluster's client, and compressed (gzip, brotli, zstd). Printed are the best
 * wall time of the rounds and the processor time with it: on a shared machine the second says more.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  compileGraph,
  compileSite,
  type GraphInputs,
  type GraphRelease,
  type ParseOptions,
  parseEvidence,
  parseGraphData,
  readInputs,
} from '../src/graph/index.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const VECTORS = fileURLToPath(new URL('../../shared/vectors/graph/head-731d04247/', import.meta.url));
const OPTIONS = { serial: 1, created: '2026-01-01T00:00:00Z', expires: '2026-01-08T00:00:00Z' };

type Cache = NonNullable<Parameters<typeof compileSite>[2]['cache']>;

async function publish(inputs: GraphInputs, explain: boolean, cache?: Cache): Promise<number> {
  const compiled = compileGraph(inputs.data, inputs.releases, { evidence: inputs.evidence });
  const site = await compileSite(inputs, compiled, { ...OPTIONS, explain, ...(cache === undefined ? {} : { cache }) });
  return site.files.size;
}

async function measure(label: string, target: string, work: (round: number) => Promise<unknown>): Promise<void> {
  let best = { wall: Number.POSITIVE_INFINITY, cpu: 0 };
  for (let round = 0; round < Number(flags.rounds); round++) {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    await work(round);
    const used = process.cpuUsage(cpu);
    const took = performance.now() - wall;
    if (took < best.wall) best = { wall: took, cpu: (used.user + used.system) / 1000 };
  }
  const figures = `${best.wall.toFixed(0).padStart(6)} ms (processor ${best.cpu.toFixed(0)} ms)`;
  process.stdout.write(`${label.padEnd(52)} ${figures}   aim ${target}\n`);
}

const production = { graphData: join(VECTORS, 'graph-data.tar.gz'), releases: join(VECTORS, 'releases-synth.json.gz') };

await publish(await readInputs(production), false);
process.stdout.write(
  `largest memory of one compile: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB   aim 400 MB\n`,
);
await measure('production, 1,365 releases, 76 channels', '3000 ms', async () =>
  publish(await readInputs(production), false),
);

const parsed: NonNullable<ParseOptions['cache']> = new Map();
const answers: Cache = new Map();
const first = await readInputs(production, { cache: parsed });
await publish(first, false, answers);
const [changing] = [...first.files.keys()].filter((path) => path.startsWith('blocked-edges/4.20.'));
await measure('production, one file changed', '1000 ms', async (round) => {
  const files = new Map(first.files);
  files.set(changing ?? '', (files.get(changing ?? '') ?? '').replace(/^from: .*$/m, `from: 4[.]19[.]${round}[+].*$`));
  await publish({ ...first, files, data: parseGraphData(files, { cache: parsed }) }, false, answers);
});

/** 150 releases of three minors, all from all before them, under evidence, a barrier and a risk. */
function okd(): GraphInputs {
  const versions = Array.from({ length: 150 }, (_, at) => `4.${20 + Math.floor(at / 50)}.0-okd-scos.${at % 50}`);
  const releases = versions.map(
    (version, at): GraphRelease => ({
      version,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@sha256:${at.toString(16).padStart(64, '0')}`,
      previous: [],
      next: [],
      metadata: {},
      created: '2026-01-01T00:00:00Z',
    }),
  );
  const channel = (minor: number) => ({
    name: `stable-scos-4.${minor}`,
    versions: versions.filter((version) => Number(version.split('.')[1]) <= minor),
  });
  const files = new Map([
    ['version', '1.1.0'],
    ...[20, 21, 22].map((minor) => [`channels/${minor}.yaml`, JSON.stringify(channel(minor))] as const),
    ['okd/sources.yaml', '- {to: "*", from: ["*"]}'],
    ['okd/channels.yaml', '- {name: stable-scos-4, aliasOf: newest-stable-with-path}'],
    ['okd/barriers.yaml', '- {version: 4.21.0-okd-scos.3, reason: the container runtime changes}'],
  ]);
  const lines = versions.slice(1).map((to, at) =>
    JSON.stringify({
      from: versions[at],
      to,
      arch: 'amd64',
      result: at % 7 === 0 ? 'fail' : 'pass',
      job: 'upgrade',
      url: `https://prow.example.com/${at}`,
      time: '2026-01-02T00:00:00Z',
    }),
  );
  return { files, data: parseGraphData(files), releases, evidence: parseEvidence(lines.join('\n')) };
}

await measure('OKD size, 150 releases', '300 ms', async () => publish(okd(), false));
await measure('the same with explanations and drawings', '-', async () => publish(okd(), true));
