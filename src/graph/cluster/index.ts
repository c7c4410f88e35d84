export type { ClusterFacts } from './facts.ts';
export { readCluster } from './kubeconfig.ts';
export { readMustGather } from './must-gather.ts';
export { seriesOf } from './series.ts';
