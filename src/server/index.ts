export { createGraphServer, createServer } from './app.ts';
export type {
  ChannelView,
  RejudgedView,
  ReleaseDetail,
  ReleaseProgress,
  ReleaseSummary,
  StatusView,
  StreamView,
} from './schema/index.ts';
export { parseExplanation, parseGraphAnswer, parsePaths, parsePromotions } from './schema/index.ts';
export { ensureSite, exportSite } from './site/index.ts';
export type { App, ServerOptions } from './types.ts';
