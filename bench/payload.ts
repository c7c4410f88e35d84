/**
 * `payload new`, `info`, `info --size` and `mirror` for a generated release of 190 images (63 operators, 5 shared base
 * layers), beside plain fetching (and, for `mirror`, plain copying) of the same bytes with the runtime's own `fetch`,
 * without checking any. Registries, and each measurement, have a process of their own; they take turns, and
 * the fastest of twelve counts. Prints the ratios and the most memory that each took.
 *
 * usage: [ONLY=info,mirror] bench/payload.ts [IMAGES] [BASE_MIB] [OWN_MIB]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { type ImageSource, LocalRegistry, RegistryClient, registryPlugin } from '../src/oci/index.ts';
import {
  formatInfo,
  formatInfoSizes,
  loadComponents,
  loadPayload,
  mirrorPayload,
  newPayload,
  parseImageStream,
  payloadInfo,
  planMirror,
} from '../src/payload/index.ts';
import { collectYoungOften, mapLimit } from '../src/util/index.ts';
import { generate } from './payload/images.ts';

const VERSION = '4.21.0-0.okd-scos-2026-11-23-051500';
const CONCURRENCY = 8;
const BLOBS = 6;
const TURNS = 12;

/** What a measuring process is told. */
interface Task {
  readonly from: string;
  readonly to: string;
  readonly digests: readonly (readonly [name: string, digest: string])[];
}
interface Measured {
  readonly ms: number;
  readonly rss: number;
  readonly bytes: number;
}
interface Manifest {
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

function client(): { resolve: (pullSpec: string) => ImageSource; open: RegistryClient } {
  const open = new RegistryClient({ insecure: true });
  return { resolve: (pullSpec) => open.repository(pullSpec), open };
}

const spec = ({ from }: Task, digest: string): string => `${from}/okd/content@${digest}`;

function streamOf(task: Task) {
  const tags = task.digests.map(([name, digest]) => ({
    name,
    from: { kind: 'DockerImage', name: spec(task, digest) },
  }));
  return parseImageStream(
    JSON.stringify({ kind: 'ImageStream', apiVersion: 'image.openshift.io/v1', spec: { tags } }),
    'generated',
  );
}

async function make(task: Task): Promise<number> {
  const { resolve, open } = client();
  await newPayload(
    { imageStream: streamOf(task) },
    {
      name: VERSION,
      creationTimestamp: new Date('2026-11-23T05:15:00Z'),
      referenceMode: 'source',
      resolve,
      include: task.digests.map(([name]) => name),
      concurrency: CONCURRENCY,
      to: open.repository(`${task.from}/okd/release`),
    },
  );
  return 0;
}

async function plainGet(url: string): Promise<Buffer> {
  const answer = await fetch(url, { headers: { accept: '*/*' } });
  return Buffer.from(await answer.arrayBuffer());
}

/** Manifests and configurations of all images; with `layers` those of the operators too, each once. */
async function plainRead({ from, digests }: Task, layers: boolean): Promise<number> {
  const base = `http://${from}/v2/okd/content`;
  let bytes = 0;
  const seen = new Set<string>();
  await mapLimit(digests, CONCURRENCY, async ([, digest]) => {
    const raw = await plainGet(`${base}/manifests/${digest}`);
    const manifest: Manifest = JSON.parse(raw.toString('utf8'));
    const config = await plainGet(`${base}/blobs/${manifest.config.digest}`);
    bytes += raw.length + config.length;
    if (!layers || !config.includes('io.openshift.release.operator')) return;
    for (const layer of manifest.layers) {
      if (seen.has(layer.digest)) continue;
      seen.add(layer.digest);
      const { length } = await plainGet(`${base}/blobs/${layer.digest}`);
      bytes += length;
    }
  });
  return bytes;
}

/** Every blob of the release from one registry to the other, streamed, and then the manifests. */
async function plainCopy({ from, to, digests }: Task): Promise<number> {
  const read = `http://${from}/v2/okd/content`;
  const write = `http://${to}/v2/plain/${Date.now()}`;
  const manifests = await mapLimit(digests, CONCURRENCY, async ([, digest]) => {
    const bytes = await plainGet(`${read}/manifests/${digest}`);
    return { digest, bytes, manifest: JSON.parse(bytes.toString('utf8')) as Manifest };
  });
  const blobs = new Map(
    manifests.flatMap(({ manifest: { config, layers } }) => [config, ...layers].map((b) => [b.digest, b])),
  );
  const ordered = [...blobs.values()].sort((a, b) => b.size - a.size);
  await mapLimit(ordered, BLOBS, async ({ digest, size }) => {
    const source = await fetch(`${read}/blobs/${digest}`);
    const session = await fetch(`${write}/blobs/uploads/`, { method: 'POST' });
    const location = new URL(session.headers.get('location') ?? '', write);
    location.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    const stored = await fetch(location, { method: 'PUT', headers, body: source.body, duplex: 'half' } as RequestInit);
    if (stored.status !== 201) throw new Error(`${digest}: ${stored.status}`);
  });
  await mapLimit(manifests, BLOBS, async ({ digest, bytes }) => {
    const headers = { 'content-type': 'application/vnd.docker.distribution.manifest.v2+json' };
    await fetch(`${write}/manifests/${digest}`, { method: 'PUT', headers, body: new Uint8Array(bytes) });
  });
  return ordered.reduce((sum, { size }) => sum + size, 0);
}

async function load({ from }: Task) {
  return await loadPayload(client().open.repository(`${from}/okd/release`), VERSION);
}

const WORK: Readonly<Record<string, (task: Task) => Promise<number>>> = {
  new: make,
  'plain new': (task) => plainRead(task, true),
  info: async (task) => formatInfo(payloadInfo(await load(task))).length,
  'info --size': async (task) => {
    const payload = await load(task);
    const images = await loadComponents(payload, { resolve: client().resolve, concurrency: CONCURRENCY });
    return formatInfoSizes(payloadInfo(payload), images, new Date()).length;
  },
  'plain info --size': (task) => plainRead(task, false),
  mirror: async (task) => {
    const { resolve, open } = client();
    const plan = planMirror(await load(task), { to: `${task.to}/mirror/${Date.now()}` });
    const { totalBytes } = await mirrorPayload(plan, {
      resolve,
      to: open.repository(plan.repository),
      concurrency: BLOBS,
    });
    return totalBytes;
  },
  'plain mirror': plainCopy,
};

/** A message of a child of this file. */
function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

const SELF = fileURLToPath(import.meta.url);

async function serve(folder: string): Promise<void> {
  const store = await LocalRegistry.open(folder);
  const server = Fastify({ forceCloseConnections: true });
  await server.register(registryPlugin, { store });
  process.send?.(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).host);
  process.once('disconnect', () => process.exit());
}

/**
 * Most memory that this process had at once, bytes. What `getrusage` says counts the process that it was forked from,
 * too, which holds a whole release while it makes it.
 */
async function mostMemory(): Promise<number> {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  if (kib === undefined) throw new Error('the system does not tell the memory of this process');
  return Number(kib) * 1024;
}

async function measure(name: string): Promise<void> {
  // As the commands that push have it; the plain pass too.
  collectYoungOften();
  const work = WORK[name];
  if (work === undefined) throw new Error(`unknown: ${name}`);
  process.on('message', async (task: Task) => {
    const start = performance.now();
    const bytes = await work(task);
    const measured: Measured = { ms: performance.now() - start, rss: await mostMemory(), bytes };
    process.send?.(measured);
  });
  process.once('disconnect', () => process.exit());
}

/** A process that does one piece of work whenever it is told. */
class Worker {
  readonly #child: ChildProcess;
  readonly #turns: Measured[] = [];

  constructor(name: string) {
    this.#child = fork(SELF, ['--measure', name]);
  }

  async turn(task: Task): Promise<void> {
    this.#child.send(task);
    this.#turns.push(await answerOf<Measured>(this.#child));
  }

  /** The fastest turn, with the most memory of all. */
  best(): Measured {
    const [first, ...others] = this.#turns;
    if (first === undefined) throw new Error('nothing was measured');
    return others.reduce((best, turn) => ({ ...(turn.ms < best.ms ? turn : best), rss: turn.rss }), first);
  }

  end(): void {
    this.#child.disconnect();
  }
}

/** Ours and the plain pass, turn and turn about. */
async function compare(name: string, task: Task): Promise<void> {
  const plainName = `plain ${name}`;
  const workers = [name, ...(plainName in WORK ? [plainName] : [])].map((one) => new Worker(one));
  for (let turn = 0; turn < TURNS; turn++) for (const worker of workers) await worker.turn(task);
  for (const worker of workers) worker.end();
  const [our, their] = workers.map((worker) => worker.best());
  if (our === undefined) return;
  const rss = `${(our.rss / 1e6).toFixed(0)} MB RSS`;
  const ratio =
    their === undefined ? '' : `${(our.ms / their.ms).toFixed(2)} × the plain pass (${their.ms.toFixed(0)} ms)`;
  const speed = (one: Measured): string => `${(one.bytes / 1e6 / (one.ms / 1000)).toFixed(0)} MB/s`;
  const share =
    name !== 'mirror' || their === undefined
      ? ''
      : `, ${speed(our)} of ${speed(their)}: ${((100 * (our.bytes / our.ms)) / (their.bytes / their.ms)).toFixed(0)} %`;
  process.stdout.write(`payload ${name.padEnd(12)} ${our.ms.toFixed(0).padStart(6)} ms  ${rss}  ${ratio}${share}\n`);
}

async function main(): Promise<void> {
  const [images = 190, baseMib = 8, ownMib = 1] = process.argv.slice(2).map(Number);
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-payload-'));
  const servers: ChildProcess[] = [];
  try {
    const source = join(folder, 'source');
    const digests = await generate(
      (await LocalRegistry.open(source)).repository('okd/content'),
      images,
      baseMib,
      ownMib,
    );
    const hosts: string[] = [];
    for (const store of [source, join(folder, 'target')]) {
      const server = fork(SELF, ['--serve', store]);
      servers.push(server);
      hosts.push(await answerOf<string>(server));
    }
    const [from = '', to = ''] = hosts;
    const task: Task = { from, to, digests: [...digests] };
    process.stdout.write(`${images} images, 5 bases of ${baseMib} MiB, a layer of ${ownMib} MiB each\n`);
    const wanted = (process.env.ONLY ?? 'new,info,info --size,mirror').split(',');
    // The others read the release that `new` makes.
    if (!wanted.includes('new')) await make(task);
    for (const name of wanted) await compare(name, task);
  } finally {
    for (const server of servers) server.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

const [mode, argument = ''] = process.argv.slice(2);
if (mode === '--serve') await serve(argument);
else if (mode === '--measure') await measure(argument);
else await main();
