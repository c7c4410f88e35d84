import { InvalidArgumentError, Option } from 'commander';
import type { App } from '../server/index.ts';
import { SlipwayError, systemCode } from '../util/errors.ts';

/** The only interface that is served on; who wants others puts a proxy in front. */
export const LOOPBACK = '127.0.0.1';

/** A port from the command line. */
export function portNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return number;
}

const HOST = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:\d{1,5})?$/i;

/** Names that a server answers for beside loopback. */
export function allowHostOption(): Option {
  return new Option(
    '--allow-host <host[:port]>',
    'Host header it answers for beside loopback, as a proxy in front sends it; may be repeated',
  )
    .default([], 'loopback only')
    .argParser((host: string, before: readonly string[]) => {
      if (!HOST.test(host)) throw new InvalidArgumentError('a host name, with its port where the address has one.');
      return [...before, host];
    });
}

/** What an error of listening on a port means. */
export function portError(error: unknown, port: number): unknown {
  if (systemCode(error) !== 'EADDRINUSE' && systemCode(error) !== 'EACCES') return error;
  const why = systemCode(error) === 'EADDRINUSE' ? 'is in use by another program' : 'may not be opened by this user';
  return new SlipwayError('SERVER_PORT_BUSY', `port ${port} ${why}.`, {
    hint: 'Choose another one with --port N.',
    cause: error,
  });
}

/** Listens on loopback and says under which address. Throws `SERVER_PORT_BUSY`. */
export async function listen(app: App, port: number): Promise<string> {
  try {
    return await app.listen({ port, host: LOOPBACK });
  } catch (error) {
    throw portError(error, port);
  }
}
