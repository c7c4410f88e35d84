import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { CompiledGraph } from '../graph/index.ts';
import { registryPlugin } from '../oci/index.ts';
import { newApp, serveInFront } from './base.ts';
import { GraphHost, type GraphHostOptions, type IndexKeys, LiveIndex } from './graph/index.ts';
import { authorizer, whileOpen } from './http/index.ts';
import { ENGINE_ROUTES, graphFileRoutes, graphRoutes, metricsRoute } from './routes/index.ts';
import { serveSite } from './site/index.ts';
import type { App, ListenerOptions, ServerOptions } from './types.ts';

function graphHost(app: App, options: Omit<GraphHostOptions, 'failed'>): GraphHost {
  const failed = (error: unknown): void =>
    app.log.error({ err: error }, 'the update graph could not be compiled; the last good one is served');
  return new GraphHost({ ...options, failed });
}

/**
 * The whole HTTP service: API with OpenAPI 3.1 at /api/openapi.json, update graph, signatures, downloads, registry
 * under /v2/ and the site. Not listening yet.
 */
export async function createServer(options: ServerOptions): Promise<App> {
  const { engine, hosts = [] } = options;
  const app = await newApp(options, 'Streams, releases, verdicts and the update graph of an OKD release engine.');
  whileOpen(app, engine);
  const graph = graphHost(app, { compile: engine.catalogue.graph });
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    for (const register of ENGINE_ROUTES) await register(typed, options);
    graphRoutes(typed, graph);
    const { key, attestationKey, clock } = engine.tools;
    graphFileRoutes(typed, graph, new LiveIndex(graph, { attestation: [attestationKey], openpgp: key }, clock));
    metricsRoute(typed, graph, { version: options.version, releases: () => engine.catalogue.releases() });
  });
  await app.register(registryPlugin, { store: engine.tools.registry, authorize: authorizer(engine) });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  if (options.site !== undefined) await serveSite(app, options.site);
  serveInFront(app, graph, hosts, () => engine.closing);
  return app;
}

export interface GraphServerOptions extends ListenerOptions {
  /** The graph as it is now; the same object while nothing changes. */
  readonly compile: () => Promise<CompiledGraph>;
  /** How long it serves before it is asked for again, in milliseconds. */
  readonly freshMs: number;
  /** Who signs its index. */
  readonly keys?: IndexKeys;
}

/** The update graph alone, from wherever it comes: protocol, explanations, paths, drawings. Not listening yet. */
export async function createGraphServer({
  compile,
  freshMs,
  keys = { attestation: [] },
  ...options
}: GraphServerOptions): Promise<App> {
  const app = await newApp(options, 'An update graph.');
  const graph = graphHost(app, { compile, freshMs });
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    graphRoutes(typed, graph);
    graphFileRoutes(typed, graph, new LiveIndex(graph, keys, () => new Date()));
    metricsRoute(typed, graph, { version: options.version });
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  serveInFront(app, graph, options.hosts ?? [], () => false);
  return app;
}
