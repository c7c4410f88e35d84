/**
 * `payload lint` of generated releases: one of 862 objects of the kinds and sizes of a real one, and hostile ones in which
 * something is wrong N and 4 N times. Each run is a process of its own against a registry in this one; prints time and
 * the most memory that it took. Four times as much should take about four times as long.
 *
 * usage: bench/lint.ts [N]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { LocalRegistry, RegistryClient, registryPlugin } from '../src/oci/index.ts';
import { newPayload, parseImageStream } from '../src/payload/index.ts';
import { configMap, file, OPERATOR, pushImage, type TestImage } from '../src/payload/testing/images.ts';
import { HOSTILE, realFiles } from './payload/objects.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const VERSION = '4.21.0-okd-scos.0';
/** Writes the most memory that the process had, in kB, as it ends. */
const TELL_MEMORY = `data:text/javascript,import { readFileSync, writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, /^VmHWM:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]));`;

async function makeRelease(store: LocalRegistry, host: string, files: ReadonlyMap<string, string>): Promise<string> {
  const images: Readonly<Record<string, TestImage>> = {
    'cluster-version-operator': { layers: [[file('manifests/0000_00_cvo.yaml', configMap('cvo'))]] },
    'test-operator': {
      labels: OPERATOR,
      layers: [[...files].map(([name, text]) => file(`manifests/${name}`, text))],
    },
  };
  const tags = [];
  for (const [name, image] of Object.entries(images)) {
    const digest = await pushImage(store.repository('okd/content'), image);
    tags.push({ name, from: { kind: 'DockerImage', name: `${host}/okd/content@${digest}` } });
  }
  const client = new RegistryClient({ insecure: true });
  const imageStream = parseImageStream(
    JSON.stringify({ kind: 'ImageStream', apiVersion: 'image.openshift.io/v1', spec: { tags } }),
    'generated',
  );
  await newPayload(
    { imageStream },
    {
      name: VERSION,
      creationTimestamp: new Date('2026-11-23T05:15:00Z'),
      referenceMode: 'source',
      resolve: (pullSpec) => client.repository(pullSpec),
      to: client.repository(`${host}/okd/release`),
    },
  );
  return `${host}/okd/release:${VERSION}`;
}

interface Run {
  readonly ms: number;
  readonly megabytes: number;
  readonly findings: number;
}

async function lint(reference: string): Promise<Run> {
  const start = performance.now();
  const args = ['--import', TELL_MEMORY, MAIN, 'payload', 'lint', '--insecure', '--format', 'json', reference];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const texts = ['', ''];
  for (const [index, stream] of [child.stdio[1], child.stdio[3]].entries())
    stream?.on('data', (chunk: Buffer) => (texts[index] += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const { findings }: { findings: readonly unknown[] } = JSON.parse(texts[0] ?? '');
  return {
    ms: performance.now() - start,
    megabytes: (Number(texts[1]) * 1024) / 1e6,
    findings: findings.length,
  };
}

const say = ({ ms, megabytes, findings }: Run): string =>
  `${(ms / 1000).toFixed(1)} s, ${megabytes.toFixed(0)} MB RSS, ${findings} findings`;

const [count = 5000] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-lint-'));
const app = Fastify({ forceCloseConnections: true });
try {
  const store = await LocalRegistry.open(folder);
  await app.register(registryPlugin, { store });
  const { host } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const real = realFiles();
  const bytes = [...real.values()].reduce((sum, text) => sum + text.length, 0);
  const about = `${real.size} objects, ${(bytes / 1e6).toFixed(1)} MB`;
  process.stdout.write(`${about}: ${say(await lint(await makeRelease(store, host, real)))}\n`);
  for (const [name, files] of Object.entries(HOSTILE)) {
    const few = await lint(await makeRelease(store, host, files(count)));
    const many = await lint(await makeRelease(store, host, files(4 * count)));
    process.stdout.write(
      `${count} ${name}: ${say(few)}\n${4 * count}: ${say(many)}: ${(many.ms / few.ms).toFixed(1)} ×\n`,
    );
  }
} finally {
  await app.close();
  await rm(folder, { recursive: true, force: true });
}
