import { configMap, INCLUDED } from '../../../testing/images.ts';
import { object, testRules } from '../../../testing/rules.ts';
import { ORDER } from './order.ts';

const CRD = object(
  'CustomResourceDefinition',
  'apiextensions.k8s.io/v1',
  'spec: {group: example.com, names: {kind: Thing}}\n',
);
const THING = object('Thing', 'example.com/v1', '');
const NAMESPACE = `apiVersion: v1\nkind: Namespace\nmetadata: {name: test, annotations: {${INCLUDED}}}\n`;

/** The same, only with these feature sets. */
const only = (text: string, ...sets: readonly string[]) =>
  text.replace(
    INCLUDED,
    `${INCLUDED}${text === NAMESPACE ? ', ' : '\n    '}release.openshift.io/feature-set: "${sets.join(',')}"`,
  );

testRules('order', ORDER, {
  M208: {
    bad: [
      ['warning', { files: { '0000_50_machine-config_01.yaml': configMap('a1') } }],
      ['warning', { files: { '0000_50_cluster-version-operator_01.yaml': configMap('a1') } }],
      ['warning', { files: { '0000_30_a_1.yaml': THING, '0000_50_a_1.yaml': CRD } }],
      ['warning', { files: { '0000_50_a_1.yaml': configMap('a1'), '0000_50_a_2.yaml': NAMESPACE } }],
      // The variant that comes in time is for other clusters.
      [
        'warning',
        {
          files: {
            '0000_10_a_1.yaml': only(CRD, 'OKD'),
            '0000_30_a_1.yaml': only(THING, 'Default'),
            '0000_50_a_1.yaml': only(CRD, 'Default'),
          },
        },
      ],
    ],
    good: [
      // Each kind of cluster gets one variant, in time.
      {
        files: {
          '0000_10_a_1.yaml': only(CRD, 'Default', 'OKD'),
          '0000_30_a_1.yaml': only(THING, 'Default', 'OKD'),
          '0000_50_a_1.yaml': only(CRD, 'TechPreviewNoUpgrade'),
          '0000_50_a_2.yaml': only(THING, 'TechPreviewNoUpgrade'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': only(NAMESPACE, 'Default', 'OKD'),
          '0000_50_a_2.yaml': only(configMap('a1'), 'Default', 'OKD'),
          '0000_50_a_3.yaml': only(NAMESPACE, 'TechPreviewNoUpgrade'),
          '0000_50_a_4.yaml': only(configMap('b1'), 'TechPreviewNoUpgrade'),
        },
      },
      {
        files: { '0000_80_machine-config_01.yaml': configMap('a1'), '0000_90_machine-config_01.yaml': configMap('b1') },
      },
      { files: { '0000_10_machine-config_01.yaml': CRD, '0000_20_etcd-operator_01.yaml': configMap('a1') } },
      { files: { '0000_30_a_1.yaml': CRD, '0000_50_a_1.yaml': THING } },
      { files: { '0000_50_a_1.yaml': NAMESPACE, '0000_50_a_2.yaml': configMap('a1') } },
      { files: { '0000_50_a_1.yaml': configMap('a1'), '0000_50_b_2.yaml': NAMESPACE } },
    ],
  },
});
