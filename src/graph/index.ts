export { answerGraph } from './answer/answer.ts';
export {
  errorBody,
  GRAPH_MEDIA_TYPES,
  negotiateAccept,
  negotiateEncoding,
  parseGraphQuery,
} from './answer/protocol.ts';
export {
  CORS,
  type GraphRequest,
  type GraphResponse,
  graphResponder,
  type RenderedAnswer,
  renderAnswer,
  renderedAnswers,
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
export {
  answerFromFiles,
  type GraphFiles,
  type GraphInputs,
  loadGraph,
  parseRules,
  type RuleTexts,
  readGraphData,
  readInputs,
  readRuleTexts,
} from './data/files.ts';
export { followGraph } from './data/follow.ts';
export { durationMs } from './data/okd.ts';
export { type ParseOptions, parseGraphData } from './data/parse.ts';
export { parseReleases } from './data/releases.ts';
export { type ClusterExplanation, clusterConcerns, forCluster } from './explain/cluster.ts';
export { type ExplainCode, isOffered, MEANING } from './explain/codes.ts';
export { type EdgeExplanation, explainEdge, explainFrom } from './explain/explain.ts';
export { importCincinnati } from './import/cincinnati.ts';
export { httpReader, readJson } from './import/fetch.ts';
export { newEvidence, newReleases } from './import/ledger.ts';
export { importRegistry } from './import/registry.ts';
export { importArchive, importReleaseController } from './import/release-controller.ts';
export type { Imported } from './import/types.ts';
export { LINT_RULES, lintGraph } from './lint/lint.ts';
export { imageSetConfiguration, mermaid, mirrorList, runbook } from './plan/output.ts';
export { type Hop, newestReachable, type Plan, type PlanRequest, planPaths } from './plan/plan.ts';
export { gateClock } from './promote/clock.ts';
export { listPromotions, promotedFiles } from './promote/propose.ts';
export { badgeSvg } from './see/badge.ts';
export { homeChannel } from './see/drawings.ts';
export { channelDot, channelMermaid } from './see/export.ts';
export { lanesSvg } from './see/lanes.ts';
export { matrixHtml, matrixOf } from './see/matrix.ts';
export { timelineSvg } from './see/timeline.ts';
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
  Promotion,
  Risk,
} from './types.ts';
export { cincinnatiFiles, graphDataArchive } from './write/cincinnati.ts';
export { copyBaseLayers, folderReader, imageBase, published, writeSite } from './write/folder.ts';
export { signIndex, verifySite } from './write/index-file.ts';
export { liveIndex } from './write/live.ts';
export { compileSite } from './write/site.ts';
