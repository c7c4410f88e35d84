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
/** Newer kinds of the same versions, and the versions after them. */
const SERVED = [
  ['PodDisruptionBudget', 'policy/v1'],
  ['MutatingAdmissionPolicy', 'admissionregistration.k8s.io/v1beta1'],
  ['VolumeAttributesClass', 'storage.k8s.io/v1beta1'],
  ['FlowSchema', 'flowcontrol.apiserver.k8s.io/v1'],
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

testRules('objects', OBJECTS, {
  M209: {
    bad: [
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
