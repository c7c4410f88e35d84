import fastifySwagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { LogController } from 'fastify';
import { Front, graphFront } from './front/index.ts';
import type { GraphHost } from './graph/index.ts';
import { errorLog, guard, sendError, sendUnroutable, validatorCompiler } from './http/index.ts';
import { GRAPH_PATHS } from './routes/index.ts';
import type { App, ListenerOptions } from './types.ts';

/** How long a connection may be silent: longer than the proxies and load balancers before it keep theirs. */
const IDLE_MS = 72_000;

/** A server without routes: errors, limits, what stands between browsers and it, and its description. */
export async function newApp({ log, hosts = [], version }: ListenerOptions, description: string): Promise<App> {
  const app: App = Fastify({
    loggerInstance: errorLog(log ?? (() => {})),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    keepAliveTimeout: IDLE_MS,
    bodyLimit: 64 * 1024,
    frameworkErrors: sendUnroutable,
  })
    .setValidatorCompiler(validatorCompiler)
    .withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(sendError);
  guard(app, hosts);
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Slipway', version, description } },
  });
  return app;
}

/** Lets polls of the update graph be answered before the server's routes. */
export function serveInFront(app: App, host: GraphHost, hosts: readonly string[], closing: () => boolean): void {
  const front = new Front(graphFront({ host, paths: GRAPH_PATHS, hosts, closing, idleMs: IDLE_MS }));
  front.before(app.server);
  app.addHook('preClose', async () => front.close());
}
