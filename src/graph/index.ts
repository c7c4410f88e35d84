export {
  answerGraph,
  CORS,
  errorBody,
  GRAPH_MEDIA_TYPES,
  type GraphRequest,
  type GraphResponse,
  graphResponder,
  negotiateAccept,
  negotiateEncoding,
  parseGraphQuery,
  type RenderedAnswer,
  renderAnswer,
  renderedAnswers,
  respondWithError,
} from './answer/index.ts';
export { type CheckOptions, checkAnswer, clusterReader, type InvariantViolation, lossesOf } from './client/index.ts';
export { type ClusterFacts, readCluster, readMustGather } from './cluster/index.ts';
export { buildReleaseGraph, compileGraph } from './compile/index.ts';
export { blame, durationMs, headCommit, type ParseOptions, parseGraphData, parseReleases } from './data/index.ts';
export { parseEvidence } from './evidence/index.ts';
export {
  type ClusterExplanation,
  clusterConcerns,
  type EdgeExplanation,
  type ExplainCode,
  explainEdge,
  explainFrom,
  forCluster,
  isOffered,
  MEANING,
} from './explain/index.ts';
export {
  answerFromFiles,
  followGraph,
  type GraphFiles,
  type GraphInputs,
  loadGraph,
  parseRules,
  type RuleTexts,
  readGraphData,
  readInputs,
  readRuleTexts,
} from './files/index.ts';
export {
  httpReader,
  type Imported,
  importArchive,
  importCincinnati,
  importRegistry,
  importReleaseController,
  newEvidence,
  newReleases,
  readJson,
} from './import/index.ts';
export { LINT_RULES, lintGraph } from './lint/index.ts';
export {
  type Hop,
  imageSetConfiguration,
  mermaid,
  mirrorList,
  newestReachable,
  type Plan,
  type PlanRequest,
  planPaths,
  runbook,
} from './plan/index.ts';
export { gateClock, listPromotions, promotedFiles } from './promote/index.ts';
export {
  badgeSvg,
  channelDot,
  channelMermaid,
  homeChannel,
  lanesSvg,
  matrixHtml,
  matrixOf,
  timelineSvg,
} from './see/index.ts';
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
export {
  cincinnatiFiles,
  compileSite,
  copyBaseLayers,
  folderReader,
  graphDataArchive,
  imageBase,
  liveIndex,
  published,
  signIndex,
  verifySite,
  writeSite,
} from './write/index.ts';
