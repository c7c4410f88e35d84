import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { databaseError } from '../../db/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { SAFETY_HEADERS } from './guard.ts';

/** HTTP status of an error code; anything not listed is the server's own fault (500). */
const STATUS: readonly (readonly [RegExp, number])[] = [
  [/^RELEASE_PROMOTION_REFUSED$/, 409],
  [/(_NOT_FOUND|_UNKNOWN)$/, 404],
  [/(_CONFLICT|_BUSY|_OUTDATED)$/, 409],
  [/(_INVALID|_NOT_OKD|_REFUSED)$/, 400],
  [/^STORAGE_FULL$/, 507],
];

/** One shape for every error of the API: `ApiError`; internal details stay in the log. */
export function sendError(
  thrown: FastifyError | SlipwayError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = databaseError(thrown);
  if (error instanceof SlipwayError) {
    const status = STATUS.find(([pattern]) => pattern.test(error.code))?.[1] ?? 500;
    if (status === 500) request.log.error({ err: error }, error.describe());
    return reply.code(status).send({
      code: error.code,
      message: error.message,
      ...(Object.keys(error.place).length === 0 ? {} : { place: error.place }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.exitCode === 1 ? { refused: true } : {}),
    });
  }
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;
  if (status >= 500) {
    request.log.error({ err: thrown }, `${request.method} ${request.url}: unexpected: ${messageOf(thrown)}`);
    return reply
      .code(500)
      .send({ code: 'INTERNAL', message: 'an unexpected error occurred; the log of the server says more.' });
  }
  const validation = 'validation' in thrown && Array.isArray(thrown.validation);
  return reply.code(status).send({ code: validation ? 'REQUEST_INVALID' : 'REQUEST_REFUSED', message: thrown.message });
}

/** Of an address that no route is looked up for: `%E0%A4%A` is no UTF-8. A browser is told in plain words. */
export function sendUnroutable(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  // No hook is run for it that would add these.
  reply.headers(SAFETY_HEADERS);
  if (/^\/(?:api|v2)(?:[/?]|$)/.test(request.url)) sendError(thrown, request, reply);
  else
    reply
      .code(thrown.statusCode ?? 400)
      .type('text/plain; charset=utf-8')
      .send('This address can not be read: a part of it is not encoded as it should be.\n');
}
