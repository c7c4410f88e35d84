export { type ClusterExplanation, clusterConcerns, forCluster } from './cluster.ts';
export { type ExplainCode, isOffered, MEANING } from './codes.ts';
export { type EdgeExplanation, explainEdge, explainFrom } from './explain.ts';
