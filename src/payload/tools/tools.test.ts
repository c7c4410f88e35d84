import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { loadImage, type NewEntry } from '../../oci/index.ts';
import { type SlipwayError, sha256Hex } from '../../util/index.ts';
import { newPayload } from '../create/new-payload.ts';
import { loadPayload } from '../info/load.ts';
import { parseImageStream } from '../stream/parse.ts';
import { configMap, file, imageStream, pushImage, temporaryRegistry } from '../testing/images.ts';
import { machO, verifyCodeSignature } from '../testing/mach-o.ts';
import { readTarGz } from '../testing/shared.ts';
import { readBinaries } from './binaries.ts';
import { extractTools } from './extract.ts';
import { MARKERS, MarkerPatch } from './markers.ts';
import { parsePlatform, TARGETS, targetsFor } from './targets.ts';
import { writeCommand, writeTools } from './write.ts';
import { writeZip } from './zip.ts';

const VERSION = '4.21.0-okd-scos.0';
const PUBLIC = `quay.io/okd/scos-release@sha256:${'5'.repeat(64)}`;

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function program(...markers: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('#!program '), ...markers, Buffer.from(' end')]);
}

function binary(path: string, content: Buffer): NewEntry {
  return { path, type: 'file', mode: 0o755, mtime: 1_717_200_000, content };
}

/** A published release with client tools. */
async function setUp(t: TestContext) {
  const registry = await temporaryRegistry(t);
  const content = registry.repository('okd/content');
  const release = registry.repository('okd/release');
  const images: Record<string, readonly NewEntry[][]> = {
    'cluster-version-operator': [[file('manifests/0000_00_cluster-version-operator_00.yaml', configMap('cvo'))]],
    cli: [[binary('usr/bin/oc', program(MARKERS.version))]],
    'cli-artifacts': [
      [
        binary('usr/share/openshift/linux_amd64/oc', program(MARKERS.version)),
        binary('usr/share/openshift/linux_arm64/oc', program(MARKERS.version)),
        binary('usr/share/openshift/mac_arm64/oc', machO(program(MARKERS.version), 300)),
        binary('usr/share/openshift/windows/oc.exe', program(MARKERS.version)),
      ],
    ],
    installer: [[binary('usr/bin/openshift-install', program(MARKERS.image, MARKERS.version, MARKERS.architecture))]],
  };
  const specs: Record<string, string> = {};
  for (const [name, layers] of Object.entries(images))
    specs[name] = `localhost:8080/okd/content@${await pushImage(content, { layers })}`;
  const made = await newPayload(
    { imageStream: parseImageStream(imageStream(specs), 'is.json') },
    {
      name: VERSION,
      creationTimestamp: new Date('2026-11-24T00:00:00Z'),
      referenceMode: 'source',
      resolve: () => content,
      include: Object.keys(specs),
      to: release,
    },
  );
  return { payload: await loadPayload(release, made.digest), resolve: () => content };
}

describe('client tools', () => {
  it('archives, release.txt and checksums, the same each time', async (t) => {
    const { payload, resolve } = await setUp(t);
    const warnings: string[] = [];
    const files = await extractTools(payload, { resolve, pullSpec: PUBLIC, onWarning: (line) => warnings.push(line) });
    assert.deepEqual(
      files.map(({ name }) => name),
      [
        `openshift-client-linux-${VERSION}.tar.gz`,
        `openshift-client-linux-arm64-${VERSION}.tar.gz`,
        `openshift-client-mac-arm64-${VERSION}.tar.gz`,
        `openshift-client-windows-${VERSION}.zip`,
        `openshift-install-linux-${VERSION}.tar.gz`,
        'release.txt',
        'sha256sum.txt',
      ],
    );
    const content = (name: string) => Buffer.from(files.find((entry) => entry.name.startsWith(name))?.bytes ?? []);
    const client = await readTarGz(content('openshift-client-linux-4'));
    assert.deepEqual(
      client.map(({ name, type, mode, link }) => [name, type, mode, link]),
      [
        ['README.md', 'file', 0o644, undefined],
        ['oc', 'file', 0o755, undefined],
        ['kubectl', 'link', 0o755, 'oc'],
      ],
    );
    assert.ok(client[1]?.content.includes(`${VERSION}\0`));
    const [, mac] = await readTarGz(content('openshift-client-mac-arm64'));
    assert.ok(mac?.content.includes(`${VERSION}\0`));
    assert.equal(verifyCodeSignature(mac?.content ?? Buffer.alloc(0)), 'a.out');
    const [, install] = await readTarGz(content('openshift-install'));
    assert.equal(install?.content.length, program(MARKERS.image, MARKERS.version, MARKERS.architecture).length);
    for (const value of [PUBLIC, VERSION, 'linux/amd64']) assert.ok(install?.content.includes(`${value}\0`), value);
    assert.ok(content('release.txt').includes(`Pull From: ${PUBLIC}\n`));
    const sums = new Map(files.map(({ name, bytes }) => [name, sha256Hex(bytes)]));
    for (const line of content('sha256sum').toString().trim().split('\n')) {
      const [sum, name] = line.split('  ');
      assert.equal(sums.get(name ?? ''), sum);
    }
    assert.deepEqual(warnings, [
      'The image of "cli-artifacts" has no /usr/share/openshift/mac/oc.',
      'The release has no component "installer-artifacts", so none of its programs.',
    ]);
    assert.deepEqual(await extractTools(payload, { resolve, pullSpec: PUBLIC }), files);
  });

  it('written to a folder are the same bytes', async (t) => {
    const { payload, resolve } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const written = await writeTools(payload, join(folder, 'out'), { resolve });
    const files = await extractTools(payload, { resolve });
    assert.deepEqual(
      written.map(({ name, size, sha256 }) => [name, size, sha256]),
      files.map(({ name, bytes }) => [name, bytes.length, sha256Hex(bytes)]),
    );
    for (const { name, sha256 } of written) assert.equal(sha256Hex(await readFile(join(folder, 'out', name))), sha256);
  });

  it('one program by itself: executable, with its time and values', async (t) => {
    const { payload, resolve } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const write = (command: string, os: string, arch = 'amd64') =>
      writeCommand(payload, command, folder, { resolve, select: { platform: { os, arch } } });
    const names = async (...call: Parameters<typeof write>) => (await write(...call)).map(({ name }) => name);
    assert.deepEqual(await names('openshift-install', 'linux'), ['openshift-install']);
    const { mode, mtimeMs } = await stat(join(folder, 'openshift-install'));
    assert.deepEqual([mode & 0o777, mtimeMs], [0o755, 1_717_200_000_000]);
    assert.ok((await readFile(join(folder, 'openshift-install'))).includes(`${payload.pullSpec}\0`));
    assert.deepEqual(await names('oc', 'windows'), ['oc.exe']);
    assert.deepEqual(await names('oc', 'darwin', 'arm64'), ['oc']);
    assert.equal(verifyCodeSignature(await readFile(join(folder, 'oc'))), 'a.out');
    await assert.rejects(write('oc', 'linux', 's390x'), { code: 'PAYLOAD_COMMAND_MISSING' });
    await assert.rejects(write('ccoctl', 'windows'), { code: 'PAYLOAD_COMMAND_UNKNOWN' });
    await assert.rejects(write('nope', 'linux'), { code: 'PAYLOAD_COMMAND_UNKNOWN' });
  });

  it('for a platform that has none are an error with those that there are, and nothing is written', async (t) => {
    const { payload, resolve } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    // The first no release knows; the second this one might have, but its component does not.
    for (const platform of ['macos', 'linux/ppc64le'].map(parsePlatform)) {
      await assert.rejects(
        writeTools(payload, join(folder, 'out'), {
          resolve,
          ...(platform === undefined ? {} : { select: { platform } }),
        }),
        ({ code, message, hint }: SlipwayError) => {
          assert.equal(code, 'PAYLOAD_TOOLS_MISSING');
          assert.match(message, new RegExp(`${platform?.os}/${platform?.arch}`));
          assert.match(hint ?? '', /darwin\/amd64, darwin\/arm64, linux\/amd64, .*windows\/amd64/);
          return true;
        },
      );
      assert.deepEqual(await readdir(join(folder, 'out')), []);
    }
  });

  it('a link where a file goes is replaced, not followed, and a failure leaves nothing behind', async (t) => {
    const { payload, resolve } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const outside = join(folder, 'outside');
    await writeFile(outside, 'untouched');
    const target = join(folder, 'target');
    await writeTools(payload, target, { resolve });
    await rm(join(target, 'release.txt'));
    await symlink(outside, join(target, 'release.txt'));
    await writeTools(payload, target, { resolve });
    assert.equal(await readFile(outside, 'utf8'), 'untouched');
    const broken = join(folder, 'broken');
    let calls = 0;
    const failing: typeof resolve = () => {
      calls += 1;
      if (calls > 2) throw new Error('gone');
      return resolve();
    };
    await assert.rejects(writeTools(payload, broken, { resolve: failing }), /gone/);
    assert.deepEqual(await readdir(broken), []);
  });
});

it('programs are found in the layer that a container would see, through links and deletions', async (t) => {
  const repository = (await temporaryRegistry(t)).repository('a/b');
  const link = (path: string, linkname: string): NewEntry => ({
    path,
    type: 'symlink',
    mode: 0o777,
    mtime: 0,
    linkname,
  });
  const digest = await pushImage(repository, {
    layers: [
      [
        file('bin/one', 'old'),
        file('bin/gone', 'x'),
        file('opt/real', 'real'),
        file('dir/deep', 'x'),
        file('opaque/x', 'x'),
      ],
      [
        file('bin/one', 'new'),
        file('bin/.wh.gone', ''),
        link('bin/linked', '../opt/real'),
        link('bin/absolute', '/bin/one'),
        file('dir', 'now a file'),
        file('opaque/.wh..wh..opq', ''),
      ],
    ],
  });
  const found: [string, string][] = [];
  const paths = ['bin/one', 'bin/gone', 'bin/linked', 'bin/absolute', 'opt/real', 'dir/deep', 'opaque/x', 'none'];
  for await (const { path, body } of readBinaries(repository, await loadImage(repository, digest), paths))
    found.push([path, (await bytesOf(body)).toString()]);
  assert.deepEqual(found.sort(), [
    ['bin/absolute', 'new'],
    ['bin/linked', 'real'],
    ['bin/one', 'new'],
    ['opt/real', 'real'],
  ]);
});

it('a program that a layer has twice is refused, and nothing written; a whiteout beside it is for the layers below', async (t) => {
  const repository = (await temporaryRegistry(t)).repository('okd/content');
  const oc = 'usr/bin/oc';
  const first = binary(oc, Buffer.from('first'));
  const link: NewEntry = { path: oc, type: 'symlink', mode: 0o777, mtime: 0, linkname: 'kubectl' };
  const folder: NewEntry = { path: oc, type: 'directory', mode: 0o755, mtime: 0 };
  const read = async (...layers: readonly NewEntry[][]) => {
    const image = await loadImage(repository, await pushImage(repository, { layers }));
    const found: string[] = [];
    for await (const { body } of readBinaries(repository, image, [oc])) found.push((await bytesOf(body)).toString());
    return found;
  };
  for (const second of [binary(oc, Buffer.from('second')), link, folder])
    await assert.rejects(read([first, second]), {
      code: 'OCI_LAYER_INVALID',
      message: 'the layer has /usr/bin/oc twice; which one is meant can not be known.',
    });
  const gone = binary('usr/bin/.wh.oc', Buffer.alloc(0));
  assert.deepEqual(await read([first], [binary(oc, Buffer.from('second')), gone]), ['second']);
  assert.deepEqual(await read([first], [gone]), []);
});

it('a patched stream is the patched whole, wherever it is cut', async () => {
  const whole = Buffer.concat([Buffer.alloc(50, 1), MARKERS.version, Buffer.alloc(20, 2), MARKERS.version]);
  const expected = Buffer.from(whole);
  expected.write(`${VERSION}\0`, 50);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 9 }), async (sizes) => {
      const pieces: Buffer[] = [];
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        pieces.push(whole.subarray(at, at + size));
        at += size;
      }
      const patch = new MarkerPatch([{ name: 'version', marker: MARKERS.version, value: VERSION }]);
      assert.deepEqual(await bytesOf(Readable.from(pieces).pipe(patch)), expected);
    }),
    { numRuns: 30 },
  );
});

it('a zip archive has its files, their sums and modes', async () => {
  const zip = await bytesOf(
    writeZip([
      { name: 'a.txt', mode: 0o644, mtime: 1_717_200_000, body: [Buffer.from('hello')] },
      { name: 'b', mode: 0o755, mtime: 0, body: [] },
    ]),
  );
  assert.equal(zip.readUInt32LE(0), 0x04034b50);
  const end = zip.length - 22;
  assert.equal(zip.readUInt16LE(end + 10), 2);
  const directory = zip.readUInt32LE(end + 16);
  assert.equal(zip.readUInt32LE(directory), 0x02014b50);
  assert.equal(zip.readUInt32LE(directory + 24), 5);
  assert.equal(zip.readUInt32LE(directory + 38) >>> 16, 0o100644);
  const compressed = zip.readUInt32LE(directory + 20);
  assert.equal(inflateRawSync(zip.subarray(30 + 5, 30 + 5 + compressed)).toString(), 'hello');
});

it('an archive name is used once, and the release has no second one for its own architecture', () => {
  const names = TARGETS.map(({ archive }) => archive.join('V'));
  assert.equal(new Set(names).size, names.length);
  const all = new Set(TARGETS.map(({ image }) => image));
  const of = (arch: string, images: ReadonlySet<string>) => targetsFor(arch, images).map(({ archive: [name] }) => name);
  assert.ok(!of('amd64', all).includes('openshift-client-linux-amd64-'));
  assert.ok(of('arm64', all).includes('openshift-client-linux-amd64-'));
  assert.ok(of('amd64', new Set(['cli-artifacts'])).includes('openshift-client-linux-amd64-'));
});
