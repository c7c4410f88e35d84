/** Sample data of the pages on which releases are compared and looked into: every state that they must be able to show. */
import type { Comparison, ReleaseChangelogView, ReleaseContentsView } from '../src/lib/types.ts';

const commit = (digit: string) => digit.repeat(40);

function comparison(from: string, to: string): Comparison {
  return {
    from,
    to,
    identical: false,
    versions: [
      { name: 'Kubernetes', version: '1.34.2', from: '1.34.1' },
      { name: 'CentOS Stream CoreOS', version: '10.0.20261120-0', from: null },
    ],
    featureGates: {
      columns: [{ featureSet: 'Default', profile: 'SelfManagedHA' }, { featureSet: 'OKD', profile: 'SelfManagedHA' }],
      gates: [{ name: 'BootcNodeManagement', tests: 3, states: ['Disabled', 'Enabled (Changed)'] }],
    },
    added: [{ name: 'tide-exporter', pullSpec: `localhost:8080/okd/scos-content@sha256:${'a'.repeat(64)}`, sourceUrl: 'https://github.com/okd-project/tide-exporter', commit: commit('d'), commitUrl: `https://github.com/okd-project/tide-exporter/commit/${commit('d')}` }],
    removed: ['old-exporter'],
    rebuilt: [{ name: 'cli', pullSpec: `localhost:8080/okd/scos-content@sha256:${'b'.repeat(64)}`, sourceUrl: null, commit: commit('e'), commitUrl: null }],
    unknownSource: [],
    changed: [
      {
        images: ['harbor-api', 'harbor-operator'],
        repository: 'https://github.com/okd-project/harbor',
        sourceUrl: 'https://github.com/okd-project/harbor',
        fromCommit: commit('1'),
        toCommit: commit('2'),
        compareUrl: `https://github.com/okd-project/harbor/compare/${commit('1')}...${commit('2')}`,
        commits: [
          { subject: 'Berths <b>are</b> counted once', pullRequest: 71, url: 'https://github.com/okd-project/harbor/pull/71', at: '2026-11-20T10:00:00Z', issues: [{ id: 'OKD-12', url: 'https://issues.redhat.com/browse/OKD-12' }] },
          { subject: 'NO-JIRA: newer base image', pullRequest: 70, url: null, at: '2026-11-19T10:00:00Z', issues: [] },
        ],
        elided: 1,
        unavailable: null,
      },
      { images: ['dock-operator'], repository: '/src/dock', sourceUrl: null, fromCommit: commit('3'), toCommit: commit('4'), compareUrl: null, commits: [], elided: 0, unavailable: 'there is no clone of /src/dock' },
    ],
    objects: [
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'harbor', name: 'harbor-operator', change: 'changed', file: '0000_50_harbor_03_deployment.yaml', fields: [{ path: 'spec.template.spec.containers[name=operator].image', from: '"a"', to: '"b"' }, { path: 'spec.replicas', from: null, to: '2' }] },
      { apiVersion: 'v1', kind: 'Service', namespace: 'harbor', name: 'metrics', change: 'changed', file: '0000_50_harbor_04_service.yaml', fields: [{ path: 'spec.ports[0].port', from: '80', to: '8080' }] },
      { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'tide', change: 'added', file: '0000_50_tide_00_namespace.yaml', fields: [] },
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'harbor', name: 'old', change: 'removed', file: '0000_50_harbor_09_old.yaml', fields: [] },
    ],
    unchangedObjects: 38,
    unreadable: [{ release: 'to', file: '0000_99_odd.yaml', reason: 'Object \'Kind\' is missing' }],
    sizes: { from: 312_000_000, to: 318_000_000, shared: 271_000_000, fresh: 47_000_000, images: [{ name: 'harbor-api', from: 41_000_000, to: 42_000_000, fresh: 12_000_000 }, { name: 'tide-exporter', from: null, to: 9_000_000, fresh: 4_000_000 }] },
    packages: { added: ['libtide.x86_64 0.3-1'], removed: [], changed: [{ name: 'openssl-libs.x86_64', from: '1:3.2.2-6.el10', to: '1:3.2.2-8.el10' }] },
  };
}

export function sampleChangelog(name: string, all: readonly string[], from: string | undefined): ReleaseChangelogView {
  const others = all.filter((other) => other !== name);
  const earlier = from ?? others[1];
  return { name, others, comparison: earlier === undefined ? null : comparison(earlier, name) };
}

export function sampleContents(name: string): ReleaseContentsView {
  return {
    name,
    published: true,
    files: [
      { name: '0000_50_harbor_03_deployment.yaml', sizeBytes: 2210, unreadable: null, objects: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'harbor', name: 'harbor-operator' }, { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'harbor' }] },
      { name: '0000_99_odd.yaml', sizeBytes: 12, unreadable: 'Object \'Kind\' is missing', objects: [] },
      { name: 'image-references', sizeBytes: 8120, unreadable: null, objects: [] },
    ],
    sizes: { layers: 31, bytes: 318_000_000, bases: 2, images: [{ name: 'cli', layers: 3, bytes: 61_000_000, unique: 21_000_000, base: 0 }, { name: 'stream-coreos', layers: 12, bytes: 201_000_000, unique: 201_000_000, base: 1 }] },
  };
}
