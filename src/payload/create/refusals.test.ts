// What `payload new` refuses before anything is pushed, and what it warns about.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  loadPayload,
  newPayload,
  parseImageStream,
  parseMappings,
  preparePayload,
  reproducePayload,
} from '../index.ts';
import { configMap, file, imageStream, OPERATOR, pushImage, pushList } from '../testing/images.ts';
import { IMAGES, NIGHTLY, setUp } from '../testing/sources.ts';

const EVIL = ['a/../../../etc/evil', 'a/b', '..', 'a\\b', 'a\u001b[31m', 'x'.repeat(129)];

describe('a name that leads elsewhere is refused', () => {
  for (const name of EVIL)
    it(`of a component: ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
      const { options, release, specs } = await setUp(t);
      const expected = { code: 'PAYLOAD_COMPONENT_NAME' };
      const etcd = specs['etcd-operator'] ?? '';
      const stream = parseImageStream(imageStream({ ...specs, [name]: etcd }), 'is.json');
      await assert.rejects(newPayload({ imageStream: stream }, { ...options, to: release }), expected);
      const input = { imageStream: parseImageStream(imageStream(specs), 'is.json') };
      const overrides = [{ source: name, destination: etcd }];
      await assert.rejects(newPayload(input, { ...options, overrides, to: release }), expected);
      const folders = {
        folder: 'in',
        operators: [{ tag: name, files: [] }],
        imageStream: input.imageStream,
        notes: [],
      };
      await assert.rejects(newPayload({ folders }, { ...options, to: release }), expected);
      await newPayload(input, { ...options, to: release, toTag: 'good' });
      const good = await loadPayload(release, 'good');
      const tags = good.imageReferences.tags.map((tag) => (tag.name === 'etcd' ? { ...tag, name } : tag));
      const hostile = { ...good, imageReferences: { ...good.imageReferences, tags } };
      await assert.rejects(reproducePayload(hostile, options), expected);
      assert.deepEqual(await release.tags(), ['good']);
    });

  for (const name of ['a\\..\\b.yaml', 'a\u001b[2J.yaml', `${'x'.repeat(240)}.yaml`])
    it(`of a manifest: ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
      const operator = { labels: OPERATOR, layers: [[file(`manifests/${name}`, configMap('a'))]] };
      const { options, release, input } = await setUp(t, { ...IMAGES, operator });
      await assert.rejects(newPayload(input, { ...options, to: release }), {
        code: 'PAYLOAD_FILE_NAME',
        place: { image: 'operator', file: `manifests/${name}` },
      });
      assert.deepEqual(await release.tags(), []);
    });

  it('of a tag: the release’s, and a component’s in a mirror', async (t) => {
    const { options, input } = await setUp(t, { ...IMAGES, ['c'.repeat(100)]: { ...IMAGES.etcd, layers: [[]] } });
    const include = ['c'.repeat(100)];
    await preparePayload(input, { ...options, include });
    const mirrorTo = 'quay.io/okd/scos-content';
    await assert.rejects(preparePayload(input, { ...options, include, mirrorTo }), { code: 'PAYLOAD_MIRROR_TARGET' });
    const name = `4.21.0-okd-scos.${'9'.repeat(120)}`;
    await assert.rejects(preparePayload(input, { ...options, name, anyVersion: true }), {
      code: 'PAYLOAD_NAME_INVALID',
    });
  });

  it('and a mapping that is none is named', () => {
    assert.throws(() => parseMappings(['etcd=a', 'foo']), {
      code: 'PAYLOAD_MAPPING_INVALID',
      place: { field: '"foo"' },
    });
  });
});

describe('what is included and excluded', () => {
  it('exclusion wins, over a release’s record too; what is given adds to the record', async (t) => {
    const more = { layers: [[file('usr/bin/more', 'more')]] };
    const { options, input, release } = await setUp(t, { ...IMAGES, more });
    const names = async (source: Parameters<typeof preparePayload>[0], change: object) => {
      const { imageReferences, metadata } = await preparePayload(source, { ...options, ...change });
      return [imageReferences.tags.map(({ name }) => name), metadata.metadata['slipway.okd.io/include']];
    };
    const kept = ['cluster-version-operator', 'etcd', 'etcd-operator'];
    assert.deepEqual(await names(input, { include: ['cli'], exclude: ['cli'] }), [kept, undefined]);
    await newPayload(input, { ...options, include: ['cli', 'more'], to: release });
    const fromRelease = await loadPayload(release, NIGHTLY);
    assert.deepEqual(await names({ fromRelease }, { exclude: ['cli'] }), [[...kept, 'more'], 'more']);
    assert.deepEqual(await names({ fromRelease }, { include: ['cli'] }), [['cli', ...kept, 'more'], 'cli,more']);
  });

  it('what is to be left out and is not there is warned about', async (t) => {
    const { options, input } = await setUp(t);
    const { warnings } = await preparePayload(input, { ...options, exclude: ['etdc', 'cli'] });
    assert.deepEqual(warnings, ['There is no component "etdc" to leave out. Did you mean "etcd"?']);
  });
});

describe('options that do not fit together', () => {
  it('names of versions without versions are refused', async (t) => {
    const { options, input } = await setUp(t);
    await assert.rejects(preparePayload(input, { ...options, componentVersionNames: 'kubernetes=Kubernetes' }), {
      code: 'PAYLOAD_COMPONENT_VERSION_INVALID',
      place: { field: '--component-versions-display-names' },
    });
  });

  it('a release for several platforms that does not say so, and one that only says so, are warned about', async (t) => {
    const { content, options, specs, input } = await setUp(t);
    const members = [];
    for (const architecture of ['amd64', 'arm64'])
      members.push({
        architecture,
        digest: await pushImage(content, { architecture, layers: [[file('cvo', 'cvo')]] }),
      });
    const list = `localhost:8080/okd/content@${await pushList(content, members)}`;
    const multi = { imageStream: parseImageStream(imageStream({ ...specs, 'cluster-version-operator': list }), 'is') };
    const metadata = { 'release.openshift.io/architecture': 'multi' };
    const warned = async (source: Parameters<typeof preparePayload>[0], change: object) =>
      (await preparePayload(source, { ...options, ...change })).warnings.map((text) => text.split(/[,:]/, 1)[0]);
    assert.deepEqual(await warned(multi, { keepManifestList: true, metadata }), []);
    assert.deepEqual(await warned(multi, { keepManifestList: true }), ['The release is for several platforms']);
    assert.deepEqual(await warned(multi, {}), []);
    assert.deepEqual(await warned(multi, { metadata }), ['The metadata has "release.openshift.io/architecture"']);
    assert.deepEqual(await warned(input, { keepManifestList: true }), ['The base image is no manifest list']);
    assert.deepEqual(await warned(input, { metadata: { 'release.openshift.io/architecture': 'arm64' } }), [
      'The metadata has "release.openshift.io/architecture"',
    ]);
  });
});
