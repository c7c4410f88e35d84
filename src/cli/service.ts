import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, openEngine } from '../release/index.ts';
import { type App, createServer, ensureSite } from '../server/index.ts';
import { prettyJson, SlipwayError, systemCode, writeFileAtomic } from '../util/index.ts';
import type { Api } from './api.ts';
import { VERSION } from './version.ts';

export interface ServiceOptions {
  /** Workspace folder, absolute. */
  readonly data: string;
  /** Port on loopback; 0 for any, then nothing is recorded for other commands to find. */
  readonly port: number;
  readonly site: boolean;
  readonly registry?: string;
  readonly definition?: string;
  readonly say?: (line: string) => void;
}

export interface Service {
  readonly app: App;
  readonly engine: Engine;
  readonly api: Api;
  readonly url: string;
  close(): Promise<void>;
}

/** The clone or the installed package. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function listen(app: App, port: number): Promise<string> {
  try {
    return await app.listen({ port, host: '127.0.0.1' });
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE' && systemCode(error) !== 'EACCES') throw error;
    const why = systemCode(error) === 'EADDRINUSE' ? 'is in use by another program' : 'may not be opened by this user';
    throw new SlipwayError('SERVER_PORT_BUSY', `port ${port} ${why}.`, {
      hint: 'Choose another one with --port N.',
      cause: error,
    });
  }
}

/** Opens the workspace, starts the engine and listens on loopback. On any error everything is closed again. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const site = options.site ? await ensureSite(ROOT, options.say ?? (() => {})) : undefined;
  const endpoint = { url: '' };
  const publicPort = options.port === 0 ? 8080 : options.port;
  const engine = await openEngine({
    data: options.data,
    definition:
      options.definition === undefined ? join(ROOT, 'examples/harbor/stream.yaml') : resolve(options.definition),
    registry: options.registry,
    publicHost: `localhost:${publicPort}`,
    publicUrl: `http://localhost:${publicPort}`,
    program: join(ROOT, 'bin/slipway'),
    endpoint: () => endpoint.url,
  });
  let app: App | undefined;
  const record = join(options.data, 'server.json');
  const close = async (): Promise<void> => {
    await rm(record, { force: true });
    // The engine first: it finishes or stops its step while the registry still answers the jobs.
    await engine.close();
    await app?.close();
  };
  try {
    app = await createServer({ engine, version: VERSION, ...(site === undefined ? {} : { site }) });
    endpoint.url = await listen(app, options.port);
    if (options.port !== 0) await writeFileAtomic(record, prettyJson({ url: endpoint.url, pid: process.pid }));
    await engine.resume();
  } catch (error) {
    await close();
    throw error;
  }
  const server = app;
  const api: Api = async (path) => {
    const answer = await server.inject({ method: 'GET', url: path, headers: { host: 'localhost' } });
    if (answer.statusCode >= 400)
      throw new SlipwayError('API_FAILED', `${path} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json();
  };
  return { app, engine, api, url: `http://localhost:${new URL(endpoint.url).port}`, close };
}
