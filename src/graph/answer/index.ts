export { answerGraph, gradeRisk } from './answer.ts';
export { errorBody, GRAPH_MEDIA_TYPES, negotiateAccept, negotiateEncoding, parseGraphQuery } from './protocol.ts';
export {
  answerBytes,
  CORS,
  compressAnswer,
  type GraphRequest,
  type GraphResponse,
  graphResponder,
  type RenderedAnswer,
  renderAnswer,
  renderedAnswers,
  respondWithError,
} from './render.ts';
