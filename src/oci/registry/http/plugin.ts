import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import { deliver, list, PAGE_HEADER } from './answers.ts';
import type { Call, Handler, RegistryOptions, RegistryRequest } from './call.ts';
import { deleteHandlers, pushHandlers } from './push.ts';
import { ProtocolError, parseRoute, type Route } from './routes.ts';

const PULL: Readonly<Partial<Record<Route['kind'], Handler>>> = {
  manifest: deliver.manifest,
  blob: deliver.blob,
  tags: list.tags,
  referrers: list.referrers,
  upload: pushHandlers.status,
};

/** Method ► kind of route ► handler. */
const HANDLERS: Readonly<Record<string, Readonly<Partial<Record<Route['kind'], Handler>>>>> = {
  GET: PULL,
  HEAD: PULL,
  POST: { uploads: pushHandlers.begin },
  PATCH: { upload: pushHandlers.chunk },
  PUT: { upload: pushHandlers.finish, manifest: pushHandlers.manifest },
  DELETE: { upload: pushHandlers.cancel, manifest: deleteHandlers.manifest, blob: deleteHandlers.blob },
};

const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  OCI_MANIFEST_UNKNOWN: [404, 'MANIFEST_UNKNOWN'],
  OCI_BLOB_UNKNOWN: [404, 'BLOB_UNKNOWN'],
  OCI_UPLOAD_UNKNOWN: [404, 'BLOB_UPLOAD_UNKNOWN'],
  OCI_MANIFEST_BLOB_UNKNOWN: [404, 'MANIFEST_BLOB_UNKNOWN'],
  OCI_MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  OCI_REFERENCE_INVALID: [400, 'MANIFEST_INVALID'],
  OCI_DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  OCI_DIGEST_MISMATCH: [400, 'DIGEST_INVALID'],
  OCI_BLOB_TRUNCATED: [400, 'SIZE_INVALID'],
  OCI_TOO_LARGE: [413, 'SIZE_INVALID'],
  OCI_NAME_INVALID: [400, 'NAME_INVALID'],
  STORAGE_FULL: [507, 'UNKNOWN'],
};

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const send = (
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): FastifyReply =>
    reply
      .code(status)
      .headers(headers)
      .type('application/json')
      .send({ errors: [{ code, message }] });
  if (error instanceof ProtocolError) return send(error.status, error.code, error.message, error.headers);
  const known = error instanceof SlipwayError ? STATUS[error.code] : undefined;
  if (known && error instanceof SlipwayError) return send(known[0], known[1], error.describe());
  // What Fastify itself refuses: a header that is none, a path that can not be decoded.
  const { statusCode, message } = error as { readonly statusCode?: unknown; readonly message?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return send(statusCode, 'UNSUPPORTED', String(message));
  // Nobody is there any more to be answered, and nothing here went wrong.
  if (request.raw.destroyed && !request.raw.complete) return send(400, 'BLOB_UPLOAD_INVALID', 'the request broke off');
  request.log.error(
    { err: error },
    `${request.method} ${request.url}: the registry could not answer: ${messageOf(error)}`,
  );
  return send(500, 'UNKNOWN', 'the registry could not answer; its log says why');
}

function firstValues(query: unknown): Call['query'] {
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[] | undefined>).map(([key, value]) => [
      key,
      [value].flat()[0],
    ]),
  );
}

function actionOf(method: string, kind: Route['kind']): RegistryRequest['action'] {
  if (kind === 'upload' || kind === 'uploads') return 'push';
  return method === 'DELETE' ? 'delete' : method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

/**
 * The OCI distribution API 1.1 under `/v2/`: pull, push (monolithic and in chunks), mount, tags, referrers, delete.
 * Blobs are streamed both ways. A Fastify plugin; the same storage can be used in this process at the same time.
 */
export async function registryPlugin(app: FastifyInstance, options: RegistryOptions): Promise<void> {
  const { store, authorize = () => 'allow' } = options;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.setErrorHandler(refuse);
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/v2/*',
    exposeHeadRoute: false,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    schema: { hide: true },
    handler: async (request, reply) => {
      reply.header('docker-distribution-api-version', 'registry/2.0');
      const route = parseRoute((request.params as { '*': string })['*']);
      if (!route) throw new ProtocolError(404, 'NAME_UNKNOWN', 'there is nothing at this path');
      if (route.kind === 'base') return reply.type('application/json').send({});
      const { authorization } = request.headers;
      const allowed = (repository: string, action = actionOf(request.method, route.kind)) =>
        authorize({
          method: request.method,
          repository,
          action,
          ...(authorization === undefined ? {} : { authorization }),
        });
      const call: Call = {
        store,
        request,
        reply,
        query: firstValues(request.query),
        body: request.raw,
        mayPull: (repository) => allowed(repository, 'pull') === 'allow',
      };
      if (route.kind === 'catalog') return await list.catalog(call, (repository) => allowed(repository) === 'allow');
      const verdict = allowed(route.repository);
      if (verdict === 'unauthorized')
        throw new ProtocolError(401, 'UNAUTHORIZED', 'credentials are needed here', {
          'www-authenticate': 'Basic realm="slipway"',
        });
      if (verdict === 'deny') throw new ProtocolError(403, 'DENIED', 'this repository does not allow that');
      const handler = HANDLERS[request.method]?.[route.kind];
      if (!handler) throw new ProtocolError(405, 'UNSUPPORTED', `${request.method} is not possible here`);
      return await handler(call, {
        repository: route.repository,
        reference: 'reference' in route ? route.reference : '',
      });
    },
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    // A client that reads page by page follows Link; browsers' caches must not mix tags and digests up.
    if (reply.getHeader(PAGE_HEADER) === undefined && reply.getHeader('cache-control') === undefined)
      reply.header('cache-control', 'no-store');
    return payload;
  });
}
