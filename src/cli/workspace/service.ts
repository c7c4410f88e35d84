import { existsSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clonesIn, firstOf } from '../../payload/index.ts';
import { type Engine, openEngine, readSettings, type WorkspaceSettings, workspacePaths } from '../../release/index.ts';
import { type App, createServer, ensureSite } from '../../server/index.ts';
import { SlipwayError, systemCode } from '../../util/index.ts';
import { LOOPBACK, listen, portError } from '../listen.ts';
import { note } from '../output.ts';
import { stopRequest } from '../stop.ts';
import { VERSION } from '../version.ts';
import { type Api, localApi } from './api.ts';
import { forgetServer, recordServer, runningServer } from './server-record.ts';

/**
 * What a workspace is opened for. `look`: nothing is worked on, `act`: what is unfinished is worked on; both need a
 * workspace that is there. `make`: as `act`, and one that is not there is made.
 */
export type Purpose = 'look' | 'act' | 'make';

export interface ServiceOptions {
  /** Workspace folder, absolute. */
  readonly data: string;
  readonly purpose: Purpose;
  /**
   * Port on loopback, which pull specs of a new workspace name; 0: any free one. Left out, and 0 where the workspace is
   * there: the one that its pull specs name, at first 8080.
   */
  readonly port?: number;
  /** For this process and its jobs alone: on any port, not the workspace's own, and no other command is told of it. */
  readonly unlisted?: true;
  readonly site: boolean;
  readonly registry?: string;
  readonly definition?: string;
  /** Folders of clones that changelogs have commits from. */
  readonly clones?: readonly string[];
  /** Host headers that are answered beside loopback. */
  readonly hosts?: readonly string[];
  readonly say?: (line: string) => void;
}

export interface Service {
  readonly app: App;
  readonly engine: Engine;
  readonly api: Api;
  readonly url: string;
  /** Aborted when a signal asks to stop or the database is lost; its reason is the error to end with. */
  readonly stopped: AbortSignal;
  close(): Promise<void>;
}

/** The clone or the installed package. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The program as end-to-end jobs call it: the script of a clone, or the compiled entry of an installed package. */
function program(): string {
  const script = join(ROOT, 'bin/slipway');
  return existsSync(script) ? script : fileURLToPath(new URL('../main.js', import.meta.url));
}

const DEFAULT_PORT = 8080;

const hostAt = (port: number): string => `localhost:${port}`;

/** Looks whether a port can be opened, before anything is made that names it; of 0, which one is free. */
async function tryPort(data: string, port: number): Promise<number> {
  const server = createTcpServer();
  try {
    await new Promise<void>((listening, failed) =>
      server.once('error', failed).listen({ port, host: LOOPBACK, exclusive: true }, listening),
    );
  } catch (error) {
    const url = systemCode(error) === 'EADDRINUSE' ? await runningServer(data) : undefined;
    if (url !== undefined)
      throw new SlipwayError('WORKSPACE_BUSY', `a server has this workspace open already, at ${url}.`, {
        place: { file: data },
      });
    throw portError(error, port);
  }
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * The port to serve on, 0 for any. Pull specs of the embedded registry name it, so a workspace keeps the one it was made
 * with.
 * Errors: `WORKSPACE_CONFLICT`.
 */
function portOf(settings: WorkspaceSettings | undefined, asked: number | undefined, data: string): number {
  if (settings?.embedded !== true) return asked ?? DEFAULT_PORT;
  const { publicRegistry } = settings;
  if (asked !== undefined && asked !== 0 && hostAt(asked) !== publicRegistry) {
    throw new SlipwayError(
      'WORKSPACE_CONFLICT',
      `the pull specs of this workspace name ${publicRegistry}; served on port ${asked}, nobody could pull them.`,
      { place: { file: data }, hint: 'Leave --port out, or use another workspace (--data DIR).' },
    );
  }
  return Number(publicRegistry.split(':').at(-1));
}

function log(line: string, error?: unknown): void {
  note(`slipway: ${line}`);
  if (process.env.SLIPWAY_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

/** Opens the workspace, starts the engine and listens on loopback. On any error everything is closed again. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { data, purpose, unlisted = false, clones = [], hosts = [] } = options;
  const settings = await readSettings(workspacePaths(data));
  if (settings === undefined && purpose !== 'make') {
    throw new SlipwayError('WORKSPACE_UNKNOWN', 'there is no workspace here.', {
      place: { file: data },
      hint: '`slipway demo` makes one; --data DIR names another folder.',
    });
  }
  const stopping = stopRequest();
  const own = portOf(settings, options.port, data);
  const port = unlisted ? own : await tryPort(data, own);
  const site = options.site ? await ensureSite(ROOT, options.say ?? (() => {})) : undefined;
  const endpoint = { url: '' };
  const publicHost = hostAt(port);
  const databaseUrl = process.env.DATABASE_URL;
  const engine = await openEngine({
    data,
    standardDefinition: join(ROOT, 'examples/harbor/stream.yaml'),
    definition: options.definition === undefined ? undefined : resolve(options.definition),
    registry: options.registry,
    databaseUrl: databaseUrl === '' ? undefined : databaseUrl,
    publicHost,
    publicUrl: `http://${publicHost}`,
    program: program(),
    endpoint: () => endpoint.url,
    commits: clones.length === 0 ? undefined : firstOf(clones.map((folder) => clonesIn(folder))),
    report: (problem) => log(problem.describe(), problem),
  });
  let app: App | undefined;
  const close = async (): Promise<void> => {
    try {
      await forgetServer(data);
      // The engine first: it finishes or stops its step while the registry still answers the jobs.
      await engine.close();
    } finally {
      await app?.close();
    }
  };
  try {
    app = await createServer({ engine, version: VERSION, log, hosts, ...(site === undefined ? {} : { site }) });
    endpoint.url = await listen(app, unlisted ? 0 : port);
    if (!unlisted) await recordServer(data, endpoint.url);
    if (purpose !== 'look') await engine.resume();
  } catch (error) {
    await close();
    throw error;
  }
  const lost = new AbortController();
  void engine.lost.then((error) => lost.abort(error));
  return {
    app,
    engine,
    api: localApi(app),
    url: `http://${hostAt(Number(new URL(endpoint.url).port))}`,
    stopped: AbortSignal.any([stopping, lost.signal]),
    close,
  };
}
