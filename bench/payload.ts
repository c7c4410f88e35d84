/**
 * `payload new` and `payload info` for a generated release of 190 images (65 operators, 5 shared base layers) on a local
 * registry, beside a plain pass that only fetches the same manifests and configurations with the same client.
 *
 * usage: bench/payload.ts [IMAGES] [BASE_MIB]
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import {
  digestOf,
  type ImageSource,
  LocalRegistry,
  loadImage,
  MEDIA,
  type NewEntry,
  RegistryClient,
  registryPlugin,
  type WrittenLayer,
  writeLayer,
} from '../src/oci/index.ts';
import {
  formatInfo,
  formatInfoSizes,
  loadComponents,
  loadPayload,
  newPayload,
  parseImageStream,
  payloadInfo,
} from '../src/payload/index.ts';
import { mapLimit } from '../src/util/index.ts';

const IMAGES = Number(process.argv[2] ?? 190);
const BASE_MIB = Number(process.argv[3] ?? 8);
const OPERATORS = Math.round(IMAGES / 3);
const BASES = 5;
const CONCURRENCY = 8;
const RUNS = 3;
const VERSION = '4.21.0-0.okd-scos-2026-11-23-051500';

/** Bytes that do not compress, the same every time. */
function noise(seed: string, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}/${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

function file(path: string, content: Buffer | string): NewEntry {
  return { path, type: 'file', mode: 0o644, mtime: 1_717_200_000, content: Buffer.from(content) };
}

function manifest(name: string, index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}-${index}
  namespace: openshift-${name}
  annotations:
    include.release.openshift.io/self-managed-high-availability: "true"
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    spec:
      containers:
      - name: main
        image: quay.io/openshift/origin-${name}
        env:
        - name: RELEASE_VERSION
          value: "0.0.1-snapshot"
        args: [${Array.from({ length: 40 }, (_, at) => `"--flag-${at}=${index}"`).join(', ')}]
`;
}

function operatorFiles(name: string): NewEntry[] {
  const references = {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    spec: { tags: [{ name, from: { kind: 'DockerImage', name: `quay.io/openshift/origin-${name}` } }] },
  };
  return [
    file('manifests/image-references', JSON.stringify(references)),
    ...Array.from({ length: 12 }, (_, index) =>
      file(`manifests/${String(index).padStart(2, '0')}_deployment.yaml`, manifest(name, index)),
    ),
  ];
}

async function push(
  to: ReturnType<LocalRegistry['repository']>,
  labels: Record<string, string>,
  layers: readonly WrittenLayer[],
) {
  for (const layer of layers) if (!(await to.hasBlob(layer.digest))) await to.putBlob(layer, layer.bytes);
  const config = Buffer.from(
    JSON.stringify({
      created: '2024-06-01T00:00:00Z',
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: [],
    }),
  );
  await to.putBlob({ digest: digestOf(config), size: config.length }, config);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: { mediaType: MEDIA.dockerConfig, digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, size }) => ({ mediaType: MEDIA.dockerLayer, digest, size })),
    }),
  );
  return await to.putManifest(digestOf(bytes), MEDIA.dockerManifest, bytes);
}

/** Fills the repository and gives tag name ► digest. */
async function generate(to: ReturnType<LocalRegistry['repository']>): Promise<Map<string, string>> {
  const bases = Array.from({ length: BASES }, (_, index) =>
    writeLayer([file('usr/lib/base', noise(`base ${index}`, BASE_MIB << 20))]),
  );
  const digests = new Map<string, string>();
  for (let index = 0; index < IMAGES; index++) {
    const operator = index > 0 && index <= OPERATORS;
    const name = index === 0 ? 'cluster-version-operator' : operator ? `operator-${index}` : `component-${index}`;
    const own = writeLayer([file('usr/bin/program', noise(name, 64 << 10)), ...(operator ? operatorFiles(name) : [])]);
    const labels = {
      'io.openshift.build.commit.id': createHash('sha1').update(name).digest('hex'),
      ...(operator ? { 'io.openshift.release.operator': 'true' } : {}),
    };
    digests.set(name, await push(to, labels, [bases[index % BASES] as WrittenLayer, own]));
  }
  return digests;
}

/** The fastest of some runs, in milliseconds. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < RUNS; turn++) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function line(what: string, milliseconds: number, plain?: number): void {
  const ratio = plain === undefined ? '' : `  ${(milliseconds / plain).toFixed(2)} × the plain pass`;
  process.stdout.write(`${what.padEnd(44)} ${milliseconds.toFixed(0).padStart(6)} ms${ratio}\n`);
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-payload-'));
const store = await LocalRegistry.open(folder);
const server = Fastify();
try {
  const digests = await generate(store.repository('okd/content'));
  await server.register(registryPlugin, { store });
  const host = new URL(await server.listen({ host: '127.0.0.1', port: 0 })).host;
  const spec = (digest: string): string => `${host}/okd/content@${digest}`;
  const open = () => {
    const client = new RegistryClient({ insecure: true });
    return (pullSpec: string): ImageSource => client.repository(pullSpec);
  };
  const stream = parseImageStream(
    JSON.stringify({
      kind: 'ImageStream',
      apiVersion: 'image.openshift.io/v1',
      spec: {
        tags: [...digests].map(([name, digest]) => ({ name, from: { kind: 'DockerImage', name: spec(digest) } })),
      },
    }),
    'generated',
  );
  const to = new RegistryClient({ insecure: true }).repository(`${host}/okd/release`);
  const create = () =>
    newPayload(
      { imageStream: stream },
      {
        name: VERSION,
        creationTimestamp: new Date('2026-11-23T05:15:00Z'),
        referenceMode: 'source',
        resolve: open(),
        include: [...digests.keys()],
        concurrency: CONCURRENCY,
        to,
      },
    );
  const release = await create();

  process.stdout.write(
    `${IMAGES} images, ${OPERATORS} operators, ${release.files.length} files, ${BASES} bases of ${BASE_MIB} MiB\n`,
  );
  const plain = await fastest(async () => {
    const resolve = open();
    await mapLimit(digests.values(), CONCURRENCY, (digest) => loadImage(resolve(spec(digest)), digest));
  });
  line('plain pass: manifests and configurations', plain);
  line('payload new', await fastest(create), plain);
  const load = () => loadPayload(new RegistryClient({ insecure: true }).repository(`${host}/okd/release`), VERSION);
  line('payload info', await fastest(async () => formatInfo(payloadInfo(await load()))), plain);
  const sizes = async () => {
    const payload = await load();
    return formatInfoSizes(
      payloadInfo(payload),
      await loadComponents(payload, { resolve: open(), concurrency: CONCURRENCY }),
      new Date(),
    );
  };
  line('payload info --size', await fastest(sizes), plain);
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
