// What `payload new` refuses before anything is pushed, and what it warns about.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseReference } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import {
  formatInput,
  loadPayload,
  newPayload,
  parseImageStream,
  parseMappings,
  preparePayload,
  reproducePayload,
} from '../index.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  OPERATOR,
  pushImage,
  pushList,
  type TestImage,
} from '../testing/images.ts';
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

describe('what the input alone shows to be wrong', () => {
  it('is refused before any component is read', async (t) => {
    const { options, specs } = await setUp(t);
    const asked: string[] = [];
    const ask = (what: string) => async () => {
      asked.push(what);
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'there is none.');
    };
    const { 'cluster-version-operator': base, ...others } = specs;
    const silent = { ...options, resolve: (name: string) => ({ name, manifest: ask(name), blob: ask(name) }) };
    const of = (images: Readonly<Record<string, string>>, change: object = {}) =>
      preparePayload({ imageStream: parseImageStream(imageStream(images), 'is.json') }, { ...silent, ...change });
    const noBase = { code: 'PAYLOAD_BASE_MISSING', place: { field: '--to-image-base-tag' } };
    await assert.rejects(of(others), noBase);
    await assert.rejects(of(specs, { baseTag: 'cvo' }), noBase);
    await assert.rejects(of(specs, { include: ['cvo'] }), { code: 'PAYLOAD_COMPONENT_UNKNOWN' });
    await assert.rejects(of({ ...specs, zz: `localhost:1/zz@sha1:${'0'.repeat(40)}` }), {
      code: 'PAYLOAD_COMPONENT_UNPINNED',
    });
    await assert.rejects(of({ ...specs, zz: 'localhost:1/ZZ:1' }), { code: 'PAYLOAD_PULL_SPEC_INVALID' });
    const short = () => parseReference('zz:1') && assert.fail();
    await assert.rejects(of({ ...specs, zz: 'zz:1' }, { resolve: short }), { code: 'OCI_REFERENCE_INVALID' });
    assert.deepEqual(asked, []);
    // Of the base image, where it is no component, its registry knows; nobody else is asked before.
    await assert.rejects(of(others, { baseImage: base }), { code: 'PAYLOAD_COMPONENT_MISSING' });
    assert.deepEqual(asked, [base]);
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

  it('what a release records and another tool left out is a note, what is asked for an error', async (t) => {
    const { options, input, release } = await setUp(t);
    await newPayload(input, { ...options, include: ['cli'], to: release });
    const whole = await loadPayload(release, NIGHTLY);
    const tags = whole.imageReferences.tags.filter(({ name }) => name !== 'cli');
    const fromRelease = { ...whole, imageReferences: { ...whole.imageReferences, tags } };
    const note = 'The release records that "cli" is kept, but another tool left it out.';
    const again = await preparePayload({ fromRelease }, options);
    assert.deepEqual([again.warnings, again.metadata.metadata], [[note], {}]);
    const { name: _, ...unchanged } = options;
    const same = await preparePayload({ fromRelease }, unchanged);
    assert.deepEqual([same.warnings, same.metadata], [[note], whole.metadata]);
    assert.deepEqual((await preparePayload({ fromRelease }, { ...options, exclude: ['cli'] })).warnings.slice(1), []);
    await assert.rejects(preparePayload({ fromRelease }, { ...options, include: ['cli'] }), {
      code: 'PAYLOAD_COMPONENT_UNKNOWN',
      place: { field: '--include' },
    });
  });

  it('an override that gets into no release is warned about', async (t) => {
    const { options, input, specs } = await setUp(t);
    const of = async (source: string, change: object = {}) => {
      const overrides = [{ source, destination: specs.etcd ?? '' }];
      return (await preparePayload(input, { ...options, overrides, ...change })).warnings;
    };
    assert.deepEqual(await of('etcd'), []);
    assert.deepEqual(await of('etdc'), [
      'The override of "etdc" is not in the release: no operator refers to it. Did you mean "etcd"?',
    ]);
    assert.deepEqual(await of('cli'), ['The override of "cli" is not in the release: no operator refers to it.']);
    assert.deepEqual(await of('cli', { include: ['cli'] }), []);
    assert.deepEqual(await of('cli', { exclude: ['cli'] }), [
      'The override of "cli" is not in the release: it is excluded.',
    ]);
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

  it('versions that an image declares, or no manifest asks for, are said not to be used', async (t) => {
    const manifest = (name: string, ...keys: readonly string[]) =>
      file(`manifests/${name}.yaml`, configMap(name, keys.map((key) => `0.0.1-snapshot-${key}`).join(' ')));
    const operator = (references: readonly string[], ...keys: readonly string[]): TestImage => ({
      labels: OPERATOR,
      layers: [[file('manifests/image-references', imageReferences(references)), manifest(references.join(), ...keys)]],
    });
    const labels = { 'io.openshift.build.versions': 'kubernetes=1.34.1' };
    const { options, input } = await setUp(t, {
      ...IMAGES,
      hyperkube: { labels, layers: [[file('usr/bin/hyperkube', 'x')]] },
      'kube-operator': operator(['hyperkube'], 'kubernetes'),
    });
    const of = async (componentVersions: string, change: object = {}) =>
      (await preparePayload(input, { ...options, componentVersions, ...change })).warnings;
    assert.deepEqual(await of('kubernetes=1.99.0'), ['kubernetes=1.99.0 is not used: hyperkube declares 1.34.1.']);
    assert.deepEqual(await of('kubernetes=1.99.0', { compat: 'oc' }), []);
    assert.deepEqual(await of('machine-os=9.0.0'), [
      'machine-os=9.0.0 is not used: no manifest has 0.0.1-snapshot-machine-os.',
    ]);
    const other = await setUp(t, { ...IMAGES, 'etcd-operator': operator(['etcd'], 'kubernetes') });
    const used = { ...other.options, componentVersions: 'kubernetes=1.99.0' };
    assert.deepEqual((await preparePayload(other.input, used)).warnings, []);
  });

  it('a mirror is a repository: a tag or a digest, which would be lost, is refused before anything is asked', async (t) => {
    const { options, input } = await setUp(t);
    const resolve = (): never => assert.fail('no registry is asked');
    for (const mirrorTo of ['quay.io/okd/content:tag', `quay.io/okd/content@sha256:${'0'.repeat(64)}`]) {
      const expected = { code: 'PAYLOAD_MIRROR_TARGET', place: { field: '--mirror' } };
      await assert.rejects(preparePayload(input, { ...options, mirrorTo, resolve }), expected);
      assert.throws(() => formatInput(input, { ...options, mirrorTo, resolve }), expected);
    }
    const port = await preparePayload(input, { ...options, mirrorTo: 'localhost:5000/okd/content' });
    assert.match(port.imageReferences.tags[0]?.from?.name ?? '', /^localhost:5000\/okd\/content@sha256:/);
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
