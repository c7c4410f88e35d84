import { readFile, rm, writeFile } from 'node:fs/promises';
import { Type } from 'typebox';
import {
  canonicalJson,
  identifyProcess,
  isAlive,
  type KernelLock,
  messageOf,
  type ProcessIdentity,
  parserOf,
  SlipwayError,
  storageError,
  systemCode,
  tryKernelLock,
} from '../../util/index.ts';

export interface LockFile {
  release(): Promise<void>;
}

const parseHolder = parserOf(
  Type.Object({ pid: Type.Integer({ minimum: 1 }), startTicks: Type.String(), bootId: Type.String() }),
  'DB_LOCK_INVALID',
);

/**
 * Takes the lock file of a workspace for this process, before anything else in it is touched. Errors:
 * `DB_WORKSPACE_BUSY` naming the process that holds it, `DB_LOCK_FAILED`, `STORAGE_DENIED`, `STORAGE_FULL`.
 *
 * The lock ends with the process, however it dies (`tryKernelLock`). The holder's id stands in a second file, for the
 * error message alone.
 */
export async function takeLockFile(path: string): Promise<LockFile> {
  const holderPath = `${path}.holder`;
  const lock = await lockExclusively(path, holderPath);
  try {
    await writeFile(holderPath, canonicalJson(await identifyProcess(process.pid)));
  } catch (error) {
    lock.release();
    throw storageError(error, holderPath);
  }
  return {
    async release() {
      if (!lock.held) return;
      await rm(holderPath, { force: true });
      lock.release();
    },
  };
}

async function lockExclusively(path: string, holderPath: string): Promise<KernelLock> {
  let lock: KernelLock | undefined;
  try {
    lock = tryKernelLock(path);
  } catch (error) {
    throw new SlipwayError('DB_LOCK_FAILED', `the workspace could not be locked: ${messageOf(error)}.`, {
      place: { file: path },
      hint: 'This user must be able to write in the workspace.',
      cause: error,
    });
  }
  if (lock === undefined) throw await busy(path, holderPath);
  return lock;
}

async function busy(path: string, holderPath: string): Promise<SlipwayError> {
  const holder = await readHolder(holderPath);
  const who = holder === undefined ? 'another process' : `another process (pid ${holder.pid})`;
  return new SlipwayError('DB_WORKSPACE_BUSY', `this workspace is open in ${who}.`, {
    place: { file: path },
    hint: 'End that process, or use another workspace (--data DIR).',
  });
}

/** Who holds the lock, unless the file is of an earlier holder: written a moment after the lock is taken. */
async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  let holder: ProcessIdentity;
  try {
    holder = parseHolder(JSON.parse(await readFile(path, 'utf8')), { file: path });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof SlipwayError)
      return undefined;
    throw error;
  }
  return (await isAlive(holder)) ? holder : undefined;
}
