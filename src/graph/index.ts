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
export { type CheckOptions, checkAnswer, type InvariantViolation } from './client/invariants.ts';
export { compileGraph } from './compile/compile.ts';
export { buildReleaseGraph } from './compile/ledger.ts';
export { answerFromFiles, type GraphFiles, loadGraph, readGraphData } from './data/files.ts';
export { type ParseOptions, parseGraphData } from './data/parse.ts';
export { parseReleases } from './data/releases.ts';
export { type EdgeExplanation, explainEdge } from './explain/edge.ts';
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
