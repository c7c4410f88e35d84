export { answerGraph } from './answer/answer.ts';
export {
  errorBody,
  GRAPH_MEDIA_TYPES,
  negotiateAccept,
  negotiateEncoding,
  parseGraphQuery,
} from './answer/protocol.ts';
export {
  type GraphRequest,
  type GraphResponse,
  type RenderedAnswer,
  renderAnswer,
  renderedAnswers,
  respondToGraphRequest,
  respondWithError,
} from './answer/render.ts';
export { clusterReader, lossesOf } from './client/cvo.ts';
export { type CheckOptions, checkAnswer, type InvariantViolation } from './client/invariants.ts';
export type { ClusterFacts } from './cluster/facts.ts';
export { readCluster } from './cluster/kubeconfig.ts';
export { readMustGather } from './cluster/must-gather.ts';
export { compileGraph } from './compile/compile.ts';
export { buildReleaseGraph } from './compile/ledger.ts';
export { blame, headCommit } from './data/blame.ts';
export { parseEvidence } from './data/evidence.ts';
export { answerFromFiles, type GraphFiles, loadGraph, readGraphData } from './data/files.ts';
export { type ParseOptions, parseGraphData } from './data/parse.ts';
export { parseReleases } from './data/releases.ts';
export { type ClusterExplanation, clusterConcerns, forCluster } from './explain/cluster.ts';
export { type ExplainCode, isOffered, MEANING } from './explain/codes.ts';
export { type EdgeExplanation, explainEdge, explainFrom } from './explain/explain.ts';
export { imageSetConfiguration, mermaid, mirrorList, runbook } from './plan/output.ts';
export { type Hop, newestReachable, type Plan, type PlanRequest, planPaths } from './plan/plan.ts';
export type {
  AnswerNode,
  ArchGraph,
  BlockedEdge,
  Channel,
  CompiledGraph,
  CompiledNode,
  ConditionalEdges,
  EdgeFate,
  GraphAnswer,
  GraphData,
  GraphProblem,
  GraphProtocolError,
  GraphQuery,
  GraphRelease,
  LedgerRelease,
  MatchingRule,
  Risk,
} from './types.ts';
