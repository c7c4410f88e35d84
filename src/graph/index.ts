export { answerGraph } from './answer.ts';
export { type CheckOptions, checkAnswer, type InvariantViolation } from './check.ts';
export { compileGraph } from './compile.ts';
export { type ParseOptions, parseGraphData } from './data.ts';
export { type EdgeExplanation, explainEdge } from './explain.ts';
export { answerFromFiles, type GraphFiles, loadGraph, readGraphData } from './files.ts';
export { buildReleaseGraph } from './ledger.ts';
export { errorBody, GRAPH_MEDIA_TYPES, negotiateAccept, negotiateEncoding, parseGraphQuery } from './protocol.ts';
export { parseReleases } from './releases.ts';
export {
  type GraphRequest,
  type GraphResponse,
  type RenderedAnswer,
  renderAnswer,
  renderedAnswers,
  respondToGraphRequest,
  respondWithError,
} from './render.ts';
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
