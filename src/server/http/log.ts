import type { FastifyBaseLogger } from 'fastify';
import { messageOf } from '../../util/index.ts';

const ignore = (): void => {};

/** The log of the server: what a request could not be answered for, one line each; nothing below an error. */
export function errorLog(write: (line: string, error?: unknown) => void): FastifyBaseLogger {
  const error = (what: unknown, message?: unknown): void => {
    const cause = typeof what === 'object' && what !== null && 'err' in what ? what.err : what;
    write(typeof message === 'string' ? message : messageOf(cause), cause);
  };
  const logger: FastifyBaseLogger = {
    level: 'error',
    silent: ignore,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error,
    fatal: error,
    child: () => logger,
  };
  return logger;
}
