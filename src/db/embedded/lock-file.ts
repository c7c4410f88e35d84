import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { canonicalJson, parserOf, SlipwayError, storageError, systemCode } from '../../util/index.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from './process.ts';

export interface LockFile {
  release(): Promise<void>;
}

const ATTEMPTS = 5;

const parseHolder = parserOf(
  Type.Object({ pid: Type.Integer({ minimum: 1 }), startTicks: Type.String(), bootId: Type.String() }),
  'DB_LOCK_INVALID',
);

/**
 * Takes the lock file of a workspace for this process, before anything else is touched. It appears whole or not at all
 * (a link to a finished file). A lock whose process is gone is stale and taken over; a process of the same id that
 * started at another time is another process. Errors: `DB_WORKSPACE_BUSY` naming the process that holds it.
 *
 * It judges processes of one machine and one container. The advisory lock in the database (`../session-lock.ts`)
 * decides in the end; this one keeps two processes from starting or stopping one server.
 */
export async function takeLockFile(path: string): Promise<LockFile> {
  const own = await identifyProcess(process.pid);
  if (own === undefined) throw new SlipwayError('DB_LOCK_FAILED', '/proc does not show this process.');
  // The token tells two openings by one process apart.
  const content = canonicalJson({ ...own, token: randomUUID() });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, content, { mode: 0o644, flag: 'wx' });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await tryLink(draft, path)) return { release: () => releaseLock(path, content) };
      const held = await readLock(path);
      if (held === undefined) continue;
      const holder = parseLock(held, path);
      if (holder !== undefined && (await isAlive(holder))) throw busy(path, holder.pid);
      await removeStale(path, held);
    }
    throw new SlipwayError('DB_WORKSPACE_BUSY', 'other processes are opening this workspace.', {
      place: { file: path },
      hint: 'Try again in a moment.',
    });
  } catch (error) {
    throw storageError(error, path);
  } finally {
    await rm(draft, { force: true });
  }
}

export function busy(path: string, pid: number): SlipwayError {
  return new SlipwayError('DB_WORKSPACE_BUSY', `this workspace is open in another process (pid ${pid}).`, {
    place: { file: path },
    hint: 'End that process, or use another workspace (--data DIR).',
  });
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A lock that a power cut left empty or torn has no holder: power cuts end all processes. */
function parseLock(text: string, path: string): ProcessIdentity | undefined {
  try {
    return parseHolder(JSON.parse(text), { file: path });
  } catch {
    return undefined;
  }
}

/**
 * Moves the stale lock aside, which only one process can do, and looks whether it was the one judged stale: another
 * process may have taken over in between, and its lock is put back.
 */
async function removeStale(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== judged) await tryLink(aside, path);
  await rm(aside, { force: true });
}

async function releaseLock(path: string, content: string): Promise<void> {
  if ((await readLock(path)) === content) await rm(path, { force: true });
}
