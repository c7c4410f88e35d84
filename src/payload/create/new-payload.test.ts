import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ImageSource } from '../../oci/index.ts';
import { loadPayload } from '../info/load.ts';
import { parseImageStream } from '../stream/parse.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  OPERATOR,
  pushImage,
  type TestImage,
} from '../testing/images.ts';
import { NIGHTLY, setUp } from '../testing/sources.ts';
import { newPayload, preparePayload } from './new-payload.ts';

const CVO: TestImage = {
  layers: [
    [file('manifests/0000_00_cluster-version-operator_00.yaml', configMap('cvo'))],
    [file('usr/bin/cluster-version-operator', 'cvo')],
  ],
};
const ETCD: TestImage = { layers: [[file('usr/bin/etcd', 'etcd')]] };
const ETCD_OPERATOR: TestImage = {
  labels: OPERATOR,
  layers: [
    [
      file('manifests/image-references', imageReferences(['etcd'])),
      file('manifests/01_etcd.yaml', configMap('etcd', 'quay.io/openshift/origin-etcd')),
    ],
  ],
};

describe('a new payload', () => {
  it('is pushed and reads back as it was made', async (t) => {
    const { release, options, input, specs } = await setUp(t, {
      'cluster-version-operator': CVO,
      etcd: ETCD,
      'etcd-operator': ETCD_OPERATOR,
    });
    const made = await newPayload(input, { ...options, to: release, toName: 'localhost:8080/okd/release' });
    assert.equal(made.pullSpec, `localhost:8080/okd/release@${made.digest}`);
    const read = await loadPayload(release, NIGHTLY, { name: 'localhost:8080/okd/release' });
    assert.equal(read.digest, made.digest);
    assert.equal(read.reference, `localhost:8080/okd/release:${NIGHTLY}`);
    assert.deepEqual(
      read.images.map(({ name, pullSpec }) => [name, pullSpec]),
      Object.entries(specs),
    );
    assert.deepEqual(
      read.files.map(({ name }) => name),
      ['image-references', 'release-metadata', '0000_50_etcd-operator_01_etcd.yaml'],
    );
    assert.equal(read.image.manifest.layers.length, 3);
    assert.equal(read.payloadLayer, 2);
    assert.deepEqual((await newPayload(input, { ...options, to: release })).digest, made.digest, 'twice the same');
  });

  it('made of a release is the same release, or another version with the same content', async (t) => {
    const { release, options, input } = await setUp(t, {
      'cluster-version-operator': CVO,
      etcd: ETCD,
      'etcd-operator': ETCD_OPERATOR,
      cli: { layers: [[file('usr/bin/oc', 'oc')]] },
    });
    const made = await newPayload(input, { ...options, include: ['cli'], to: release });
    const nightly = await loadPayload(release, NIGHTLY);
    const again = await preparePayload(
      { fromRelease: nightly },
      { creationTimestamp: new Date(0), resolve: options.resolve },
    );
    assert.equal(again.reproduced, true);
    assert.equal(again.image.digest, made.digest);
    const stable = await newPayload(
      { fromRelease: nightly },
      {
        ...options,
        name: '4.21.0-okd-scos.0',
        previous: ['4.20.0-okd-scos.3'],
        creationTimestamp: new Date('2026-11-24T00:00:00Z'),
        to: release,
      },
    );
    assert.deepEqual(stable.imageReferences.tags, nightly.imageReferences.tags);
    assert.equal(stable.created, '2026-11-24T00:00:00Z');
    assert.equal(stable.imageReferences.annotations['release.openshift.io/from-release'], nightly.reference);
    assert.deepEqual(stable.metadata.previous, ['4.20.0-okd-scos.3']);
  });

  it('takes manifests of all layers, with deletions', async (t) => {
    const layered: TestImage = {
      labels: OPERATOR,
      layers: [
        [
          file('manifests/a.yaml', configMap('a1')),
          file('manifests/b.yaml', configMap('b1')),
          file('manifests/old/x.yaml', configMap('x1')),
        ],
        [file('manifests/c.yaml', configMap('c1')), file('manifests/.wh.b.yaml', ''), file('usr/bin/op', 'op')],
        [file('etc/late', 'layer without manifests')],
      ],
    };
    const emptied: TestImage = {
      labels: OPERATOR,
      layers: [
        [file('manifests/gone.yaml', configMap('gone'))],
        [file('manifests/.wh..wh..opq', ''), file('manifests/new.yaml', configMap('new'))],
      ],
    };
    const { options, input } = await setUp(t, { 'cluster-version-operator': CVO, layered, emptied });
    const made = await preparePayload(input, options);
    assert.deepEqual(
      made.files.slice(2).map(({ name }) => name),
      ['0000_50_emptied_new.yaml', '0000_50_layered_a.yaml', '0000_50_layered_c.yaml'],
    );
  });

  it('pins overrides, leaves out what is excluded, and renames the repository', async (t) => {
    const { content, options, input } = await setUp(t, {
      'cluster-version-operator': CVO,
      etcd: ETCD,
      'etcd-operator': ETCD_OPERATOR,
    });
    const other = await pushImage(content, { layers: [[file('usr/bin/etcd', 'another')]] });
    await content.putManifest(
      'fix',
      'application/vnd.docker.distribution.manifest.v2+json',
      (await content.manifest(other)).bytes,
    );
    const made = await preparePayload(input, {
      ...options,
      overrides: [{ source: 'etcd', destination: 'localhost:8080/okd/content:fix' }],
      mirrorTo: 'quay.io/okd/scos-content',
    });
    const etcd = made.imageReferences.tags.find(({ name }) => name === 'etcd');
    assert.equal(etcd?.from?.name, `quay.io/okd/scos-content@${other}`);
    assert.equal(etcd?.annotations?.['io.openshift.release.override'], 'true');
  });

  it('gives an OCI base docker media types, and refuses layers that have none', async (t) => {
    const oci = await setUp(t, { 'cluster-version-operator': { ...CVO, oci: true } });
    const made = await newPayload(oci.input, { ...oci.options, to: oci.release });
    const read = await loadPayload(oci.release, made.digest);
    assert.deepEqual(
      read.image.manifest.layers.map(({ mediaType }) => mediaType),
      new Array(3).fill('application/vnd.docker.image.rootfs.diff.tar.gzip'),
    );
    const zstd = await setUp(t, {
      'cluster-version-operator': { ...CVO, oci: true, layerType: 'application/vnd.oci.image.layer.v1.tar+zstd' },
    });
    await assert.rejects(preparePayload(zstd.input, zstd.options), { code: 'PAYLOAD_BASE_UNSUPPORTED' });
  });
});

describe('nothing is pushed', () => {
  async function refused(
    t: TestContext,
    images: Readonly<Record<string, TestImage>>,
    change: (stream: string) => string,
    expected: object,
    resolve?: (content: ImageSource) => ImageSource,
  ) {
    const { release, content, options, specs } = await setUp(t, images);
    const imageStreamFile = parseImageStream(change(imageStream(specs)), 'is.json');
    const open = resolve === undefined ? options.resolve : () => resolve(content);
    await assert.rejects(
      newPayload({ imageStream: imageStreamFile }, { ...options, resolve: open, to: release }),
      expected,
    );
    assert.deepEqual(await release.tags(), []);
  }
  const images = { 'cluster-version-operator': CVO, etcd: ETCD };

  it('when a component is missing in its registry', async (t) => {
    const missing = `sha256:${'0'.repeat(64)}`;
    await refused(t, images, (text) => text.replace(/("etcd".*?@)sha256:[0-9a-f]{64}/, `$1${missing}`), {
      code: 'PAYLOAD_COMPONENT_MISSING',
      message: /component "etcd" is missing in its registry/,
      place: { image: `localhost:8080/okd/content@${missing}` },
    });
  });

  it('when two components have one name', async (t) => {
    await refused(t, { ...images, second: ETCD }, (text) => text.replace('"second"', '"etcd"'), {
      code: 'PAYLOAD_COMPONENT_DUPLICATE',
    });
  });

  it('when an operator names an unknown component', async (t) => {
    await refused(t, { 'cluster-version-operator': CVO, 'etcd-operator': ETCD_OPERATOR }, (text) => text, {
      code: 'PAYLOAD_COMPONENT_UNKNOWN',
    });
  });

  it('when a manifest does not parse', async (t) => {
    const broken: TestImage = {
      labels: OPERATOR,
      layers: [[file('manifests/a.yaml', 'kind: A\napiVersion: v1\n  x: [\n')]],
    };
    await refused(t, { ...images, broken }, (text) => text, {
      code: 'PAYLOAD_YAML_INVALID',
      message: /^broken\/a\.yaml: invalid YAML\/JSON: line 3: /,
    });
  });

  it('when a layer of an operator is not what its digest says', async (t) => {
    const lie = (content: ImageSource): ImageSource => ({
      name: content.name,
      manifest: (reference) => content.manifest(reference),
      blob: async (descriptor) => {
        const stream = await content.blob(descriptor);
        const bytes = Buffer.concat(await stream.toArray());
        const { Readable } = await import('node:stream');
        const compressed = bytes[0] === 0x1f;
        return Readable.from([compressed ? bytes.subarray(0, bytes.length - 20) : bytes]);
      },
    });
    await refused(
      t,
      { ...images, 'etcd-operator': ETCD_OPERATOR },
      (text) => text,
      (error: { code: string; message: string }) =>
        /^OCI_/.test(error.code) && /^component "etcd-operator", layer sha256:[0-9a-f]{64}: /.test(error.message),
      lie,
    );
  });

  it('when the image is no release', async (t) => {
    const { content, specs } = await setUp(t, images);
    await assert.rejects(loadPayload(content, specs.etcd?.split('@')[1] ?? ''), { code: 'PAYLOAD_MISSING' });
  });
});
