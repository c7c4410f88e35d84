import { MEDIA } from '../../../../oci/index.ts';
import { SlipwayError } from '../../../../util/index.ts';
import { component, digest, pullSpec, tag, VERSION } from '../../../testing/facts.ts';
import { testRules } from '../../../testing/rules.ts';
import { STRUCTURE } from './structure.ts';

/** By digest, but no pull specs. */
const UNPARSEABLE = ['http://quay.io/okd/cli', 'quay.io/OKD/cli', 'quay.io/okd/\u001b[2Kcli'].map((repository) => ({
  name: 'cli',
  pullSpec: `${repository}@${digest('cli')}`,
  digest: digest('cli'),
}));

const layer = { mediaType: MEDIA.dockerLayer, digest: digest('l'), size: 1 };
const ociLayer = { ...layer, mediaType: MEDIA.ociLayerGzip };
const UNREADABLE = new SlipwayError('PAYLOAD_COMPONENT_MISSING', 'component "cli": the registry has no such image.');

const member = (architecture: string, payload: string) => ({
  platform: `linux/${architecture}`,
  payload: digest(payload),
});

/** What the registry says that it has of a component's only layer. */
const sized = (name: string, size: number | undefined) => ({
  facts: { componentSizes: new Map([[name, new Map([[digest(`${name} layer`), size]])]]) },
});

testRules('structure', STRUCTURE, {
  P001: {
    bad: [
      ['error', { files: {} }],
      ['error', { facts: { base: [] } }],
      ['warning', { facts: { base: undefined } }],
    ],
  },
  P002: {
    bad: [
      ['error', { stream: { name: '4.21.0-okd-scos.0' } }],
      ['error', { labels: { 'io.openshift.release.base-image-digest': digest('cluster-version-operator') } }],
    ],
  },
  P003: {
    bad: [
      ['error', { labels: { 'io.openshift.release': VERSION } }],
      [
        'error',
        { labels: { 'io.openshift.release': VERSION, 'io.openshift.release.base-image-digest': digest('other') } },
      ],
      [
        'warning',
        {
          labels: {
            'io.openshift.release': VERSION,
            'io.openshift.release.base-image-digest': digest('stream-coreos'),
          },
        },
      ],
    ],
  },
  P004: {
    bad: [
      ['error', { payload: { payloadLayer: 0 }, facts: { components: [] } }],
      ['error', { payload: { strays: ['manifests/evil.yaml'] } }],
      ['error', { facts: { components: [component('cluster-version-operator')] } }],
    ],
  },
  P005: {
    bad: [
      [
        'error',
        {
          image: {
            manifest: {
              schemaVersion: 2,
              config: { mediaType: MEDIA.dockerConfig, digest: digest('c'), size: 1 },
              layers: [ociLayer, layer],
            },
          },
        },
      ],
      ['error', { facts: { components: [component('cli', { layers: [ociLayer] })] } }],
      ['error', { facts: { sizes: new Map([[digest('layer'), 2]]) } }],
      ['error', sized('stream-coreos', 99)],
      ['error', sized('stream-coreos', undefined)],
      ['error', { facts: { sizes: new Map([[digest('layer'), undefined]]) } }],
    ],
    good: [
      { facts: { sizes: new Map([[digest('layer'), 1]]) } },
      sized('stream-coreos', 100),
      {
        image: {
          mediaType: MEDIA.ociManifest,
          manifest: {
            schemaVersion: 2,
            config: { mediaType: MEDIA.ociConfig, digest: digest('c'), size: 1 },
            layers: [ociLayer, ociLayer],
          },
        },
      },
    ],
  },
  P006: {
    bad: [
      [
        'error',
        {
          tags: [
            tag('cluster-version-operator'),
            { ...tag('cli'), from: { kind: 'DockerImage', name: 'quay.io/okd/cli:latest' } },
          ],
        },
      ],
      [
        'error',
        {
          tags: [tag('cluster-version-operator'), tag('cli')],
          facts: { unreadable: [{ name: 'cli', pullSpec: pullSpec('cli'), error: UNREADABLE }] },
        },
      ],
    ],
  },
  P007: {
    good: UNPARSEABLE.map((image) => ({ payload: { images: [image] } })),
    bad: [
      [
        'warning',
        {
          payload: {
            images: [
              { name: 'cli', pullSpec: `registry.ci.openshift.org/origin/x@${digest('cli')}`, digest: digest('cli') },
            ],
          },
        },
      ],
    ],
  },
  P008: {
    bad: [
      ['error', { tags: [tag('cli'), tag('cli')] }],
      ['warning', { tags: [tag('etcd'), tag('cli')] }],
    ],
  },
  P009: {
    bad: [
      ['warning', { metadata: { previous: ['4.21'] } }],
      ['warning', { metadata: { previous: ['4.21.1', '4.21.0'] } }],
      ['warning', { metadata: { metadata: { url: 'no url' } } }],
      ['error', { metadata: { metadata: { 'release.openshift.io/architecture': 'multi' } } }],
      ['error', { payload: { listDigest: digest('list') } }],
    ],
    good: [
      { metadata: { previous: ['4.20.0', '4.21.0'], metadata: { url: 'https://okd.io/x' } } },
      {
        metadata: { metadata: { 'release.openshift.io/architecture': 'multi' } },
        payload: {
          listDigest: digest('list'),
          metadata: {
            version: VERSION,
            previous: [],
            next: [],
            metadata: { 'release.openshift.io/architecture': 'multi' },
          },
        },
      },
    ],
  },
  P010: {
    bad: [
      ['warning', { stream: { creationTimestamp: '2027-01-01T00:00:00Z' } }],
      ['warning', { stream: { creationTimestamp: '2026-11-23T05:14:00Z' } }],
    ],
  },
  P012: {
    bad: [
      ['error', { facts: { list: { members: [member('amd64', 'a'), member('arm64', 'b')], components: [] } } }],
      [
        'error',
        {
          facts: {
            list: {
              members: [member('amd64', 'a'), member('arm64', 'a')],
              components: [{ name: 'cli', platforms: ['linux/amd64'] }],
            },
          },
        },
      ],
      ['error', { facts: { list: { members: [], components: [{ name: 'cli', platforms: undefined }] } } }],
    ],
    good: [
      {
        facts: {
          list: {
            members: [member('amd64', 'a'), member('arm64', 'a')],
            components: [{ name: 'cli', platforms: ['linux/amd64', 'linux/arm64', 'linux/s390x'] }],
          },
        },
      },
    ],
  },
});
