/**
 * How fast an audit reads a payload, against one plain pass (gunzip and sha256) over the same layers.
 *
 *   node bench/audit.ts [--size MB] [--images N] [--keep] [--node-flag=FLAG …]
 *
 * Makes N images (190) on 5 shared bases, one unique layer each, about MB (2000) compressed in all, each layer with an
 * RPM database of signed packages, as an OCI layout under the system's temporary folder. Data and each measurement have
 * a process of their own, so that the peak memory printed is that of the audit alone; `--node-flag` is given to them.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { constants, createGunzip, gzipSync } from 'node:zlib';
import { auditImages, directoryCache, judge, parsePolicy } from '../src/audit/index.ts';
import type { TestKey } from '../src/audit/testing/rpm.ts';
import { digestOf, MEDIA, openLayout, writeTar } from '../src/oci/index.ts';
import { parseKeyring } from '../src/rpm/index.ts';
import { mapLimit } from '../src/util/index.ts';

const BASES = 5;
const BASE_PACKAGES = 150;
const OWN_PACKAGES = 12;
/** Bytes of one header: the mean of real ones. */
const HEADER_BYTES = 18_000;
const CHUNK = 4 << 20;
/** Layers at a time, in the plain pass as well: what `auditImages` does by itself. */
const CONCURRENCY = 6;
const AT = new Date('2026-01-01T00:00:00Z');

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '2000' },
    images: { type: 'string', default: '190' },
    keep: { type: 'boolean', default: false },
    'node-flag': { type: 'string', multiple: true, default: [] },
    /** Internal: which part this process does, and where the data is. */
    part: { type: 'string', default: 'all' },
    folder: { type: 'string', default: '' },
  },
});

interface Member {
  readonly bytes: Buffer;
  readonly tar: Buffer;
}

/** A piece of a layer, compressed by itself: gzip members may follow each other (RFC 1952 § 2.2). */
function member(tar: Buffer, level: number = constants.Z_DEFAULT_COMPRESSION): Member {
  return { bytes: gzipSync(tar, { level }), tar };
}

/** Files of every size out of real programs and sources: what is compressed decides how fast it unpacks. */
async function pool(): Promise<Member[]> {
  const program = await readFile(process.execPath);
  const members: Member[] = [];
  for (let start = 0, index = 0; start + CHUNK <= program.length && index < 24; start += CHUNK, index++) {
    const content = program.subarray(start, start + CHUNK);
    const size = index % 3 === 0 ? CHUNK : index % 3 === 1 ? 64 << 10 : 12 << 10;
    const entries = Array.from({ length: Math.ceil(CHUNK / size) }, (_, file) => ({
      path: `usr/share/part${index}/file${file}`,
      type: 'file' as const,
      mode: 0o644,
      mtime: 0,
      content: content.subarray(file * size, (file + 1) * size),
    }));
    members.push(member(withoutEnd(writeTar(entries))));
  }
  return members;
}

/** Archives end with two blocks of zeroes; pieces that others follow must not. */
const withoutEnd = (tar: Buffer): Buffer => tar.subarray(0, tar.length - 1024);

/** Deterministic text that compresses about as headers do. */
function words(seed: number, length: number): string {
  let text = '';
  for (let round = 0; text.length < length; round++) {
    const word = createHash('sha256').update(`${seed} ${round}`).digest('hex');
    text += `/usr/lib64/${word.slice(0, 12)}/${word.slice(12, 20)}.so ${word}\n`;
  }
  return text.slice(0, length);
}

async function headers(
  makeHeader: typeof import('../src/audit/testing/rpm.ts').makeHeader,
  key: TestKey,
): Promise<Buffer[]> {
  return await mapLimit(Array.from({ length: 400 }).keys(), 8, async (index) =>
    makeHeader({
      name: `package${index}`,
      vendor: 'Open Test Project',
      buildHost: 'b.open.test',
      license: 'GPLv2+',
      signer: key,
      description: words(index, HEADER_BYTES),
    }),
  );
}

async function generate(folder: string, megabytes: number, images: number): Promise<void> {
  // Loaded here only: a measured process must not carry what makes the data.
  const { makeHeader, makeKey, makeRpmdb } = await import('../src/audit/testing/rpm.ts');
  const blobs = join(folder, 'layout', 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const key = await makeKey('Open Test Project');
  await writeFile(join(folder, 'key.pgp'), key.publicKey);
  await writeFile(join(folder, 'policy.yaml'), policyText(key));
  const [parts, packages] = [await pool(), await headers(makeHeader, key)];
  const store = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const digest = digestOf(bytes);
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { digest, size: bytes.length };
  };
  const layerBytes = Math.floor((megabytes * 1e6) / (images + BASES));
  const layer = async (seed: number, installed: readonly Buffer[]) => {
    const rpmdb = makeRpmdb(installed).main;
    const own = [
      { path: `etc/unique${seed}`, type: 'file' as const, mode: 0o644, mtime: 0, content: Buffer.from(`${seed}`) },
      { path: 'var/lib/rpm/rpmdb.sqlite', type: 'file' as const, mode: 0o644, mtime: 0, content: rpmdb },
    ];
    const members = [member(withoutEnd(writeTar(own)), 1)];
    for (let size = members[0]?.bytes.length ?? 0, next = seed; size < layerBytes; next++) {
      const part = parts[next % parts.length];
      if (!part) throw new Error('there are no parts');
      members.push(part);
      size += part.bytes.length;
    }
    members.push(member(Buffer.alloc(1024)));
    const hash = createHash('sha256');
    for (const { tar } of members) hash.update(tar);
    const stored = await store(Buffer.concat(members.map(({ bytes }) => bytes)));
    return { ...stored, mediaType: MEDIA.ociLayerGzip, diffId: `sha256:${hash.digest('hex')}` };
  };
  const bases = [];
  for (let index = 0; index < BASES; index++)
    bases.push(await layer(1_000_000 + index, packages.slice(0, BASE_PACKAGES)));
  const manifests = [];
  for (let index = 0; index < images; index++) {
    const base = bases[index % BASES];
    if (!base) throw new Error('there are no bases');
    const from = BASE_PACKAGES + ((index * OWN_PACKAGES) % (packages.length - BASE_PACKAGES - OWN_PACKAGES));
    const own = await layer(index, [...packages.slice(0, BASE_PACKAGES), ...packages.slice(from, from + OWN_PACKAGES)]);
    const layers = [base, own];
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
        history: [{ created_by: 'FROM base' }, { created_by: 'RUN dnf install -y packages' }],
      }),
    );
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.ociManifest,
        config: { mediaType: MEDIA.ociConfig, ...(await store(config)) },
        layers: layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
      }),
    );
    manifests.push({
      mediaType: MEDIA.ociManifest,
      ...(await store(manifest)),
      annotations: { 'org.opencontainers.image.ref.name': `component${index}` },
    });
  }
  await writeFile(join(folder, 'layout', 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'layout', 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

const policyText = (key: TestKey): string => `
kind: AuditPolicy
apiVersion: slipway.okd.io/v1
name: bench
signers: [{ owner: Open Test Project, verdict: allow, keys: [${key.fingerprint}] }]
`;

interface Measured {
  readonly seconds: number;
  /** Of both cores together: what other load on the machine does not change. */
  readonly cpuSeconds: number;
  readonly judgeSeconds: number;
  readonly bytes: number;
  readonly summary: string;
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function layersOf(folder: string): Promise<string[]> {
  const layout = await openLayout(join(folder, 'layout'));
  const digests = new Set<string>();
  for (const { descriptor } of layout.images()) {
    const manifest = JSON.parse(Buffer.from((await layout.manifest(descriptor.digest)).bytes).toString());
    for (const { digest } of manifest.layers) digests.add(digest);
  }
  return [...digests].map((digest) => join(folder, 'layout', 'blobs', 'sha256', digest.slice('sha256:'.length)));
}

/** The least that anything must do which checks a layer: hash what comes, unpack it, hash what comes out. */
async function plain(folder: string): Promise<Measured> {
  const files = await layersOf(folder);
  const start = performance.now();
  const cpu = process.cpuUsage();
  let bytes = 0;
  await mapLimit(files, CONCURRENCY, async (file) => {
    const compressed = createHash('sha256');
    const content = createReadStream(file, { highWaterMark: 1 << 20 });
    content.on('data', (chunk) => {
      compressed.update(chunk);
      bytes += chunk.length;
    });
    const unpacked = createHash('sha256');
    const sink = new Writable({
      highWaterMark: 1 << 20,
      write(chunk: Buffer, _encoding, done) {
        unpacked.update(chunk);
        done();
      },
    });
    await pipeline(content, createGunzip({ chunkSize: 1 << 20 }), sink);
    compressed.digest();
    unpacked.digest();
  });
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: cpuSince(cpu),
    judgeSeconds: 0,
    bytes,
    summary: `${files.length} layers`,
  };
}

async function audit(folder: string): Promise<Measured> {
  const layout = await openLayout(join(folder, 'layout'));
  const keyring = parseKeyring([await readFile(join(folder, 'key.pgp'))]);
  const policy = parsePolicy(await readFile(join(folder, 'policy.yaml'), 'utf8'), 'policy.yaml');
  const images = layout.images().map(({ name, descriptor }) => ({
    source: layout,
    reference: descriptor.digest,
    name,
  }));
  const start = performance.now();
  const cpu = process.cpuUsage();
  const facts = await auditImages(images, {
    keyring,
    cache: directoryCache(join(folder, 'cache')),
    concurrency: CONCURRENCY,
  });
  const extracted = performance.now();
  const report = judge(facts, policy, { at: AT });
  const end = performance.now();
  const proven = report.proof.find(({ level }) => level === 'L3')?.packages;
  return {
    seconds: (end - start) / 1000,
    cpuSeconds: cpuSince(cpu),
    judgeSeconds: (end - extracted) / 1000,
    bytes: report.totals.bytes,
    summary: `${report.totals.images} images, ${report.totals.packages} packages, ${proven} verified, verdict ${report.verdict}`,
  };
}

function inOwnProcess(part: string, folder: string): string {
  const flags = [`--part=${part}`, `--folder=${folder}`, `--size=${options.size}`, `--images=${options.images}`];
  const { status, stdout } = spawnSync(process.execPath, [...options['node-flag'], import.meta.filename, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the part "${part}" failed`);
  return stdout.trim();
}

async function all(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  try {
    inOwnProcess('generate', folder);
    const rates = new Map<string, number>();
    for (const [title, part] of [
      ['plain gunzip + sha256', 'plain'],
      ['audit, cold', 'audit'],
      ['audit, warm', 'audit'],
    ] as const) {
      const measured: Measured & { rss: number } = JSON.parse(inOwnProcess(part, folder));
      const rate = measured.bytes / 1e6 / measured.seconds;
      rates.set(title, rate);
      const speed = `${measured.seconds.toFixed(2)} s (${measured.cpuSeconds.toFixed(2)} s of CPU), ${rate.toFixed(0)} MB/s of ${(measured.bytes / 1e6).toFixed(0)} MB compressed`;
      console.log(
        `${title}: ${speed}, peak RSS ${(measured.rss / 1024).toFixed(0)} MB (${measured.summary}; judging ${measured.judgeSeconds.toFixed(2)} s)`,
      );
    }
    const ratio = (rates.get('plain gunzip + sha256') ?? 0) / (rates.get('audit, cold') ?? 1);
    console.log(`a cold audit takes ${ratio.toFixed(2)} times as long as the plain pass`);
  } finally {
    if (options.keep) console.log(`data kept in ${folder}`);
    else await rm(folder, { recursive: true });
  }
}

const { folder } = options;
const report = (measured: Measured): void => {
  // Linux counts maxRSS in KiB.
  console.log(JSON.stringify({ ...measured, rss: process.resourceUsage().maxRSS }));
};
if (options.part === 'generate') await generate(folder, Number(options.size), Number(options.images));
else if (options.part === 'plain') report(await plain(folder));
else if (options.part === 'audit') report(await audit(folder));
else await all();
