import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf, MEDIA } from '../../../oci/index.ts';
import {
  type ImageStream,
  loadPayload,
  type PrepareOptions,
  parseMappings,
  parsePayloadLock,
  preparePayload,
  pushPayload,
  reproducePayload,
} from '../../index.ts';
import { configMap, file, imageReferences, OPERATOR, pushImage, type TestImage } from '../../testing/images.ts';
import { IMAGES, setUp } from '../../testing/sources.ts';
import { formatPayloadLock, formatReleaseLock } from './lock.ts';

describe('a lock', () => {
  it('names every image by digest, and is the same of a release that is made of it', async (t) => {
    const { options, input, specs } = await setUp(t);
    const made = await preparePayload(input, { ...options, include: ['cli'] });
    const text = formatPayloadLock(made);
    const lock = parsePayloadLock(text, 'lock.yaml');
    assert.deepEqual(
      lock.imageStream.tags.map(({ name, from }) => [name, from?.name]),
      Object.entries(specs).sort(),
    );
    const again = await preparePayload({ imageStream: lock.imageStream }, { ...options, ...lock.options });
    assert.equal(formatPayloadLock(again), text);
  });

  it('of manifests from folders is refused', async (t) => {
    const { options, input } = await setUp(t);
    const folders = {
      folder: 'folders',
      operators: [{ tag: 'mine', files: [] }],
      notes: [],
      imageStream: input.imageStream,
    };
    const made = await preparePayload({ folders }, options);
    assert.throws(() => formatPayloadLock(made), { code: 'PAYLOAD_LOCK_FOLDERS' });
  });

  it('names the image that is not pinned, and what it does not know', () => {
    const head = 'kind: PayloadLock\napiVersion: slipway.okd.io/v1\n';
    assert.throws(() => parsePayloadLock(`${head}images: {etcd: "quay.io/okd/etcd:latest"}\n`, 'lock.yaml'), {
      code: 'PAYLOAD_LOCK_INVALID',
      place: { file: 'lock.yaml', field: 'images.etcd', image: 'quay.io/okd/etcd:latest' },
    });
    assert.throws(() => parsePayloadLock(`${head}images: {}\nimagez: {}\n`, 'lock.yaml'), {
      code: 'PAYLOAD_LOCK_INVALID',
    });
    assert.throws(() => parsePayloadLock('kind: Other\n', 'lock.yaml'), { code: 'PAYLOAD_LOCK_INVALID' });
  });
});

const operator = (manifest: string): TestImage => ({
  labels: OPERATOR,
  layers: [[file('manifests/image-references', imageReferences(['etcd'])), file('manifests/01.yaml', manifest)]],
});

type Setting = Awaited<ReturnType<typeof setUp>>;

/** What is made with other options, or of other images, than the sound release that every case begins with. */
interface Case {
  readonly options?: Partial<PrepareOptions>;
  /** Options and stream that need the registry. */
  readonly prepare?: (setting: Setting) => Promise<Partial<PrepareOptions> & { readonly imageStream?: ImageStream }>;
  readonly images?: Readonly<Record<string, TestImage>>;
  /** The release can not tell all of it: only `--to-lock` can. */
  readonly unrecorded?: true;
}

/** Another base for two platforms, in place of the stream's. */
async function listed({ content, input }: Setting) {
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const digest = await pushImage(content, { architecture, layers: [[file('usr/bin/cvo', architecture)]] });
    const { bytes, mediaType } = await content.manifest(digest);
    manifests.push({ mediaType, digest, size: bytes.length, platform: { architecture, os: 'linux' } });
  }
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.dockerList, manifests }));
  const name = `localhost:8080/okd/content@${await content.putManifest(digestOf(list), MEDIA.dockerList, list)}`;
  const tags = input.imageStream.tags.map((tag) =>
    tag.name === 'cluster-version-operator' ? { ...tag, from: { kind: 'DockerImage', name } } : tag,
  );
  return { ...input.imageStream, tags };
}

async function ownBase({ content }: Setting): Promise<string> {
  const base = await pushImage(content, { layers: [[file('usr/bin/other', 'base of its own')]] });
  return `localhost:8080/okd/content@${base}`;
}

const CASES: Readonly<Record<string, Case>> = {
  'the plainest': {},
  '--include, --metadata, --previous and --next': {
    options: {
      include: ['cli'],
      metadata: { url: 'https://okd.io/' },
      previous: ['4.20.0-okd-scos.3'],
      next: ['4.22.0-okd-scos.0'],
    },
  },
  '--exclude and --allow-missing-images': { options: { exclude: ['etcd'], allowMissingImages: true } },
  '--component-versions and their names': {
    images: { ...IMAGES, 'etcd-operator': operator(configMap('etcd', '0.0.1-snapshot-kubernetes')) },
    options: { componentVersions: 'kubernetes=1.33.4', componentVersionNames: 'kubernetes=Kubernetes' },
  },
  '--component-version-keys': {
    images: {
      ...IMAGES,
      'etcd-operator': operator(configMap('etcd', '0.0.1-snapshot-foo-bar')),
      etcd: { labels: { 'io.openshift.build.versions': 'foo-bar=1.2.3' }, layers: [[file('usr/bin/etcd', 'etcd')]] },
    },
    options: { versionKeys: ['foo-bar', 'kubernetes'] },
  },
  '--skip-manifest-check': {
    images: { ...IMAGES, 'etcd-operator': operator('not an object') },
    options: { skipManifestCheck: true },
  },
  '--to-image-base, no component': {
    prepare: async (setting) => ({ baseImage: await ownBase(setting), exclude: ['cluster-version-operator'] }),
  },
  '--to-image-base, beside the component': {
    prepare: async (setting) => ({ baseImage: await ownBase(setting) }),
  },
  '--to-image-base-tag': { options: { baseTag: 'cli' } },
  'a component that is overridden, and one that is added': {
    prepare: async (setting) => ({
      overrides: parseMappings([`etcd=${await ownBase(setting)}`, `more=${await ownBase(setting)}`]),
      include: ['more'],
    }),
  },
  '--mirror': { options: { mirrorTo: 'localhost:8080/mirror/content' } },
  '--any-version': { options: { name: '4.21.0-mine.1', anyVersion: true } },
  'tags with policies and annotations, a stream with annotations': {
    options: { annotations: { 'release.openshift.io/from-release': 'localhost:8080/okd/release:before' } },
    prepare: async ({ input: { imageStream } }) => ({
      imageStream: {
        ...imageStream,
        tags: imageStream.tags.map((tag) => ({
          ...tag,
          annotations: { note: tag.name, 'io.openshift.build.commit.id': 'of the stream' },
          generation: 2,
          importPolicy: { importMode: 'PreserveOriginal', scheduled: true },
          reference: true,
          referencePolicy: { type: 'Source' },
        })),
      },
    }),
  },
  'a list, --keep-manifest-list': {
    options: { keepManifestList: true },
    prepare: async (setting) => ({ imageStream: await listed(setting) }),
  },
  'one image of a list, for arm64': {
    options: { architecture: 'arm64' },
    prepare: async (setting) => ({ imageStream: await listed(setting) }),
  },
  '--compat oc': {
    options: { compat: 'oc', include: ['cli'], componentVersions: 'kubernetes=1.33.4', anyVersion: true },
    unrecorded: true,
  },
};

describe('the same release comes of what another was made with', () => {
  for (const [name, { options: own = {}, prepare, images, unrecorded }] of Object.entries(CASES))
    it(name, async (t) => {
      const setting = await setUp(t, images);
      const { content, release, input } = setting;
      const { imageStream, ...more } = (await prepare?.(setting)) ?? {};
      const made = await preparePayload(
        { imageStream: imageStream ?? input.imageStream },
        { ...setting.options, ...own, ...more },
      );
      const digest = (made.platforms?.list ?? made.image).digest;
      await pushPayload(made, { to: release, toName: 'localhost:8080/okd/release', toTag: 'v' });
      const { architecture, baseTag } = own;
      const payload = await loadPayload(release, 'v', {
        name: 'localhost:8080/okd/release',
        ...(architecture === undefined ? {} : { architecture }),
      });
      const resolve: PrepareOptions['resolve'] = (spec) => (spec.includes('okd/release') ? release : content);
      // Nothing of the options but where images are; the time is another one.
      const remake = async (text: string) => {
        const lock = parsePayloadLock(text, 'lock.yaml');
        const again = await preparePayload(lock, { creationTimestamp: new Date(), resolve, ...lock.options });
        return (again.platforms?.list ?? again.image).digest;
      };
      assert.equal(await remake(formatPayloadLock(made)), digest, '--to-lock');
      if (unrecorded) return;
      assert.equal(await remake(formatReleaseLock(payload)), digest, 'lock of the release');
      const again = await reproducePayload(payload, { resolve });
      assert.deepEqual([again.equal, again.differences], [true, []]);
      // A release that is made of this one with another name inherits what it was made with.
      const next = await preparePayload(
        { fromRelease: payload },
        {
          resolve,
          name: '4.21.1-okd-scos.0',
          creationTimestamp: new Date(0),
          ...(baseTag === undefined ? {} : { baseTag }),
        },
      );
      assert.equal(next.files.length, made.files.length);
    });

  it('of a release that kept what nothing refers to, and does not say why', async (t) => {
    const { release, content, options, input } = await setUp(t);
    const old = await preparePayload(input, { ...options, include: ['cli'], recordInputs: false });
    await pushPayload(old, { to: release, toTag: 'old' });
    const payload = await loadPayload(release, 'old');
    const made = await preparePayload(
      { fromRelease: payload },
      { creationTimestamp: new Date(), resolve: () => content },
    );
    for (const text of [formatPayloadLock(made), formatReleaseLock(payload)]) {
      const lock = parsePayloadLock(text, 'lock.yaml');
      const again = await preparePayload(lock, {
        creationTimestamp: new Date(),
        resolve: () => content,
        ...lock.options,
      });
      assert.equal(again.image.digest, old.image.digest);
    }
  });
});
