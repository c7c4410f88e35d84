export { createGraphServer, createServer } from './app.ts';
export { ensureSite } from './build-site.ts';
export { exportSite } from './export.ts';
export { parseExplanation, parseGraphAnswer, parsePaths, parsePromotions } from './schema/graph.ts';
export type {
  ChannelView,
  RejudgedView,
  ReleaseDetail,
  ReleaseProgress,
  ReleaseSummary,
  StatusView,
  StreamView,
} from './schema/index.ts';
export type { App, ServerOptions } from './types.ts';
