// Manifests in the forms that real releases have (openshift/api payload-manifests, cluster-etcd-operator,
// machine-config-operator): nothing is wrong with them, and each of them with one thing wrong is found.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { generateKey, updateKeysManifest } from '../../sign/index.ts';
import { FEATURE_SETS } from '../manifest/inclusion.ts';
import { facts, pullSpec, VERSION } from '../testing/facts.ts';
import { lintFacts } from './lint.ts';
import { LINT_RULES } from './rules/index.ts';
import { factsInView } from './views.ts';

type Files = Readonly<Record<string, string>>;
type Annotations = Readonly<Record<string, string>>;

const ALL_PROFILES: Annotations = {
  'include.release.openshift.io/hypershift': 'true',
  'include.release.openshift.io/ibm-cloud-managed': 'true',
  'include.release.openshift.io/self-managed-high-availability': 'true',
  'include.release.openshift.io/single-node-developer': 'true',
};
const TOMBSTONE: Annotations = { ...ALL_PROFILES, 'release.openshift.io/delete': 'true' };

/** One object as JSON, which is YAML too. */
function object(
  apiVersion: string,
  kind: string,
  name: string,
  rest: Readonly<Record<string, unknown>> = {},
  annotations: Annotations = ALL_PROFILES,
): string {
  return `${JSON.stringify({ apiVersion, kind, metadata: { name, annotations }, ...rest })}\n`;
}

function namespaced(apiVersion: string, kind: string, name: string, rest = {}, annotations = ALL_PROFILES): string {
  const { metadata, ...other } = JSON.parse(object(apiVersion, kind, name, rest, annotations));
  return `${JSON.stringify({ ...other, metadata: { ...metadata, namespace: 'openshift-test-operator' } })}\n`;
}

function featureGates(profile: string, file: string): Files {
  const enabled: Readonly<Record<string, readonly string[]>> = {
    TechPreviewNoUpgrade: ['NewThing'],
    DevPreviewNoUpgrade: ['NewThing'],
    CustomNoUpgrade: [],
  };
  return Object.fromEntries(
    FEATURE_SETS.filter((set) => set !== 'CustomNoUpgrade').map((set) => {
      const on = enabled[set] ?? [];
      const gates = (names: readonly string[]) => names.map((name) => ({ name }));
      const off = ['NewThing'].filter((name) => !on.includes(name));
      return [
        `0000_50_cluster-config-api_featureGate-4-10-${file}-${set}.yaml`,
        object(
          'config.openshift.io/v1',
          'FeatureGate',
          'cluster',
          { spec: {}, status: { featureGates: [{ enabled: gates(on), disabled: gates(off), version: VERSION }] } },
          {
            [`include.release.openshift.io/${profile}`]: 'false-except-for-the-config-operator',
            'release.openshift.io/feature-set': set,
            'release.openshift.io/major-version': '4,5,6,7,8,9,10',
          },
        ),
      ];
    }),
  );
}

function crd(plural: string, annotations: Annotations, description: string): string {
  return object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    `${plural}.config.openshift.io`,
    {
      spec: {
        group: 'config.openshift.io',
        names: { kind: plural, plural, singular: plural, listKind: `${plural}List` },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: 'object',
                description,
                properties: {
                  scopes: {
                    description,
                    type: 'array',
                    items: { type: 'string', maxLength: 512 },
                    'x-kubernetes-list-type': 'set',
                    'x-kubernetes-validations': [{ rule: 'self.all(s, size(s) > 0)', message: description }],
                  },
                  replicas: { type: 'integer', format: 'int32', default: 1, minimum: 0 },
                  extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, additionalProperties: true },
                },
              },
            },
          },
        ],
      },
    },
    { ...ALL_PROFILES, ...annotations },
  );
}

const SCOPES =
  'A scope is docker.io/library/busybox:latest (not busybox:latest), a repository, e.g. quay.io/openshift-release-dev/ocp-release, ' +
  'or registry.redhat.io/product/repo.';

function deployment(name: string, annotations: Annotations): string {
  return namespaced(
    'apps/v1',
    'Deployment',
    name,
    {
      spec: {
        replicas: 1,
        selector: { matchLabels: { name } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: 1 } },
        template: {
          metadata: {
            creationTimestamp: null,
            labels: { name },
            annotations: {
              'openshift.io/required-scc': 'restricted-v2',
              'target.workload.openshift.io/management': '{"effect": "PreferredDuringScheduling"}',
            },
          },
          spec: {
            priorityClassName: 'system-cluster-critical',
            containers: [
              {
                name: 'operator',
                image: pullSpec('cluster-version-operator'),
                env: [
                  { name: 'OPERAND_IMAGE', value: pullSpec('stream-coreos') },
                  { name: 'OPERATOR_IMAGE_VERSION', value: VERSION },
                  { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                ],
                livenessProbe: { httpGet: { path: '/healthz', port: 'https', scheme: 'HTTPS' } },
                resources: { requests: { cpu: '10m', memory: '50Mi', 'ephemeral-storage': 1e9 } },
              },
            ],
          },
        },
      },
    },
    annotations,
  );
}

const RULES = {
  groups: [
    {
      name: 'test',
      rules: [
        {
          alert: 'Test',
          expr: 'max by (node) (test{job="x"}) > 0',
          annotations: {
            summary: 'Node {{ $labels.exported_node }} is at {{ $value | humanize }}.',
            description:
              '{{ with $labels.cluster}}Cluster {{ . }}: {{ end }}{{ printf "%.0f" $value }}% on {{ $labels.job }}.',
          },
          labels: { severity: 'warning', note: '{{ $labels.node }}' },
        },
      ],
    },
  ],
};

const KEY = await generateKey({ name: 'OKD', email: 'okd@example.com', at: new Date('2026-01-01'), bits: 2048 });
const FILES: Files = {
  ...featureGates('self-managed-high-availability', 'SelfManagedHA'),
  ...featureGates('hypershift', 'Hypershift'),
  ...Object.fromEntries(
    [...FEATURE_SETS].map((set) => [
      `0000_10_config-operator_01_apiservers-${set}.crd.yaml`,
      crd('apiservers', { 'release.openshift.io/feature-set': set }, `The API server of ${set}.`),
    ]),
  ),
  '0000_10_config-operator_01_clusterimagepolicies.crd.yaml': crd('clusterimagepolicies', {}, SCOPES),
  '0000_10_config-operator_01_nodes-4.crd.yaml': crd('nodes', { 'release.openshift.io/major-version': '4' }, 'Of 4.'),
  '0000_10_config-operator_01_nodes-5.crd.yaml': crd('nodes', { 'release.openshift.io/major-version': '5' }, 'Of 5.'),
  '0000_50_test-operator_00_namespace.yaml': object('v1', 'Namespace', 'openshift-test-operator'),
  '0000_50_test-operator_01_secret.yaml': namespaced('v1', 'Secret', 'client', {
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': '', 'tls.key': '' },
  }),
  '0000_50_test-operator_02_images.yaml': namespaced('v1', 'ConfigMap', 'images', {
    data: { 'images.json': JSON.stringify({ os: pullSpec('stream-coreos') }), releaseVersion: VERSION },
  }),
  '0000_50_test-operator_03_deployment.yaml': deployment('plain', ALL_PROFILES),
  '0000_50_test-operator_04_new.yaml': deployment('gated', {
    ...ALL_PROFILES,
    'release.openshift.io/feature-gate': 'NewThing',
  }),
  '0000_50_test-operator_05_old.yaml': deployment('gated', {
    ...ALL_PROFILES,
    'release.openshift.io/feature-set': 'Default,OKD',
  }),
  '0000_50_test-operator_06_clusteroperator.yaml': object('config.openshift.io/v1', 'ClusterOperator', 'test', {
    spec: {},
    status: {
      versions: [{ name: 'operator', version: VERSION }],
      relatedObjects: [{ group: '', resource: 'namespaces', name: 'openshift-test-operator' }],
    },
  }),
  '0000_50_test-operator_07_policy.yaml': object(
    'admissionregistration.k8s.io/v1beta1',
    'MutatingAdmissionPolicy',
    'a',
  ),
  '0000_90_test-operator_01_rules.yaml': namespaced('monitoring.coreos.com/v1', 'PrometheusRule', 'a', { spec: RULES }),
  '0000_90_test-operator_02_dashboard.yaml': namespaced('v1', 'ConfigMap', 'dashboard', {
    data: { 'a.json': JSON.stringify({ panels: [{ targets: [{ legendFormat: '{{instance}} {{ node }}' }] }] }) },
  }),
  '0000_90_test-operator_90_deletion.yaml': [
    namespaced('batch/v1', 'CronJob', 'gone', {}, { ...TOMBSTONE, 'release.openshift.io/feature-set': 'Default' }),
    namespaced('apps/v1', 'Deployment', 'gone', {}, TOMBSTONE),
    namespaced('batch/v1', 'Job', 'gone', {}, TOMBSTONE),
  ].join('---\n'),
  '0000_90_cluster-update-keys_configmap.yaml': updateKeysManifest({
    name: 'test',
    publicKeys: [KEY.publicKey],
    store: 'https://example.org/signatures',
  }),
};

const found = async (files: Files, featureSet?: string) => {
  const all = await facts({ files });
  return lintFacts(featureSet === undefined ? all : factsInView(all, { featureSet }), LINT_RULES);
};

describe('lint of manifests in the forms of real releases', () => {
  it('finds nothing, for clusters of any feature set', async () => {
    assert.deepEqual(await found(FILES), []);
    for (const featureSet of FEATURE_SETS) assert.deepEqual(await found(FILES, featureSet), [], featureSet);
  });

  it('finds what is changed in one of them', async () => {
    const change = async (file: string, from: string, to: string) => {
      const text = FILES[file] ?? '';
      assert.ok(text.includes(from), `${file}: ${from}`);
      const rules = (await found({ ...FILES, [file]: text.replaceAll(from, to) })).map(({ rule }) => rule);
      return [...new Set(rules)].join();
    };
    const cases: readonly (readonly [rule: string, file: string, from: string, to: string])[] = [
      ['M211', '0000_90_test-operator_01_rules.yaml', '{{ $labels.node }}', '{{.ReleaseImage}}'],
      ['M211', '0000_90_test-operator_02_dashboard.yaml', '{{instance}}', '{{index .Images `cli`}}'],
      [
        'M211',
        '0000_10_config-operator_01_clusterimagepolicies.crd.yaml',
        '"default":1',
        '"default":"docker.io/library/busybox:latest"',
      ],
      [
        'M212',
        '0000_10_config-operator_01_clusterimagepolicies.crd.yaml',
        '"default":1',
        '"default":"registry.redhat.io/product/repo"',
      ],
      ['M212', '0000_50_test-operator_03_deployment.yaml', pullSpec('stream-coreos'), 'quay.io/a/b'],
      ['M212', '0000_50_test-operator_02_images.yaml', pullSpec('stream-coreos'), 'quay.io/a/b:1'],
      ['M202', '0000_10_config-operator_01_nodes-5.crd.yaml', '"5"', '"4"'],
      [
        'M202',
        '0000_50_cluster-config-api_featureGate-4-10-SelfManagedHA-OKD.yaml',
        '"enabled":[]',
        '"enabled":[{"name":"NewThing"}]',
      ],
      ['M204', '0000_10_config-operator_01_apiservers-OKD.crd.yaml', '"OKD"', '"DevPreviewNoUpgrade"'],
      ['M209', '0000_90_test-operator_90_deletion.yaml', '"release.openshift.io/delete":"true"', '"a":"b"'],
      ['M209', '0000_50_test-operator_03_deployment.yaml', '"50Mi"', '"50 MiB"'],
      ['M210', '0000_50_test-operator_07_policy.yaml', 'MutatingAdmissionPolicy', 'MutatingWebhookConfiguration'],
      ['M216', '0000_50_test-operator_01_secret.yaml', '"tls.key":""', '"tls.key":"eA=="'],
    ];
    for (const [rule, ...what] of cases) assert.match(await change(...what), new RegExp(rule), what.join(' '));
  });
});
