import { type Api, remoteApi } from './api.ts';
import { runningServer } from './server-record.ts';
import type { Purpose } from './service.ts';

export interface Connection extends AsyncDisposable {
  readonly api: Api;
  /** Aborted when this process is to end; its reason is the error to end with. */
  readonly stopped: AbortSignal;
}

/**
 * Connects to a workspace: over HTTP where a server has it open, else by opening it in this process (the same API,
 * without a network). One code path for every command, whoever runs the engine.
 */
export async function connect(data: string, purpose: Purpose): Promise<Connection> {
  const url = await runningServer(data);
  if (url !== undefined) {
    return { api: remoteApi(url), stopped: new AbortController().signal, [Symbol.asyncDispose]: async () => {} };
  }
  const { openService } = await import('./service.ts');
  const { api, stopped, close } = await openService({ data, purpose, unlisted: true, site: false });
  return { api, stopped, [Symbol.asyncDispose]: close };
}
