import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { digestOf, loadList, MEDIA, type Repository } from '../../oci/index.ts';
import {
  loadPayload,
  newPayload,
  parseImageStream,
  preparePayload,
  readManifestFolders,
  reproducePayload,
  writePayloadFolder,
  writePayloadLayer,
} from '../index.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  MTIME,
  OPERATOR,
  pushImage,
  pushList,
  type TestImage,
} from '../testing/images.ts';
import { CREATED, IMAGES, NIGHTLY, setUp } from '../testing/sources.ts';

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-sources-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('manifests from folders', () => {
  async function folders(t: TestContext, specs: Readonly<Record<string, string>>) {
    const folder = await scratch(t);
    await mkdir(join(folder, 'my-operator', 'deeper'), { recursive: true });
    await writeFile(join(folder, 'image-references'), imageStream(specs));
    await writeFile(join(folder, 'my-operator', 'image-references'), imageReferences(['etcd']));
    await writeFile(join(folder, 'my-operator', '01.yaml'), configMap('mine', 'quay.io/openshift/origin-etcd'));
    await utimes(join(folder, 'my-operator', '01.yaml'), MTIME + 0.75, MTIME + 0.75);
    await writeFile(join(folder, 'my-operator', 'deeper', '02.yaml'), configMap('deeper'));
    return folder;
  }

  it('take the place of those in the images', async (t) => {
    const { options, specs, release } = await setUp(t);
    const folder = await folders(t, specs);
    const input = { folders: await readManifestFolders(folder) };
    const made = await newPayload(input, { ...options, to: release });
    assert.deepEqual(
      made.files.slice(2).map(({ name, mtime }) => [name, mtime]),
      [['0000_50_my-operator_01.yaml', MTIME]],
    );
    assert.match(Buffer.from(made.files[2]?.bytes ?? []).toString(), new RegExp(`"${specs.etcd}"`));
    assert.deepEqual(
      made.imageReferences.tags.map(({ name }) => name),
      ['cluster-version-operator', 'etcd'],
    );
    const payload = await loadPayload(release, NIGHTLY);
    await assert.rejects(reproducePayload(payload, options), { code: 'PAYLOAD_NOT_REPRODUCIBLE' });
    const without = await preparePayload(input, { ...options, exclude: ['my-operator'] });
    assert.equal(without.files.length, 2);
  });

  it('that are missing are named', async (t) => {
    const missing = join(await scratch(t), 'nothing');
    await assert.rejects(readManifestFolders(missing), { code: 'PAYLOAD_FOLDER_INVALID', place: { file: missing } });
  });

  it('do not follow links out of the folder', async (t) => {
    const folder = await scratch(t);
    await mkdir(join(folder, 'operator'));
    await writeFile(join(folder, 'secret.yaml'), configMap('secret'));
    await symlink(join(folder, 'secret.yaml'), join(folder, 'operator', '01.yaml'));
    assert.deepEqual((await readManifestFolders(folder)).operators, [{ tag: 'operator', files: [] }]);
  });
});

describe('component versions given as options', () => {
  const operator = (reference: string): TestImage => ({
    labels: OPERATOR,
    layers: [
      [
        file('manifests/image-references', imageReferences(['etcd'])),
        file('manifests/01.yaml', configMap('etcd', `0.0.1-snapshot-${reference}`)),
      ],
    ],
  });
  const version = (files: readonly { bytes: Uint8Array }[]): string | undefined =>
    /value: "(.*)"/.exec(Buffer.from(files[2]?.bytes ?? []).toString())?.[1];

  it('stand in for what no image declares; an image that declares one is believed', async (t) => {
    const silent = await setUp(t, { ...IMAGES, 'etcd-operator': operator('kubernetes') });
    const componentVersions = 'kubernetes=1.33.4';
    await assert.rejects(preparePayload(silent.input, silent.options), { code: 'PAYLOAD_VERSION_REFERENCE' });
    const made = await preparePayload(silent.input, { ...silent.options, componentVersions });
    assert.equal(version(made.files), '1.33.4');
    const labels = { 'io.openshift.build.versions': 'kubernetes=1.34.0' };
    const declared = await setUp(t, {
      ...IMAGES,
      'etcd-operator': operator('kubernetes'),
      etcd: { labels, layers: [[file('usr/bin/etcd', 'etcd')]] },
    });
    const own = await preparePayload(declared.input, { ...declared.options, componentVersions });
    assert.equal(version(own.files), '1.34.0');
  });

  it('are checked, and recorded for the next time', async (t) => {
    const { input, options, release } = await setUp(t, { ...IMAGES, 'etcd-operator': operator('kubernetes') });
    await assert.rejects(preparePayload(input, { ...options, componentVersions: 'kubernetes=one' }), {
      code: 'PAYLOAD_COMPONENT_VERSION_INVALID',
    });
    await newPayload(input, { ...options, componentVersions: 'kubernetes=1.33.4', to: release });
    const { equal, differences } = await reproducePayload(await loadPayload(release, NIGHTLY), options);
    assert.deepEqual([equal, differences], [true, []]);
  });
});

describe('a release made again', () => {
  it('is equal, with all that its own options were', async (t) => {
    const { input, options, release, content } = await setUp(t);
    const base = await pushImage(content, { layers: [[file('usr/bin/other', 'base of its own')]] });
    await newPayload(input, {
      ...options,
      include: ['cli'],
      baseImage: `localhost:8080/okd/content@${base}`,
      baseTag: 'none-of-the-components',
      metadata: { url: 'https://okd.io/' },
      to: release,
    });
    const payload = await loadPayload(release, NIGHTLY);
    const again = await reproducePayload(payload, options);
    assert.deepEqual(again.differences, []);
    assert.equal(again.digest.made, payload.digest);
  });

  it('that is not equal says in which file, line and layer', async (t) => {
    const { input, options, release, content } = await setUp(t);
    await newPayload(input, { ...options, to: release });
    const payload = await loadPayload(release, NIGHTLY);
    const forged = {
      ...payload,
      files: payload.files.map((entry) =>
        entry.name.endsWith('01.yaml')
          ? {
              ...entry,
              bytes: Buffer.from(Buffer.from(entry.bytes).toString().replace('namespace: test', 'namespace: x')),
            }
          : entry,
      ),
    };
    const again = await reproducePayload(forged, { ...options, resolve: () => content });
    assert.deepEqual([again.equal, again.recompressed], [false, false]);
    assert.deepEqual(
      again.differences.map(({ what, name }) => [what, name]),
      [['file', '0000_50_etcd-operator_01.yaml']],
    );
    assert.match(again.differences[0]?.made ?? '', /first difference in line 5/);
    const { image } = payload;
    const rootfs = { type: 'layers' as const, diff_ids: [digestOf('base'), digestOf('other')] };
    const layered = { ...payload, image: { ...image, config: { ...image.config, rootfs } } };
    const other = await reproducePayload(layered, { ...options, resolve: () => content });
    assert.deepEqual(
      [other.recompressed, other.differences.map(({ what, name }) => [what, name])],
      [
        false,
        [
          ['layer', '1'],
          ['layer', '2'],
        ],
      ],
    );
  });
});

describe('a release for several platforms', () => {
  /** The base for two architectures, and the list that names them. */
  async function listOf(content: Repository, oci: boolean): Promise<string> {
    const members = [];
    for (const architecture of ['amd64', 'arm64']) {
      const layers = [[file('usr/bin/cluster-version-operator', architecture)]];
      members.push({ architecture, digest: await pushImage(content, { architecture, oci, layers }) });
    }
    return await pushList(content, members, oci);
  }

  for (const oci of [false, true])
    it(`keeps the list of ${oci ? 'an OCI' : 'a docker'} base, the same payload in each image`, async (t) => {
      const { content, options, release, specs } = await setUp(t);
      const list = await listOf(content, oci);
      const multi = { ...specs, 'cluster-version-operator': `localhost:8080/okd/content@${list}` };
      const input = { imageStream: parseImageStream(imageStream(multi), 'is.json') };
      const metadata = { 'release.openshift.io/architecture': 'multi' };
      const made = await newPayload(input, { ...options, metadata, keepManifestList: true, to: release });
      const members = (await loadList(release, NIGHTLY)) ?? [];
      assert.deepEqual(
        members.map(({ platform, image }) => [platform.architecture, image.config.architecture, image.mediaType]),
        [
          ['amd64', 'amd64', MEDIA.dockerManifest],
          ['arm64', 'arm64', MEDIA.dockerManifest],
        ],
      );
      for (const { image } of members) assert.equal(image.config.rootfs.diff_ids.at(-1), made.layer.diffId);
      assert.equal((await release.manifest(NIGHTLY)).mediaType, MEDIA.dockerList);
      const payload = await loadPayload(release, NIGHTLY);
      assert.equal(payload.listDigest, made.digest);
      assert.equal(
        payload.imageReferences.tags.find(({ name }) => name === 'cluster-version-operator')?.from?.name,
        `localhost:8080/okd/content@${list}`,
      );
      const again = await reproducePayload(payload, options);
      assert.deepEqual(again.differences, []);
      assert.deepEqual(again.digest, { recorded: made.digest, made: made.digest });
      assert.equal(again.recompressed, false);
      // Without the option it is one image, of the architecture asked for.
      const single = await preparePayload(input, { ...options, architecture: 'arm64' });
      assert.equal(single.platforms, undefined);
      assert.match(Buffer.from(single.image.config).toString(), /"architecture":"arm64"/);
    });
});

describe('a release written to files', () => {
  it('stands in a folder with its times, or as a layer', async (t) => {
    const { input, options } = await setUp(t);
    const made = await preparePayload(input, options);
    const folder = join(await scratch(t), 'release');
    await writePayloadFolder(made, folder);
    assert.deepEqual((await readdir(folder)).sort(), made.files.map(({ name }) => name).sort());
    const path = join(folder, '0000_50_etcd-operator_01.yaml');
    assert.equal((await stat(path)).mtimeMs / 1000, MTIME);
    assert.deepEqual(await readFile(path), Buffer.from(made.files[2]?.bytes ?? []));
    const layer = join(folder, '..', 'layer.tar.gz');
    await writePayloadLayer(made, layer);
    assert.equal(digestOf(await readFile(layer)), made.layer.digest);
    assert.equal((await stat(layer)).mtime.toISOString(), CREATED.toISOString());
  });

  it('is refused when a name would leave the folder', async (t) => {
    const folder = await scratch(t);
    const evil = { files: [{ name: '../evil', bytes: Buffer.from('x'), mode: 0o444, mtime: 0 }] };
    await assert.rejects(writePayloadFolder(evil, join(folder, 'in')), { code: 'PAYLOAD_FILE_NAME' });
    assert.deepEqual(await readdir(folder), []);
  });
});
