// The example's images are kept in the repository; they must be what its script makes, and what its definition says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  hasDigest,
  isDockerFamily,
  type LoadedImage,
  loadImage,
  type OciLayout,
  openLayout,
  readFiles,
} from '../../src/oci/index.ts';
import { loadReleaseDefinition } from '../../src/release/definition/parse.ts';
import { isRpmdbMagic, parseKeyring, RPMDB_MAGIC_LENGTH, readRpmdb, verifyPackage } from '../../src/rpm/index.ts';
import { sha256Hex } from '../../src/util/index.ts';
import { lacks, ROOT, run, temporaryFolder } from '../support/clone.ts';

const HARBOR = join(ROOT, 'examples/harbor');
const KEPT = join(HARBOR, 'images');
const FILE_LIMIT = 16 << 20;

/** What must be the same in every build: all but install times, and the digests that follow from them. */
interface Portrait {
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly history: readonly string[];
  readonly layers: number;
  /** `NEVRA | vendor | build host | key ids | signature`, sorted; imported keys too. */
  readonly packages: readonly string[];
  /** Path ► type, mode, and content or target. */
  readonly files: Readonly<Record<string, string>>;
}

async function keyring() {
  const names = (await readdir(join(HARBOR, 'keys'))).filter((name) => name.endsWith('-rpm.asc'));
  return parseKeyring(await Promise.all(names.map((name) => readFile(join(HARBOR, 'keys', name), 'utf8'))));
}

/** Made by Debian's build of busybox or by the rpm of the day: there, but its bytes are not ours to promise. */
function isForeign(path: string): boolean {
  return path === 'usr/bin/busybox' || path === 'usr/share/licenses/busybox/copyright' || path.endsWith('.rpm');
}

async function portrait(layout: OciLayout, name: string): Promise<Portrait> {
  const image: LoadedImage = await loadImage(layout, name);
  const keys = await keyring();
  const packages: string[] = [];
  const files: Record<string, string> = {};
  for (const [path, { content, type, mode, linkname }] of await readFiles(layout, image, () => true, {
    limit: FILE_LIMIT,
  })) {
    if (isRpmdbMagic(content.subarray(0, RPMDB_MAGIC_LENGTH))) {
      const database = readRpmdb(content);
      packages.push(...database.keys.map((key) => `key ${key.nevra}`));
      packages.push(
        ...database.packages.map((found) =>
          [
            found.nevra,
            found.vendor,
            found.buildHost,
            found.keyIds.join(' '),
            verifyPackage(found, keys).signature,
          ].join(' | '),
        ),
      );
      files[path] = 'RPM database';
    } else {
      files[path] = [type, mode.toString(8), linkname ?? (isForeign(path) ? '' : sha256Hex(content))].join(' ');
    }
  }
  const config = JSON.parse(new TextDecoder().decode(image.rawConfig)) as {
    config: { Labels?: Record<string, string>; Entrypoint?: string[] };
    history: { created_by?: string }[];
  };
  return {
    labels: config.config.Labels ?? {},
    entrypoint: config.config.Entrypoint ?? [],
    // buildah names what it copied by a hash over bytes and times
    history: config.history.map(({ created_by }) => (created_by ?? '').replace(/(file|dir|multi):[0-9a-f]{64}/u, '$1')),
    layers: image.manifest.layers.length,
    packages: packages.sort(),
    files,
  };
}

function versionOfBusybox(): string {
  return /^BusyBox v([0-9.]+)/u.exec(spawnSync('busybox', { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 'none';
}

async function cannotRebuild(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'building images needs root';
  if (process.arch !== 'x64') return 'the example is for x86-64';
  const missing = lacks('rpmbuild', 'rpmsign', 'createrepo_c', 'dnf', 'buildah', 'busybox', 'gpg');
  if (missing !== false) return missing;
  const { packages } = await portrait(await openLayout(KEPT), 'bases/base-stream9');
  const kept = /^busybox-1:([0-9.]+)-/mu.exec(packages.join('\n'))?.[1];
  return versionOfBusybox() === kept
    ? false
    : `the images were made with busybox ${kept}, this machine has ${versionOfBusybox()}`;
}

describe('the kept images of the harbor example', () => {
  it('are an OCI layout of a few MB without a blob too few, too many or damaged', async () => {
    const layout = await openLayout(KEPT);
    const used = new Set<string>();
    for (const { descriptor } of layout.images()) {
      const { manifest, digest, rawManifest } = await loadImage(layout, descriptor.digest);
      assert.equal(rawManifest.length, descriptor.size);
      for (const found of [digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)])
        used.add(found);
    }
    let size = 0;
    const blobs = await readdir(join(KEPT, 'blobs/sha256'));
    for (const hex of blobs) {
      const bytes = await readFile(join(KEPT, 'blobs/sha256', hex));
      assert.ok(hasDigest(bytes, `sha256:${hex}`), hex);
      size += (await stat(join(KEPT, 'blobs/sha256', hex))).size;
    }
    assert.deepEqual(blobs.map((hex) => `sha256:${hex}`).sort(), [...used].sort());
    assert.ok(size < 5_000_000, `${size} bytes`);
  });

  it('are docker v2s2 images, which a release image can be built on', async () => {
    const layout = await openLayout(KEPT);
    for (const { name } of layout.images()) {
      const { mediaType, manifest } = await loadImage(layout, name);
      for (const type of [mediaType, manifest.config.mediaType, ...manifest.layers.map((layer) => layer.mediaType)]) {
        assert.ok(isDockerFamily(type), `${name}: ${type}`);
      }
    }
  });

  it('are those that the release definition names', async () => {
    const { sets, bases, layout: folder } = (await loadReleaseDefinition(join(HARBOR, 'stream.yaml'))).images;
    const named = new Set([...Object.values(bases), ...Object.values(sets).flatMap((set) => Object.values(set))]);
    assert.deepEqual(
      (await openLayout(folder)).images().map(({ name }) => name),
      [...named].sort(),
    );
    assert.deepEqual(Object.keys(sets.contaminated ?? {}), Object.keys(sets.clean ?? {}));
  });

  it('differ between the sets in what base-els brought in, and in nothing else', async () => {
    const layout = await openLayout(KEPT);
    const { sets } = (await loadReleaseDefinition(join(HARBOR, 'stream.yaml'))).images;
    const changed: string[] = [];
    for (const name of Object.keys(sets.clean ?? {})) {
      const [clean, contaminated] = [
        await portrait(layout, `clean/${name}`),
        await portrait(layout, `contaminated/${name}`),
      ];
      const extra = contaminated.packages.filter((line) => !clean.packages.includes(line));
      assert.deepEqual(
        clean.packages.filter((line) => line.includes('Ironhat')),
        [],
        name,
      );
      assert.deepEqual(contaminated.labels, clean.labels, name);
      if (extra.length > 0) changed.push(name);
      assert.ok(
        extra.every(
          (line) =>
            line.startsWith('key ') ||
            / \| Ironhat, Inc\. \| .*\.build\.eng\.ironhat\.example\.invalid \| .* \| ok$/u.test(line),
        ),
        `${name}: ${extra.join(', ')}`,
      );
    }
    assert.deepEqual(changed, ['console', 'coredns', 'haproxy-router']);
  });

  it('differ in the rebased set in the two packages of the base image that took the place of the open one', async () => {
    const layout = await openLayout(KEPT);
    const { sets, rebased = {} } = (await loadReleaseDefinition(join(HARBOR, 'stream.yaml'))).images;
    const rebuilt = Object.keys(rebased['ubi-to-els']?.components ?? {});
    assert.equal(rebuilt.length, 21);
    for (const [name, reference] of Object.entries(sets['ubi-to-els'] ?? {})) {
      const before = sets.clean?.[name] ?? '';
      if (!rebuilt.includes(name)) {
        assert.equal(reference, before, name);
        continue;
      }
      const [clean, els] = [await portrait(layout, before), await portrait(layout, reference)];
      assert.deepEqual(els.labels, clean.labels, name);
      assert.deepEqual(els.entrypoint, clean.entrypoint, name);
      const extra = els.packages.filter((line) => !clean.packages.includes(line) && !line.startsWith('key '));
      assert.deepEqual(
        extra.map((line) => line.split(' | ').slice(0, 2).join(' by ')),
        [
          'ca-certificates-2025.2.80_v9.0.305-91.el9_4.els.noarch by Ironhat, Inc.',
          'tzdata-2026b-1.el9_4.els.noarch by Ironhat, Inc.',
        ],
        name,
      );
    }
  });

  it('ship the key that the definition signs with', async () => {
    const layout = await openLayout(KEPT);
    const files = await readFiles(layout, await loadImage(layout, 'clean/cluster-update-keys'), () => true, {
      limit: FILE_LIMIT,
    });
    const [configMap] = [...files.values()].map(({ content }) => content.toString());
    const key = await readFile(join(HARBOR, 'keys/harbor-release.asc'), 'utf8');
    assert.ok(configMap?.replace(/^ +/gmu, '').includes(key));
  });

  it('are what build.sh makes', { timeout: 600_000 }, async (t) => {
    const reason = await cannotRebuild();
    if (reason !== false) return t.skip(reason);
    const output = join(await temporaryFolder(t), 'images');
    const built = run(join(HARBOR, 'build.sh'), [output]);
    assert.equal(built.code, 0, built.stderr);
    const [kept, made] = [await openLayout(KEPT), await openLayout(output)];
    assert.deepEqual(
      made.images().map(({ name }) => name),
      kept.images().map(({ name }) => name),
    );
    for (const { name } of kept.images())
      assert.deepEqual(await portrait(made, name), await portrait(kept, name), name);
  });
});
