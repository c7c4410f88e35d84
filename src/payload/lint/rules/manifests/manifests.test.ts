import assert from 'node:assert/strict';
import { it } from 'node:test';
import { facts } from '../../../testing/facts.ts';
import { configMap, INCLUDED } from '../../../testing/images.ts';
import { annotated, object, one, testRules } from '../../../testing/rules.ts';
import { MANIFESTS } from './manifests.ts';
import { MOST_VARIANTS } from './overlap.ts';

/** A definition that clusters of some major versions get. */
const variant = (versions: string) =>
  object('CustomResourceDefinition', 'apiextensions.k8s.io/v1', '', [
    INCLUDED,
    `release.openshift.io/major-version: ${versions}`,
  ]);

/** The FeatureGate manifest of a feature set that enables these gates. */
const gates = (featureSet: string, ...enabled: readonly string[]) => ({
  [`0000_50_gates_${featureSet}.yaml`]: object(
    'FeatureGate',
    'config.openshift.io/v1',
    `status: {featureGates: [{enabled: [${enabled.map((name) => `{name: ${name}}`).join(', ')}]}]}\n`,
    [
      'include.release.openshift.io/self-managed-high-availability: "false-except-for-the-config-operator"',
      `release.openshift.io/feature-set: ${featureSet}`,
    ],
  ),
});

/** A role, that names a namespace or none. */
function role(kind: 'Role' | 'ClusterRole', namespace?: string): string {
  const named = namespace === undefined ? '' : `, namespace: ${namespace}`;
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: {name: cr1${named}, annotations: {${INCLUDED}}}\nrules: []\n`;
}

testRules('manifests', MANIFESTS, {
  M201: {
    bad: [
      ['error', one('a: b: c')],
      ['error', one('apiVersion: v1\nkind: A\nmetadata: {generateName: x}\n')],
      ['error', one('kind: A\nmetadata: {name: abc}\n')],
      ['warning', one('# read me', '0000_50_test_README.md')],
      ['warning', one('# nothing')],
    ],
  },
  M202: {
    bad: [
      ['error', { files: { '0000_50_a_1.yaml': variant('"4"'), '0000_50_b_1.yaml': variant('"4,5"') } }],
      [
        'error',
        {
          files: {
            ...gates('Default', 'NewThing'),
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: NewThing'),
            '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: "Default,OKD"'),
          },
        },
      ],
      // Somebody may enable it by hand.
      [
        'error',
        {
          files: {
            ...gates('Default'),
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: NewThing'),
            '0000_50_b_1.yaml': annotated(INCLUDED),
          },
        },
      ],
      ['error', one(`${configMap('a1')}---\n${configMap('a1')}`)],
      // A namespace that servers leave out, as what is in none has it.
      ['error', { files: { '0000_50_a_1.yaml': role('ClusterRole'), '0000_50_b_1.yaml': role('ClusterRole', 'a') } }],
      ['error', one(`${role('ClusterRole', 'a')}---\n${role('ClusterRole', 'b')}`)],
      ['error', { files: { '0000_50_a_1.yaml': configMap('a1'), '0000_50_b_1.yaml': configMap('a1') } }],
      [
        'error',
        {
          files: {
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: Default,OKD'),
            '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: OKD'),
          },
        },
      ],
    ],
    good: [
      one(`${role('Role', 'a')}---\n${role('Role', 'b')}`),
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: Default'),
          '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: OKD'),
        },
      },
      // One variant of a definition for each major version.
      { files: { '0000_50_a_1.yaml': variant('"4"'), '0000_50_b_1.yaml': variant('"5"') } },
      { files: { '0000_50_a_1.yaml': variant('"-4"'), '0000_50_b_1.yaml': variant('"4"') } },
      // A gate that only another feature set enables.
      {
        files: {
          ...gates('TechPreviewNoUpgrade', 'NewThing'),
          ...gates('Default'),
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: NewThing'),
          '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: "Default,OKD"'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Gate'),
          '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: "-Gate"'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED),
          '0000_50_b_1.yaml': annotated('include.release.openshift.io/hypershift: "true"'),
        },
      },
    ],
  },
  M203: {
    bad: [
      ['warning', one('apiVersion: v1\nkind: A\nmetadata: {name: abc}\n')],
      ['error', one(annotated('include.release.openshift.io/hypershift: "True"'))],
      ['warning', one(annotated('include.release.openshift.io/moon: "true"'))],
      // One value that is no text, and all are lost.
      ['error', one(annotated('include.release.openshift.io/hypershift: true'))],
      ['error', one(annotated(INCLUDED, 'a: 1'))],
      ['error', one(annotated(INCLUDED, 'a: null'))],
      ['error', one('apiVersion: v1\nkind: A\nmetadata: {name: abc, annotations: [a]}\n')],
    ],
    good: [
      one(
        object('FeatureGate', 'config.openshift.io/v1', '', [
          'include.release.openshift.io/hypershift: "false-except-for-the-config-operator"',
        ]),
      ),
    ],
  },
  M204: {
    bad: [
      ['error', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Nope'))],
      ['error', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Default, OKD'))],
      [
        'error',
        one(annotated(INCLUDED, 'release.openshift.io/feature-set: OKD', 'release.openshift.io/feature-gate: A')),
      ],
      ['info', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Default'))],
      ['error', one(annotated(INCLUDED, 'release.openshift.io/major-version: "4"'))],
      ...['4.21', '4,-4', ''].map(
        (versions) =>
          [
            'error',
            one(object('FeatureGate', 'a/v1', '', [`release.openshift.io/major-version: "${versions}"`])),
          ] as const,
      ),
      [
        'warning',
        {
          files: {
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Unknown'),
            '0000_50_a_2.yaml': object(
              'FeatureGate',
              'config.openshift.io/v1',
              'status: {featureGates: [{enabled: [{name: Known}]}]}\n',
            ),
          },
        },
      ],
    ],
    good: [
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: Default'),
          '0000_50_a_2.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: OKD'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Known'),
          '0000_50_a_2.yaml': object(
            'FeatureGate',
            'config.openshift.io/v1',
            'status: {featureGates: [{disabled: [{name: Known}]}]}\n',
          ),
        },
      },
    ],
  },
  M205: {
    bad: [['error', one(annotated(INCLUDED, 'capability.openshift.io/name: Console+Nope'))]],
    good: [one(annotated(INCLUDED, 'capability.openshift.io/name: Console+Build'))],
  },
  M206: {
    bad: [
      ['error', one(annotated(INCLUDED, 'release.openshift.io/delete: "yes"'))],
      ['error', one(annotated(INCLUDED, 'release.openshift.io/create-only: "false"'))],
      ['warning', one(annotated('release.openshift.io/delete: "true"'))],
    ],
    good: [one(annotated(INCLUDED, 'release.openshift.io/delete: "true"'))],
  },
  M207: {
    bad: [
      ['error', one(configMap('a1'), '0000_test.yaml')],
      ['warning', { files: { '0000_50_a_x.yaml': configMap('a1'), '0000_50_a_x_2.yaml': configMap('b1') } }],
    ],
    good: [one(configMap('a1'), '0000_50_cluster-dns-operator_02_x.yaml')],
  },
});

it('M202: of very many variants of an object, no two of which a cluster gets, the rest is said, not compared', async () => {
  const names = Array.from({ length: 9 }, (_, bit) => `Gate${bit}`);
  const files = Object.fromEntries(
    Array.from({ length: MOST_VARIANTS + 2 }, (_, n) => [
      `0000_50_a_${String(n).padStart(3, '0')}.yaml`,
      annotated(
        INCLUDED,
        `release.openshift.io/feature-gate: "${names.map((name, bit) => `${(n >> bit) & 1 ? '' : '-'}${name}`).join(',')}"`,
      ),
    ]),
  );
  const [rule] = MANIFESTS.filter(({ id }) => id === 'M202');
  const found = [...(rule?.check(await facts({ files })) ?? [])].map(({ severity, place }) => [severity, place?.file]);
  assert.deepEqual(found, [['error', `0000_50_a_${MOST_VARIANTS}.yaml`]]);
});
