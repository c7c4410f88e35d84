/**
 * Serves the built site with the sample data of fixture.ts: `node web/dev/serve.ts [PORT]`. Mounts it as the real
 * server does, with the same Content-Security-Policy, so that what works here works there.
 */
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import type { Api } from '../src/lib/api.ts';
import { sampleApi } from './fixture.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

type Handler = (request: unknown, response: unknown, next: undefined, locals: { readonly api: Api }) => Promise<void>;

/** A server, not listening yet, of the site built in `folder` (a file URL ending with a slash). */
export async function serveSite(api: Api = sampleApi, folder = new URL('../dist/', import.meta.url)): Promise<FastifyInstance> {
  const { handler } = (await import(new URL('server/entry.mjs', folder).href)) as { handler: Handler };
  const app = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.addHook('onSend', async (_request, reply) => void reply.header('content-security-policy', POLICY));
  app.all('/api/*', async (request, reply) => {
    const { status, body } = await api(request.url, { method: request.method, body: request.body });
    return reply.code(status).send(body);
  });
  await app.register(fastifyStatic, { root: fileURLToPath(new URL('client/', folder)), wildcard: false, index: ['index.html'] });
  app.setNotFoundHandler(async (request, reply) => {
    reply.hijack();
    reply.raw.setHeader('content-security-policy', POLICY);
    await handler(request.raw, reply.raw, undefined, { api });
  });
  return app;
}

if (import.meta.main) {
  const app = await serveSite();
  const address = await app.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 4321) });
  process.stdout.write(`sample data at ${address}\n`);
}
