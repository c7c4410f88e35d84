/** Objects of generated releases: as many of each kind as a real one has, and as many as fit that each have something wrong. */
const INCLUDED = 'include.release.openshift.io/self-managed-high-availability: "true"';

/** Objects by kind, of a real release of 862 (payload format § 6); kinds of a handful are put to ConfigMaps. */
const REAL: readonly (readonly [kind: string, apiVersion: string, count: number])[] = [
  ['CustomResourceDefinition', 'apiextensions.k8s.io/v1', 103],
  ['RoleBinding', 'rbac.authorization.k8s.io/v1', 86],
  ['Role', 'rbac.authorization.k8s.io/v1', 76],
  ['ClusterRole', 'rbac.authorization.k8s.io/v1', 70],
  ['ConfigMap', 'v1', 145],
  ['ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 55],
  ['CredentialsRequest', 'cloudcredential.openshift.io/v1', 45],
  ['Service', 'v1', 43],
  ['Namespace', 'v1', 42],
  ['ServiceAccount', 'v1', 42],
  ['ServiceMonitor', 'monitoring.coreos.com/v1', 41],
  ['Deployment', 'apps/v1', 34],
  ['ClusterOperator', 'config.openshift.io/v1', 33],
  ['PrometheusRule', 'monitoring.coreos.com/v1', 24],
  ['ConsoleQuickStart', 'console.openshift.io/v1', 23],
];

/** Properties of a CRD's schema: with their words about 60 kB, 6 MB of all. */
const PROPERTIES = 250;

function head(kind: string, apiVersion: string, name: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: openshift-test\n  annotations:\n    ${INCLUDED}\n`;
}

const WORDS =
  'is what the operator of this component does with it, unless the platform says otherwise; the default is left';

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
}

const BODIES: Readonly<Record<string, string>> = {
  CustomResourceDefinition: [
    'spec:\n  group: test.openshift.io\n  names: {kind: Test, plural: tests}\n  scope: Cluster\n  versions:\n',
    '  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n',
    lines(
      PROPERTIES,
      (at) =>
        `          field${at}:\n            description: |-\n              field${at} ${WORDS}.\n              field${at} ${WORDS}.\n            type: string`,
    ),
  ].join(''),
  Role: `rules:\n${lines(20, (at) => `- apiGroups: [""]\n  resources: [a${at}, b${at}]\n  verbs: [get, list, watch]`)}`,
  ClusterRole: `rules:\n${lines(20, (at) => `- apiGroups: [""]\n  resources: [a${at}, b${at}]\n  verbs: [get, list, watch]`)}`,
  ConfigMap: `data:\n  a.json: |\n${lines(200, (at) => `    {"title": "panel ${at}", "expr": "sum(rate(test_${at}[5m]))"}`)}`,
  Deployment: `spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    spec:\n      containers:\n      - name: main\n        args:\n${lines(60, (at) => `        - --flag-${at}=value`)}`,
  PrometheusRule: `spec:\n  groups:\n  - name: a\n    rules:\n${lines(60, (at) => `    - alert: A${at}\n      expr: sum(rate(test_${at}[5m])) > 0\n      annotations:\n        description: ${WORDS}.`)}`,
};

/** Files of a release: one object each, of the kinds and about the sizes of a real one. */
export function realFiles(): ReadonlyMap<string, string> {
  return new Map(
    REAL.flatMap(([kind, apiVersion, count]) =>
      Array.from({ length: count }, (_, index): [string, string] => {
        const name = `${kind.toLowerCase()}-${index}`;
        return [`0000_50_test-operator_${name}.yaml`, `${head(kind, apiVersion, name)}${BODIES[kind] ?? ''}`];
      }),
    ),
  );
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Files in which something is wrong as often as `count` says. */
export const HOSTILE: Readonly<Record<string, (count: number) => ReadonlyMap<string, string>>> = {
  'objects with a wrong field': (count) =>
    new Map([
      [
        '0000_50_a_1.yaml',
        range(count)
          .map((at) => `${head('ConfigMap', 'v1', `a${at}`)}data: {a: 1}\n`)
          .join('---\n'),
      ],
    ]),
  'images of one object': (count) =>
    new Map([
      [
        '0000_50_a_1.yaml',
        `${head('ConfigMap', 'v1', 'a')}data:\n${lines(count, (at) => `  k${at}: quay.io/a/b:${at}`)}`,
      ],
    ]),
  'images on one line': (count) =>
    new Map([
      [
        '0000_50_a_1.yaml',
        `${head('ConfigMap', 'v1', 'a')}data:\n  a: ${range(count)
          .map((at) => `quay.io/a/b:${at}`)
          .join(' ')}\n`,
      ],
    ]),
  'variants of a fourth as many files': (count) =>
    new Map(
      range(count / 4).map((at) => {
        const gates = range(16).map((bit) => `${(at >> bit) & 1 ? '' : '-'}G${bit}`);
        return [
          `0000_50_a_${at}.yaml`,
          `${head('ConfigMap', 'v1', 'a')}    release.openshift.io/feature-gate: ${gates.join(',')}\n`,
        ];
      }),
    ),
};
