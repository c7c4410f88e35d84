import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { messageOf, parserOf, SlipwayError, systemCode } from '../util/index.ts';
import type { Api } from './api.ts';

export interface Connection extends AsyncDisposable {
  readonly api: Api;
  /** Whether another process serves this workspace. */
  readonly remote: boolean;
}

/** `server.json` in a workspace: the address of the process that has it open. */
export const ServerRecord = Type.Object({ url: Type.String(), pid: Type.Integer() });
const parseRecord = parserOf(ServerRecord, 'WORKSPACE_INVALID');
const ApiProblem = parserOf(
  Type.Object({
    code: Type.String(),
    message: Type.String(),
    hint: Type.Optional(Type.String()),
    place: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
  }),
  'CLI_ANSWER_INVALID',
);

/** Throws the error that an API answer stands for, with its code, place and hint. */
function failWith(body: unknown): never {
  const { code, message, hint, place } = ApiProblem(body);
  throw new SlipwayError(code, message, {
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  });
}

function remoteApi(base: string): Api {
  return async (path, body) => {
    const answer = await fetch(
      new URL(path, base),
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    );
    const value: unknown = await answer.json();
    return answer.ok ? value : failWith(value);
  };
}

/** URL of the server that has the workspace open, or `undefined` when none answers. */
export async function runningServer(data: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(data, 'server.json'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { url } = parseRecord(JSON.parse(text), { file: join(data, 'server.json') });
  try {
    await (await fetch(new URL('/api/status', url), { signal: AbortSignal.timeout(3000) })).arrayBuffer();
    return url;
  } catch (error) {
    // The record of a killed process: nothing listens there any more.
    if (error instanceof TypeError) return undefined;
    throw new SlipwayError('CLI_SERVER_SILENT', `the server at ${url} does not answer: ${messageOf(error)}`, {
      place: { file: join(data, 'server.json') },
      cause: error,
    });
  }
}

/**
 * Connects to a workspace: over HTTP where a server has it open, else by opening it in this process (the same API,
 * without a network). One code path for every command, whoever runs the engine.
 */
export async function connect(data: string): Promise<Connection> {
  const url = await runningServer(data);
  if (url !== undefined) return { api: remoteApi(url), remote: true, [Symbol.asyncDispose]: async () => {} };
  const { openService } = await import('./service.ts');
  const service = await openService({ data, port: 0, site: false });
  const api: Api = async (path, body) => {
    const answer = await service.app.inject({
      method: body === undefined ? 'GET' : 'POST',
      url: path,
      headers: { host: 'localhost' },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const value: unknown = answer.json();
    return answer.statusCode < 400 ? value : failWith(value);
  };
  return { api, remote: false, [Symbol.asyncDispose]: () => service.close() };
}
