import { INCLUDED } from '../../../testing/images.ts';
import { deployment, object, one, testRules } from '../../../testing/rules.ts';
import { WORKLOADS } from './workloads.ts';

function workload(replicas: number, spec: string, container = 'resources: {requests: {cpu: 10m}}'): string {
  return object(
    'Deployment',
    'apps/v1',
    `spec:
  replicas: ${replicas}
  template:
    metadata:
      annotations: {openshift.io/required-scc: restricted-v2, target.workload.openshift.io/management: "{}"}
    spec:
      priorityClassName: system-cluster-critical
${spec}      containers:
      - name: main
        ${container}
`,
    [INCLUDED],
  );
}

testRules('workloads', WORKLOADS, {
  M214: {
    bad: [
      ['warning', one(deployment(''))],
      ['info', one(workload(2, ''))],
      ['warning', one(workload(1, '', 'resources: {requests: {cpu: 10m}, limits: {cpu: 1}}'))],
      ['info', one(workload(1, '', 'image: x'))],
    ],
    good: [
      one(workload(1, '')),
      one(workload(2, '      affinity: {podAntiAffinity: {}}\n')),
      one(workload(2, '      topologySpreadConstraints: [{maxSkew: 1}]\n')),
    ],
  },
});
