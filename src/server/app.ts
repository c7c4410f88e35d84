import fastifySwagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { LogController } from 'fastify';
import { registryPlugin } from '../oci/index.ts';
import { authorizer } from './authorize.ts';
import { sendError } from './errors.ts';
import { guard, whileOpen } from './guard.ts';
import { errorLog } from './log.ts';
import { auditRoutes } from './routes/audit.ts';
import { channelRoutes } from './routes/channels.ts';
import { compareRoutes } from './routes/compare.ts';
import { demoRoutes } from './routes/demo.ts';
import { explainRoutes } from './routes/explain.ts';
import { fileRoutes } from './routes/files.ts';
import { graphRoutes } from './routes/graph.ts';
import { releaseRoutes } from './routes/releases.ts';
import { statusRoutes } from './routes/status.ts';
import { streamRoutes } from './routes/streams.ts';
import { serveSite } from './site.ts';
import type { App, ServerOptions } from './types.ts';
import { validatorCompiler } from './validator.ts';

/** The HTTP routes, one file a noun; each registers itself with the engine. */
const ROUTES: readonly ((app: App, options: ServerOptions) => void | Promise<void>)[] = [
  statusRoutes,
  streamRoutes,
  releaseRoutes,
  explainRoutes,
  auditRoutes,
  compareRoutes,
  channelRoutes,
  demoRoutes,
  graphRoutes,
  fileRoutes,
];

/**
 * The whole HTTP service: API with OpenAPI 3.1 at /api/openapi.json, update graph, signatures, downloads, registry
 * under /v2/ and the site. Not listening yet.
 */
export async function createServer(options: ServerOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: errorLog(options.log ?? (() => {})),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    bodyLimit: 64 * 1024,
  })
    .setValidatorCompiler(validatorCompiler)
    .withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(sendError);
  guard(app, options.hosts ?? []);
  whileOpen(app, options.engine);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Slipway',
        version: options.version,
        description: 'Streams, releases, verdicts and the update graph of an OKD release engine.',
      },
    },
  });
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    for (const register of ROUTES) await register(typed, options);
  });
  await app.register(registryPlugin, { store: options.engine.tools.registry, authorize: authorizer(options.engine) });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  if (options.site !== undefined) await serveSite(app, options.site);
  return app;
}
