import { MEDIA } from '../../../../oci/index.ts';
import { component, digest, layered, operator, pullSpec, tag } from '../../../testing/facts.ts';
import { configMap, OPERATOR } from '../../../testing/images.ts';
import { testRules } from '../../../testing/rules.ts';
import { IMAGES } from './images.ts';

const layer = { mediaType: MEDIA.dockerLayer, digest: digest('l'), size: 1 };

testRules('images', IMAGES, {
  I101: {
    bad: [
      ['error', { facts: { components: [component('op', { labels: OPERATOR, manifests: [] })] } }],
      [
        'error',
        {
          facts: {
            components: [
              component('op', {
                labels: OPERATOR,
                layers: [layer, layer],
                manifests: [layered('a.yaml', configMap('a1'), 0), layered('b.yaml', configMap('b1'), 1)],
              }),
            ],
          },
        },
      ],
      [
        'warning',
        {
          files: { '0000_50_op_a.yaml': configMap('a1') },
          facts: {
            components: [
              component('op', {
                labels: OPERATOR,
                layers: [layer, layer],
                manifests: [layered('a.yaml', configMap('a1'), 0)],
              }),
            ],
          },
        },
      ],
    ],
    good: [
      {
        facts: { components: [component('op', { labels: OPERATOR, manifests: [layered('a.yaml', configMap('a1'))] })] },
      },
    ],
  },
  I102: {
    bad: [
      ['warning', { facts: { components: [component('op', { manifests: [layered('a.yaml', configMap('a1'))] })] } }],
    ],
    good: [{ facts: { components: [component('op', { manifests: [] }), component('other')] } }],
  },
  I103: {
    bad: [
      ['warning', { facts: { components: [operator('cluster-version-operator', ['stream-coreos'])] } }],
      [
        'error',
        {
          facts: {
            components: [component('op', { labels: OPERATOR, manifests: [layered('image-references', 'a: [')] })],
          },
        },
      ],
    ],
    good: [
      { tags: [tag('used')], files: { '0000_50_a_1.yaml': configMap('a1', pullSpec('used')) } },
      {
        tags: [tag('kept'), tag('too')],
        metadata: { metadata: { 'slipway.okd.io/include': 'kept,too' } },
      },
    ],
  },
  I104: {
    bad: [
      ['warning', { tags: [tag('stream-coreos', { 'io.openshift.build.commit.id': 'main' })] }],
      ['warning', { tags: [tag('stream-coreos', { 'io.openshift.build.source-location': '' })] }],
    ],
  },
  I105: {
    bad: [
      ['error', { tags: [tag('stream-coreos')] }],
      ['error', { tags: [tag('stream-coreos', { 'io.openshift.build.versions': 'machine-os=10.0.1' })] }],
      ['error', { tags: [tag('stream-coreos', { 'io.openshift.build.versions': 'machine-os' })] }],
      [
        'error',
        {
          tags: [
            tag('a', { 'io.openshift.build.versions': 'kubernetes=1.0.0' }),
            tag('b', { 'io.openshift.build.versions': 'kubernetes=1.0.1' }),
          ],
        },
      ],
    ],
  },
  I106: {
    bad: [
      ['error', { tags: [tag('cli')] }],
      ['error', { tags: [tag('rhel-coreos'), tag('stream-coreos')] }],
      ['error', { tags: [tag('stream-coreos')] }],
    ],
    good: [{ tags: [tag('stream-coreos-10'), tag('stream-coreos-10-extensions')] }],
  },
  I107: {
    bad: [
      ['warning', { facts: { components: [component('cli', { architecture: 'arm64' })] } }],
      [
        'warning',
        { facts: { components: [component('cli', { created: '2026-05-01T00:00:00Z' }), component('etcd')] } },
      ],
    ],
    good: [
      { facts: { components: [component('cli', { created: '2026-08-01T00:00:00Z' }), component('etcd')] } },
      { facts: { components: [component('cli', { created: '1970-01-01T00:00:00Z' }), component('etcd')] } },
    ],
  },
});
