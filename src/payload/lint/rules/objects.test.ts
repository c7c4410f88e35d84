import { VERSION } from '../../testing/facts.ts';
import { configMap, INCLUDED } from '../../testing/images.ts';
import { deployment, object, one, testRules } from '../../testing/rules.ts';
import { OBJECTS } from './objects.ts';

testRules('objects', OBJECTS, {
  M209: {
    bad: [
      ['error', one(deployment('        env:\n        - name: A\n          value: 1\n'))],
      ['error', one(object('ConfigMap', 'v1', 'data: {a: true}\n'))],
      ['error', one(object('Service', 'v1', 'spec: {ports: [{port: "80"}]}\n'))],
      ['error', one(object('Deployment', 'apps/v1', 'spec: {template: {spec: {containers: []}}}\n'))],
      ['error', one(object('ClusterRole', 'rbac.authorization.k8s.io/v1', 'rules: [{verbs: get}]\n'))],
      ['error', one(object('SecurityContextConstraints', 'security.openshift.io/v1', 'priority: high\n'))],
      [
        'error',
        one(
          object(
            'CustomResourceDefinition',
            'apiextensions.k8s.io/v1',
            'spec: {group: a, scope: Namespaced, names: {kind: A, plural: as}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {properties: {a: {additionalProperties: {maxLength: "1"}}}}}}]}\n',
          ),
        ),
      ],
    ],
    good: [
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
      ['error', one(object('PodDisruptionBudget', 'policy/v1beta1', ''))],
    ],
    good: [one(object('PodDisruptionBudget', 'policy/v1', ''))],
  },
  M215: {
    bad: [
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
      ['warning', one(object('Secret', 'v1', 'data: {a: eA==}\n'))],
      ['error', one(configMap('a1', 'x'.repeat(1 << 20)))],
    ],
    good: [
      one(object('Secret', 'v1', 'type: Opaque\n')),
      one(object('Secret', 'v1', 'data: {tls.crt: "", tls.key: ""}\n')),
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
