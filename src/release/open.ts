import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Database, databaseError, openDatabase, openQueue, type Queue } from '../db/index.ts';
import { dockerCredentials, LocalRegistry, RegistryClient, type Repository } from '../oci/index.ts';
import { type CommitSource, ManifestOutlines } from '../payload/index.ts';
import { loadKey } from '../sign/index.ts';
import { located, type SlipwayError, sweepTemporary } from '../util/index.ts';
import { Audits, openAttestationKey } from './audits/index.ts';
import { Catalogue } from './catalogue/index.ts';
import type { JobEndpoint, Repositories, Tools } from './context.ts';
import { loadReleaseDefinition, type ReleaseDefinition, readPart } from './definition/index.ts';
import { type Engine, type Moment, ReleaseEngine, type WorkQueue } from './engine.ts';
import { told } from './errors.ts';
import { EvidenceStore } from './kept/index.ts';
import { Store } from './store/index.ts';
import {
  openSettings,
  planSettings,
  type WantedSettings,
  type WorkspaceSettings,
  workspacePaths,
} from './workspace.ts';

export interface EngineOptions {
  /** Workspace folder, absolute. */
  readonly data: string;
  /** Release definition file, absolute; left out: the one this workspace was opened with last. */
  readonly definition?: string | undefined;
  /** Release definition of a workspace that was never told another. */
  readonly standardDefinition: string;
  /** External database, `postgres://…`; left out: the embedded one. */
  readonly databaseUrl?: string | undefined;
  /** Registry to publish to, `host[:port][/prefix]`; left out: the embedded one. */
  readonly registry?: string | undefined;
  /** `host:port` that the embedded registry is pulled from. */
  readonly publicHost: string;
  readonly publicUrl: string;
  /** Path of the slipway program, for end-to-end jobs. */
  readonly program: string;
  /** URL of this process's server, asked for when jobs run. */
  readonly endpoint: () => string;
  readonly clock?: () => Date;
  /** Where changelogs have the commits of components from; left out: they link to them. */
  readonly commits?: CommitSource | undefined;
  /** Told of problems behind the scenes, after which the work is tried again. */
  readonly report?: (error: SlipwayError) => void;
  readonly observe?: (moment: Moment) => void;
}

const QUEUE = 'release.advance';
/** A temporary file older than this was left by a process that was killed. */
const STALE_MS = 3_600_000;

async function loadSigningKey(file: string) {
  const armored = (await readPart(file)).toString('utf8');
  try {
    return await loadKey(armored);
  } catch (error) {
    throw located(error, { file });
  }
}

function openRepositories(
  registry: LocalRegistry,
  settings: WorkspaceSettings,
  definition: ReleaseDefinition,
): Repositories {
  const staging = `staging/${definition.nightly.name}`;
  const contentName = `${settings.publicRegistry}/${definition.repositories.content}`;
  const releaseName = `${settings.publicRegistry}/${definition.repositories.release}`;
  const client = new RegistryClient({ credentials: dockerCredentials() });
  const open = (name: string, path: string): Repository =>
    settings.embedded ? registry.repository(path) : client.repository(name);
  return {
    stagingContent: registry.repository(`${staging}/content`),
    stagingRelease: registry.repository(`${staging}/release`),
    content: open(contentName, definition.repositories.content),
    release: open(releaseName, definition.repositories.release),
    contentName,
    releaseName,
  };
}

function workQueue(queue: Queue): WorkQueue {
  return {
    send: async (release) => {
      await queue.send(QUEUE, { release }, { singletonKey: release });
    },
    work: async (handler) =>
      await queue.work<{ release: string }>(QUEUE, ({ data, signal }) => handler(data.release, signal)),
    close: () => queue.stop(),
  };
}

/**
 * Opens a workspace with everything in it. The database comes first: it refuses a workspace that another process has
 * open. Whatever was opened is closed again when a later part fails.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const paths = workspacePaths(options.data);
  const { databaseUrl: url } = options;
  const wanted: WantedSettings = {
    registry: options.registry,
    embeddedHost: options.publicHost,
    definition: options.definition,
    database: url === undefined ? 'embedded' : 'external',
  };
  const plan = await planSettings(paths, wanted);
  const definition = await loadReleaseDefinition(plan.definition ?? options.standardDefinition);
  const key = await loadSigningKey(definition.signing.key);
  const database: Database = await openDatabase(url === undefined ? { dataDir: paths.postgres } : { url });
  try {
    const clock = options.clock ?? (() => new Date());
    const registry = await LocalRegistry.open(paths.registry);
    const evidence = new EvidenceStore(paths.evidence);
    const longAgo = new Date(clock().getTime() - STALE_MS);
    for (const folder of [paths.evidence, paths.cache, paths.signatures, paths.lookaside])
      await sweepTemporary(folder, longAgo);
    const repositories = openRepositories(registry, plan, definition);
    // Only now: what could not be opened must not be what the workspace is tied to.
    const settings = await openSettings(paths, wanted);
    const attestationKey = await openAttestationKey(paths.attestationKey);
    // Opens the staging repositories to the jobs of this process; made anew each time, stored nowhere.
    const authorization = `Basic ${Buffer.from(`job:${randomBytes(24).toString('base64url')}`).toString('base64')}`;
    const tools: Tools = {
      definition,
      paths,
      settings,
      registry,
      repositories,
      evidence,
      outlines: new ManifestOutlines(join(paths.cache, 'outlines')),
      key,
      attestationKey,
      publicUrl: options.publicUrl,
      endpoint: (): JobEndpoint => ({ url: options.endpoint(), authorization }),
      clock,
      program: options.program,
    };
    const store = new Store(database, evidence);
    await store.putStreams(definition, clock());
    const report = options.report ?? (() => {});
    const queue = await openQueue(database, { onError: report });
    return new ReleaseEngine({
      tools,
      store,
      queue: workQueue(queue),
      catalogue: new Catalogue(database.kysely, tools, options.commits),
      audits: new Audits(database.kysely, tools),
      lost: database.lost,
      report: (error) => report(told(error)),
      dispose: () => database.close(),
      observe: options.observe,
    });
  } catch (error) {
    await database.close();
    throw databaseError(error);
  }
}
