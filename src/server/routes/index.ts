import type { App, ServerOptions } from '../types.ts';
import { auditRoutes } from './audit.ts';
import { channelRoutes } from './channels.ts';
import { compareRoutes } from './compare.ts';
import { demoRoutes } from './demo.ts';
import { explainRoutes } from './explain.ts';
import { fileRoutes } from './files.ts';
import { partRoutes } from './parts.ts';
import { releaseRoutes } from './releases.ts';
import { statusRoutes } from './status.ts';
import { streamRoutes } from './streams.ts';

export { GRAPH_PATHS, graphRoutes } from './graph/graph.ts';
export { graphFileRoutes } from './graph/graph-files.ts';
export { metricsRoute } from './graph/metrics.ts';

/** The engine's routes, one file a noun; each registers itself. Those of an update graph also serve without an engine. */
export const ENGINE_ROUTES: readonly ((app: App, options: ServerOptions) => void | Promise<void>)[] = [
  statusRoutes,
  streamRoutes,
  releaseRoutes,
  explainRoutes,
  auditRoutes,
  compareRoutes,
  partRoutes,
  channelRoutes,
  demoRoutes,
  fileRoutes,
];
