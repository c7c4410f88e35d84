import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. */
export const SAFETY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

/** Headers of every page. */
export const PAGE_HEADERS = { ...SAFETY_HEADERS, 'content-security-policy': CONTENT_SECURITY_POLICY } as const;

/** Whether a Host header names this server: loopback, or one of these. */
export function knownHost(allowed: readonly string[]): (host: string) => boolean {
  return (host) => LOOPBACK.test(host) || allowed.includes(host);
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

function refuse(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(403).send({ code: 'REQUEST_REFUSED', message });
}

/**
 * What stands between a browser and a server on loopback: a page of another origin must not be able to act here.
 * - The Host header must name this server (DNS rebinding).
 * - A request that changes something and comes from a browser must come from this origin (cross-site request forgery).
 * - Pages get a strict Content-Security-Policy.
 */
export function guard(app: FastifyInstance, allowedHosts: readonly string[]): void {
  const known = knownHost(allowedHosts);
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.headers.host !== undefined && !known(request.headers.host))
      return refuse(reply, `this server does not answer for the host "${request.headers.host}".`);
    if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
    const { origin } = request.headers;
    if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === request.headers.host)) {
      return refuse(reply, 'a page of another site may not change anything here.');
    }
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    const html = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
    reply.headers(html ? PAGE_HEADERS : SAFETY_HEADERS);
    return payload;
  });
}

/**
 * What needs the engine is not asked while it closes. The registry goes on: a job that is under way pulls from it.
 */
export function whileOpen(app: FastifyInstance, engine: { readonly closing: boolean }): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!engine.closing || request.url.startsWith('/v2/')) return;
    return reply.code(503).send({ code: 'SERVER_STOPPING', message: 'this server is being stopped.' });
  });
}
