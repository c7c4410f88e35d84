import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { PAGE_HEADERS } from '../http/index.ts';

/** What a page may ask: the same HTTP API that everybody uses, called in this process. */
export type SiteApi = (
  path: string,
  init?: { readonly method?: string; readonly body?: unknown },
) => Promise<{ status: number; body: unknown }>;

type SiteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
  locals: { api: SiteApi },
) => void;

/** The in-process API of an app. */
export function siteApi(app: FastifyInstance): SiteApi {
  return async (path, init) => {
    const method = init?.method === 'POST' ? 'POST' : 'GET';
    const answer = await app.inject({
      method,
      url: path,
      headers: { host: 'localhost' },
      ...(init?.body === undefined ? {} : { payload: init.body as object }),
    });
    const json = String(answer.headers['content-type'] ?? '').includes('json');
    return { status: answer.statusCode, body: json ? answer.json() : answer.body };
  };
}

/** Pages made when the site was built, by their address without a slash at the end: `/guides`. */
async function prerenderedPages(client: string): Promise<Set<string>> {
  const pages = new Set<string>();
  for await (const file of glob('**/index.html', { cwd: client })) pages.add(`/${dirname(file)}`);
  return pages;
}

/**
 * Serves the built site (`web/dist`): files of `client/` as they are, everything else through Astro's middleware.
 * Errors: `SITE_NOT_BUILT`.
 */
export async function serveSite(app: FastifyInstance, folder: string): Promise<void> {
  const entry = join(folder, 'server', 'entry.mjs');
  if (!existsSync(entry)) {
    throw new SlipwayError('SITE_NOT_BUILT', 'the site is not built.', {
      place: { file: entry },
      hint: 'Run `npm run build`.',
    });
  }
  const { handler } = (await import(pathToFileURL(entry).href)) as { handler: SiteHandler };
  const api = siteApi(app);
  await app.register(fastifyStatic, {
    root: join(folder, 'client'),
    wildcard: false,
    index: ['index.html'],
    globIgnore: ['_astro/**'],
    maxAge: 0,
  });
  await app.register(fastifyStatic, {
    root: join(folder, 'client', '_astro'),
    prefix: '/_astro/',
    decorateReply: false,
    immutable: true,
    maxAge: '365d',
  });
  const prerendered = await prerenderedPages(join(folder, 'client'));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    if ((request.method === 'GET' || request.method === 'HEAD') && prerendered.has(path))
      return reply.sendFile(`${path.slice(1)}/index.html`);
    if ((request.method !== 'GET' && request.method !== 'HEAD') || path === '/api' || path.startsWith('/api/')) {
      return reply
        .code(404)
        .send({ code: 'ROUTE_NOT_FOUND', message: `there is nothing at ${request.method} ${request.url}.` });
    }
    reply.hijack();
    // A hijacked reply passes the hooks by that would have added these.
    for (const [name, value] of Object.entries(PAGE_HEADERS)) reply.raw.setHeader(name, value);
    handler(
      request.raw,
      reply.raw,
      (error) => {
        if (error !== undefined)
          request.log.error({ err: error }, `${request.url}: the page could not be made: ${messageOf(error)}`);
        if (reply.raw.headersSent) reply.raw.end();
        else
          reply.raw
            .writeHead(error === undefined ? 404 : 500, { 'content-type': 'text/plain; charset=utf-8' })
            .end(error === undefined ? 'Not found\n' : 'The page could not be made; the log of the server says why.\n');
      },
      { api },
    );
    return reply;
  });
}
