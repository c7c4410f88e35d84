import { component, layered, VERSION } from '../../../testing/facts.ts';
import { configMap, INCLUDED, OPERATOR } from '../../../testing/images.ts';
import { deployment, object, one, testRules } from '../../../testing/rules.ts';
import { OBJECTS } from './objects.ts';

const TOMBSTONE = [INCLUDED, 'release.openshift.io/delete: "true"'];
const REMOVED = [
  ['PodDisruptionBudget', 'policy/v1beta1'],
  ['RuntimeClass', 'node.k8s.io/v1beta1'],
  ['CertificateSigningRequest', 'certificates.k8s.io/v1beta1'],
  ['EndpointSlice', 'discovery.k8s.io/v1beta1'],
  ['Event', 'events.k8s.io/v1beta1'],
  ['Lease', 'coordination.k8s.io/v1beta1'],
  ['ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/v1beta1'],
  ['StorageClass', 'storage.k8s.io/v1beta1'],
] as const;
/** What no server has, nor had. */
const UNSERVED = [
  ['configmap', 'v1'],
  ['Deploymnt', 'apps/v1'],
  ['ConfigMap', 'core/v1'],
  ['Deployment', 'apps/v2'],
  ['Deployment', 'v1'],
  ['List', 'v1'],
  ['ConfigMapList', 'v1'],
] as const;
/** Newer kinds of the same versions, and the versions after them. */
const SERVED = [
  ['PodDisruptionBudget', 'policy/v1'],
  ['MutatingAdmissionPolicy', 'admissionregistration.k8s.io/v1beta1'],
  ['VolumeAttributesClass', 'storage.k8s.io/v1beta1'],
  ['FlowSchema', 'flowcontrol.apiserver.k8s.io/v1'],
  // Of CRDs, also where their group looks like Kubernetes' own.
  ['Deploymnt', 'apps.openshift.io/v1'],
  ['VolumeSnapshot', 'snapshot.storage.k8s.io/v1'],
] as const;

/** A payload of one operator's manifests. */
const operated = (own: Readonly<Record<string, string>>) => ({
  files: Object.fromEntries(Object.entries(own).map(([name, text]) => [`0000_50_a-operator_${name}`, text])),
  facts: {
    components: [
      component('a-operator', {
        labels: OPERATOR,
        manifests: Object.entries(own).map(([name, text]) => layered(name, text)),
      }),
    ],
  },
});

const CLUSTER_OPERATOR = object(
  'ClusterOperator',
  'config.openshift.io/v1',
  `status: {relatedObjects: [{name: a}], versions: [{name: operator, version: ${VERSION}}]}\n`,
);

const PRIVATE_KEY = '-----BEGIN EC PRIVATE KEY-----';
const BASE64_KEY = Buffer.from(`a certificate\n${PRIVATE_KEY}\nabc\n`).toString('base64');

const SOUND = 'spec: {selector: {matchLabels: {a: b}}, template: {spec: {containers: [{name: main}]}}}\n';

/** A CRD of one version; `version` are more fields of it, `rest` follows its spec. */
function crd(version: string, rest = ''): string {
  const names = 'group: a, scope: Namespaced, names: {kind: A, plural: as}';
  const spec = `spec: {${names}, versions: [{name: v1, served: true, storage: true, ${version}}]}\n`;
  return object('CustomResourceDefinition', 'apiextensions.k8s.io/v1', `${spec}${rest}`);
}

/** The text of an object of that name; without a namespace where that is empty. */
function named(kind: string, apiVersion: string, name: string, namespace = 'test'): string {
  const metadata = `{name: "${name}"${namespace === '' ? '' : `, namespace: ${namespace}`}, annotations: {${INCLUDED}}}`;
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n${REST[kind] ?? ''}`;
}

/** What objects of these kinds need. */
const REST: Readonly<Record<string, string>> = {
  ClusterRoleBinding: 'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}\n',
  CronJob: 'spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}\n',
};

/** Fields of kinds that the operator itself does not decode: the server refuses them. */
const WRONG: readonly (readonly [kind: string, apiVersion: string, rest: string])[] = [
  ['NetworkPolicy', 'networking.k8s.io/v1', 'spec: {podSelector: "x"}'],
  ['PodDisruptionBudget', 'policy/v1', 'spec: {minAvailable: {a: 1}}'],
  ['StatefulSet', 'apps/v1', `${'spec: {replicas: "3", selector: {}, template: {spec: {containers: [{name: a}]}}}'}`],
  ['MutatingWebhookConfiguration', 'admissionregistration.k8s.io/v1', 'webhooks: [{name: a.b.c}]'],
  ['Secret', 'v1', "data: {a: 'not base64!!'}"],
  ['PriorityClass', 'scheduling.k8s.io/v1', 'value: "high"'],
  ['APIService', 'apiregistration.k8s.io/v1', 'spec: {version: 1, groupPriorityMinimum: 1, versionPriority: 1}'],
  ['StorageClass', 'storage.k8s.io/v1', 'reclaimPolicy: Delete'],
  ['LimitRange', 'v1', 'spec: {limits: [{type: Container, default: {cpu: 50 MiB}}]}'],
  ['HorizontalPodAutoscaler', 'autoscaling/v2', 'spec: {maxReplicas: many, scaleTargetRef: {kind: A, name: a}}'],
];

/** Names that servers refuse, of kinds by kinds. */
const NAMELESS: readonly string[] = [
  named('ConfigMap', 'v1', 'Foo_Bar'),
  named('ConfigMap', 'v1', 'a'.repeat(254)),
  named('Namespace', 'v1', 'a.b', ''),
  named('Service', 'v1', '1a'),
  named('ClusterRole', 'rbac.authorization.k8s.io/v1', 'a/b', ''),
  named('CronJob', 'batch/v1', 'a'.repeat(53)),
  named('ConfigMap', 'v1', 'a', ''),
  named('ConfigMap', 'v1', 'a', 'A_b'),
  named('NetworkPolicy', 'networking.k8s.io/v1', 'a', ''),
  named('ImageStream', 'image.openshift.io/v1', 'a', ''),
];
const NAMED: readonly string[] = [
  named('ConfigMap', 'v1', 'foo.bar-1'),
  named('Namespace', 'v1', 'a1', ''),
  named('Service', 'v1', 'a1'),
  named('ClusterRole', 'rbac.authorization.k8s.io/v1', 'system:openshift:A_b', ''),
  // Servers leave out the namespace of what is in none.
  named('ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 'a:b', 'test'),
  named('CronJob', 'batch/v1', 'a'.repeat(52)),
  named('SecurityContextConstraints', 'security.openshift.io/v1', 'a', ''),
  named('Route', 'route.openshift.io/v1', 'Foo_Bar', ''),
];

testRules('objects', OBJECTS, {
  M209: {
    bad: [
      ...WRONG.map(([kind, apiVersion, rest]) => ['error', one(object(kind, apiVersion, `${rest}\n`))] as const),
      ...NAMELESS.map((text) => ['error', one(text)] as const),
      // Servers drop what is no field.
      ['warning', one(object('Deployment', 'apps/v1', `${SOUND.replace('spec: {', 'spec: {replica: 3, ')}`))],
      ['warning', one(object('Deployment', 'apps/v1', SOUND.replace('{containers', '{contaners: [], containers')))],
      ['warning', one(crd('schema: {openAPIV3Schema: {properties: {a: {optional: true}}}}'))],
      ['warning', one(object('ImageStream', 'image.openshift.io/v1', 'spec: {tag: []}\n'))],
      ['warning', one(object('PriorityClass', 'scheduling.k8s.io/v1', 'value: 1\nvalues: 2\n'))],
      ['error', one(deployment('        env:\n        - name: A\n          value: 1\n'))],
      ['error', one(object('ConfigMap', 'v1', 'data: {a: true}\n'))],
      ['error', one(object('ConfigMap', 'v1', 'data: {a: true}\n', TOMBSTONE))],
      ['error', one(object('ConfigMap', 'v1', "binaryData: {x: 'not base64!!'}\n"))],
      [
        'error',
        one(
          `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {${INCLUDED}}, creationTimestamp: yesterday}\n`,
        ),
      ],
      ['error', one(deployment('        resources: {requests: {memory: 50 MiB}}\n'))],
      ['error', one(deployment('        resources: {limits: {cpu: abc}}\n'))],
      ['error', one(deployment('        livenessProbe: {httpGet: {port: 80.5}}\n'))],
      ['error', one(deployment('        livenessProbe: {httpGet: {port: 3000000000}}\n'))],
      ['error', one(object('Service', 'v1', 'spec: {ports: [{port: "80"}]}\n'))],
      ['error', one(object('Deployment', 'apps/v1', 'spec: {template: {spec: {containers: []}}}\n'))],
      ['error', one(object('ClusterRole', 'rbac.authorization.k8s.io/v1', 'rules: [{verbs: get}]\n'))],
      ['error', one(object('SecurityContextConstraints', 'security.openshift.io/v1', 'priority: high\n'))],
      ['error', one(crd('schema: {openAPIV3Schema: {properties: {a: {additionalProperties: {maxLength: "1"}}}}}'))],
      ['error', one(object('Deployment', 'apps/v1', `${SOUND}status: {replicas: "1"}\n`))],
      ['error', one(object('Deployment', 'apps/v1', `${SOUND}status: ready\n`))],
      ['error', one(object('Service', 'v1', 'status: {loadBalancer: []}\n'))],
      ['error', one(object('ImageStream', 'image.openshift.io/v1', 'status: {tags: {cli: x}}\n'))],
      ['error', one(object('ClusterOperator', 'config.openshift.io/v1', 'status: {versions: [{version: 4.21}]}\n'))],
      ['error', one(crd('subresources: {status: true}'))],
    ],
    good: [
      ...NAMED.map((text) => one(text)),
      // It is as if it were zero.
      one(object('PriorityClass', 'scheduling.k8s.io/v1', 'globalDefault: false\n')),
      one(object('Route', 'route.openshift.io/v1', 'more: true\n')),
      one(object('Deployment', 'apps/v1', `${SOUND}status: {none: 1}\n`)),
      one(object('ConfigMap', 'v1', 'more: true\n', TOMBSTONE)),
      // What generators leave in the manifests of real releases.
      one(object('Deployment', 'apps/v1', `${SOUND}status: {conditions: [{lastUpdateTime: null}]}\n`)),
      one(object('DaemonSet', 'apps/v1', `${SOUND}status: {}\n`)),
      one(crd('subresources: {status: {}}', 'status: {acceptedNames: {kind: "", plural: ""}, conditions: null}\n')),
      // Real releases name what they delete without its spec.
      one(object('CronJob', 'batch/v1', '', TOMBSTONE)),
      one(object('ConfigMap', 'v1', 'binaryData: {a: AAA=, b: ""}\n')),
      one(
        deployment(
          '        livenessProbe: {httpGet: {port: http}}\n        resources: {limits: {cpu: 0.5, memory: 1e3}}\n',
        ),
      ),
      one(
        `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {${INCLUDED}}, creationTimestamp: null}\n`,
      ),
      one(
        `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {${INCLUDED}}, creationTimestamp: 2026-11-23T05:15:00Z}\n`,
      ),
      one(
        deployment(
          '        env:\n        - name: A\n          value: "1"\n        resources: {requests: {cpu: 1, memory: 50Mi}}\n',
        ),
      ),
    ],
  },
  M210: {
    bad: [
      [
        'error',
        one(object('Job', 'batch/v1', 'spec: {manualSelector: true, template: {spec: {containers: [{name: a}]}}}\n')),
      ],
      ['warning', one(object('Job', 'batch/v1', 'spec: {template: {spec: {containers: [{name: a}]}}}\n'))],
      ...UNSERVED.map(([kind, version]) => ['error', one(object(kind, version, ''))] as const),
      ['warning', one(object('IPAddress', 'networking.k8s.io/v1alpha1', ''))],
      ...REMOVED.map(([kind, version]) => ['error', one(object(kind, version, ''))] as const),
    ],
    good: [
      ...SERVED.map(([kind, version]) => one(object(kind, version, ''))),
      one(object('Job', 'batch/v1', 'spec: {selector: {matchLabels: {a: b}}}\n', TOMBSTONE)),
    ],
  },
  M215: {
    bad: [
      ['warning', operated({ '01_deployment.yaml': deployment('') })],
      ['error', one(object('ClusterOperator', 'config.openshift.io/v1', 'status: {relatedObjects: [{name: a}]}\n'))],
      [
        'warning',
        one(
          object(
            'ClusterOperator',
            'config.openshift.io/v1',
            'status: {relatedObjects: [{name: a}], versions: [{name: operator, version: 1.0.0}]}\n',
          ),
        ),
      ],
      [
        'warning',
        one(
          object(
            'ClusterOperator',
            'config.openshift.io/v1',
            `status: {versions: [{name: operator, version: ${VERSION}}]}\n`,
          ),
        ),
      ],
    ],
    good: [
      operated({ '01_deployment.yaml': deployment(''), '02_operator.yaml': CLUSTER_OPERATOR }),
      operated({ '01_config.yaml': configMap('a1') }),
      one(
        object(
          'ClusterOperator',
          'config.openshift.io/v1',
          `status: {relatedObjects: [{name: a}], versions: [{name: operator, version: ${VERSION}}]}\n`,
        ),
      ),
    ],
  },
  M216: {
    bad: [
      ['error', one(object('ConfigMap', 'v1', 'data:\n  key: |\n    -----BEGIN RSA PRIVATE KEY-----\n    x\n'))],
      // In base64, as a Secret always has them, behind other text, on several lines; and in a file of an Ignition configuration.
      ['error', one(object('Secret', 'v1', `data: {tls.key: ${BASE64_KEY}}\n`))],
      [
        'error',
        one(
          object(
            'ConfigMap',
            'v1',
            `binaryData:\n  z: |\n    ${BASE64_KEY.slice(0, 40)}\n    ${BASE64_KEY.slice(40)}\n`,
          ),
        ),
      ],
      ['error', one(configMap('a1', Buffer.from(PRIVATE_KEY).toString('base64')))],
      [
        'error',
        one(object('MachineConfig', 'a/v1', `spec: {source: "data:text/plain;charset=utf-8;base64,${BASE64_KEY}"}\n`)),
      ],
      ['error', one(object('MachineConfig', 'a/v1', `spec: {source: "data:,${encodeURIComponent(PRIVATE_KEY)}"}\n`))],
      ['error', one(`# ${PRIVATE_KEY}\n${configMap('a1')}`)],
      ['warning', one(object('Secret', 'v1', 'data: {a: eA==}\n'))],
      ['error', one(configMap('a1', 'x'.repeat(1 << 20)))],
    ],
    good: [
      one(object('Secret', 'v1', 'type: Opaque\n')),
      one(object('Secret', 'v1', 'data: {tls.crt: "", tls.key: ""}\n')),
      one(
        object('ConfigMap', 'v1', `binaryData: {z: ${Buffer.from('-----BEGIN PUBLIC KEY-----').toString('base64')}}\n`),
      ),
      one(object('ConfigMap', 'v1', 'data:\n  key: "-----BEGIN CERTIFICATE-----"\n')),
    ],
  },
  M217: {
    bad: [
      ['error', one(object('ClusterServiceVersion', 'operators.coreos.com/v1alpha1', ''))],
      ['error', one(configMap('a1'), '0000_50_dns_annotations.yaml')],
    ],
    good: [
      one(object('ClusterServiceVersion', 'operators.coreos.com/v1alpha1', ''), '0000_50_olm_08-packageserver.yaml'),
    ],
  },
  M218: {
    bad: [['warning', one(deployment('', [INCLUDED, 'config.openshift.io/inject-proxy: other']))]],
    good: [one(deployment('', [INCLUDED, 'config.openshift.io/inject-proxy: main']))],
  },
});
