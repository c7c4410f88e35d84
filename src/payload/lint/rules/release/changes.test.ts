import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { facts } from '../../../testing/facts.ts';
import { configMap, INCLUDED } from '../../../testing/images.ts';
import { object } from '../../../testing/rules.ts';
import { lintFacts } from '../../lint.ts';
import { CHANGES } from './changes.ts';

type Files = Readonly<Record<string, string>>;

const DELETED = configMap('a1').replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/delete: "true"`);
const CRD = (...versions: readonly string[]) =>
  object(
    'CustomResourceDefinition',
    'apiextensions.k8s.io/v1',
    `spec: {versions: [${versions.map((name, index) => `{name: ${name}, served: true, storage: ${index === 0}}`).join(', ')}]}\n`,
  );
const DEPLOYMENT = (label: string) =>
  object(
    'Deployment',
    'apps/v1',
    `spec: {selector: {matchLabels: {a: ${label}}}, template: {spec: {containers: []}}}\n`,
  );

describe('lint rules about changes', () => {
  const run = async (before: Files, after: Files, from = '4.21.0-okd-scos.1') => {
    const old = await facts({ files: before, metadata: { version: from } });
    const edge = { from: old.payload, files: old.files, trust: [] };
    return lintFacts(await facts({ files: after, facts: { edge } }), CHANGES).map(({ rule }) => rule);
  };
  const one = (text: string, file = '0000_50_a_1.yaml'): Files => ({ [file]: text });

  it('nothing changed, or nothing came before: nothing to say', async () => {
    assert.deepEqual(await run(one(configMap('a1')), one(configMap('a1', 'other'))), []);
    assert.deepEqual(lintFacts(await facts(), CHANGES), []);
  });

  it('D401: an object that is gone, unless it is deleted', async () => {
    assert.deepEqual(await run(one(configMap('a1')), one(configMap('b1'))), ['D401']);
    assert.deepEqual(await run(one(configMap('a1')), one(DELETED)), []);
    const forNobody = configMap('a1').replace(INCLUDED, 'a: b');
    assert.deepEqual(await run(one(configMap('a1')), one(forNobody)), ['D401']);
    assert.deepEqual(await run(one(forNobody), one(configMap('b1'))), []);
  });

  it('D402: a deletion that is dropped within its minor version', async () => {
    assert.deepEqual(await run(one(DELETED), one(configMap('b1'))), ['D402']);
    assert.deepEqual(await run(one(DELETED), one(configMap('b1')), '4.20.0-okd-scos.1'), []);
    assert.deepEqual(await run(one(DELETED), one(DELETED)), []);
  });

  it('D403: immutable fields', async () => {
    assert.deepEqual(await run(one(DEPLOYMENT('x')), one(DEPLOYMENT('y'))), ['D403']);
    assert.deepEqual(await run(one(DEPLOYMENT('x')), one(DEPLOYMENT('x'))), []);
    const service = (spec: string) => object('Service', 'v1', `spec: {${spec}}\n`);
    assert.deepEqual(await run(one(service('clusterIP: None')), one(service('clusterIP: 10.0.0.1'))), ['D403']);
    assert.deepEqual(await run(one(service('clusterIP: None')), one(service('type: ClusterIP'))), []);
    const binding = (name: string) =>
      object('ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', `roleRef: {kind: ClusterRole, name: ${name}}\n`);
    assert.deepEqual(await run(one(binding('view')), one(binding('edit'))), ['D403']);
    assert.deepEqual(
      await run(one(binding('view')), one(binding('view, apiGroup: rbac.authorization.k8s.io'))),
      [],
      'the server fills it in',
    );
  });

  const FIXED: readonly (readonly [kind: string, apiVersion: string, old: string, now: string])[] = [
    ['Secret', 'v1', 'type: Opaque', 'type: kubernetes.io/tls'],
    ['Secret', 'v1', 'immutable: true\ndata: {a: eA==}', 'immutable: true\ndata: {a: eQ==}'],
    ['ConfigMap', 'v1', 'immutable: true\ndata: {a: x}', 'data: {a: y}'],
    ['ConfigMap', 'v1', 'immutable: true\nbinaryData: {a: eA==}', 'binaryData: {a: eQ==}'],
    ['ConfigMap', 'v1', 'immutable: true', 'immutable: false'],
    ['PriorityClass', 'scheduling.k8s.io/v1', 'value: 1', 'value: 2'],
    ['PriorityClass', 'scheduling.k8s.io/v1', 'preemptionPolicy: Never', 'preemptionPolicy: PreemptLowerPriority'],
    ['CustomResourceDefinition', 'apiextensions.k8s.io/v1', 'spec: {scope: Cluster}', 'spec: {scope: Namespaced}'],
    ['CustomResourceDefinition', 'apiextensions.k8s.io/v1', 'spec: {names: {kind: A}}', 'spec: {names: {kind: B}}'],
    ['StorageClass', 'storage.k8s.io/v1', 'provisioner: a', 'provisioner: b'],
    ['CSIDriver', 'storage.k8s.io/v1', 'spec: {attachRequired: true}', 'spec: {attachRequired: false}'],
    ['IngressClass', 'networking.k8s.io/v1', 'spec: {controller: a}', 'spec: {controller: b}'],
    ['RuntimeClass', 'node.k8s.io/v1', 'handler: a', 'handler: b'],
    ['PersistentVolumeClaim', 'v1', 'spec: {volumeMode: Block}', 'spec: {volumeMode: Filesystem}'],
    ['StatefulSet', 'apps/v1', 'spec: {podManagementPolicy: Parallel}', 'spec: {podManagementPolicy: OrderedReady}'],
    ['Job', 'batch/v1', 'spec: {completions: 1}', 'spec: {completions: 2}'],
  ];
  for (const [kind, apiVersion, old, now] of FIXED) {
    it(`D403: ${kind}, ${old.replace('\n', ', ')} becomes ${now}`, async () => {
      const written = (rest: string, ...more: readonly string[]) =>
        one(object(kind, apiVersion, `${rest}\n`, [INCLUDED, ...more]));
      assert.deepEqual(await run(written(old), written(now)), ['D403']);
      assert.deepEqual(await run(written(old), written(old)), []);
      // The operator looks at none of it again.
      assert.deepEqual(await run(written(old), written(now, 'release.openshift.io/create-only: "true"')), []);
    });
  }

  it('D403: what may change under another condition', async () => {
    const written = (kind: string, apiVersion: string, rest: string) => one(object(kind, apiVersion, `${rest}\n`));
    const same = async (kind: string, apiVersion: string, old: string, now: string) =>
      assert.deepEqual(await run(written(kind, apiVersion, old), written(kind, apiVersion, now)), []);
    await same('ConfigMap', 'v1', 'data: {a: x}', 'immutable: true\ndata: {a: y}');
    await same(
      'Job',
      'batch/v1',
      'spec: {completionMode: Indexed, completions: 1}',
      'spec: {completionMode: Indexed, completions: 2}',
    );
    await same('CSIDriver', 'storage.k8s.io/v1', 'spec: {fsGroupPolicy: File}', 'spec: {fsGroupPolicy: None}');
  });

  it('D404: the stored version of a CRD', async () => {
    assert.deepEqual(await run(one(CRD('v1alpha1', 'v1')), one(CRD('v1'))), ['D404']);
    assert.deepEqual(await run(one(CRD('v1alpha1', 'v1')), one(CRD('v1', 'v1alpha1'))), []);
  });

  it('D405: run levels; a variant is compared with its own', async () => {
    assert.deepEqual(await run(one(configMap('a1')), one(configMap('a1'), '0000_60_a_1.yaml')), ['D405']);
    const okd = configMap('a1').replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/feature-set: OKD`);
    const both: Files = { '0000_50_a_1.yaml': configMap('a1'), '0000_70_a_1.yaml': okd };
    assert.deepEqual(await run(both, both), []);
  });
});
