import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from './errors.ts';
import { ifThere, makeFolders, storageError, syncFolder } from './files.ts';
import { type KernelLock, tryKernelLock } from './lock.ts';

const STAGING = /^\.slipway-\w{6}$/;
/** The lock of the process that fills a staging folder, and what it fills. */
const LOCK = 'lock';
const FILES = 'files';
/** What is in a staging folder, the lock's journal of a process that was killed too (SQLite). */
const OWN: readonly string[] = [LOCK, `${LOCK}-journal`, FILES];

/** A staging folder, and the lock that says whose it is. */
interface Staging {
  readonly folder: string;
  readonly lock: KernelLock;
}

/** Throws `STORAGE_NOT_A_FILE` where a folder is. */
async function checkReplaceable(path: string): Promise<void> {
  const found = await ifThere(lstat(path), path);
  if (found?.isDirectory() !== true) return;
  throw new SlipwayError('STORAGE_NOT_A_FILE', 'a folder is where a file is needed; nothing was changed.', {
    place: { file: path },
  });
}

/**
 * The lock of a staging folder; `undefined` where another process has it, or the folder is gone. Only who holds it removes
 * the folder, and then the file of the lock as well: one that was opened before and locked after that is none.
 */
function tryStaging(folder: string): Staging | undefined {
  const file = join(folder, LOCK);
  let lock: KernelLock | undefined;
  try {
    lock = tryKernelLock(file);
  } catch (error) {
    if (existsSync(folder)) throw error;
  }
  if (lock === undefined || existsSync(file)) return lock && { folder, lock };
  lock.release();
  return undefined;
}

async function removeStaging({ folder, lock }: Staging): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } finally {
    lock.release();
  }
}

/** Removes what killed processes left; one that lives has its lock, in another container or on another machine too. */
async function sweepStaging(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !STAGING.test(entry.name)) continue;
    const path = join(folder, entry.name);
    const names = (await ifThere(readdir(path), path)) ?? [];
    // Anything else in it is somebody else's folder.
    if (names.some((name) => !OWN.includes(name))) continue;
    const left = tryStaging(path);
    if (left !== undefined) await removeStaging(left);
  }
}

/** Another process may take a folder for left behind before it is locked; so often is another one made. */
const TRIES = 10;

async function makeStaging(folder: string): Promise<Staging> {
  for (let tries = 0; tries < TRIES; tries++) {
    const made = tryStaging(await mkdtemp(join(folder, '.slipway-')));
    if (made === undefined) continue;
    await mkdir(join(made.folder, FILES));
    return made;
  }
  throw new SlipwayError('STORAGE_DENIED', 'no file can be locked here.', { place: { file: folder } });
}

/**
 * Writes files into a folder, which is made: all of them or none. `write` fills a folder beside the final files and
 * says what it wrote there; when all are whole they are moved in place. A name that is a link in the target is replaced,
 * never followed, and a failure leaves nothing behind, nor does a signal that `signal` stands for. What a process left
 * that was killed is removed by the next that writes there. Throws `STORAGE_…`, and the reason of the signal.
 */
export async function writeStaged<T extends { readonly name: string }>(
  folder: string,
  write: (staging: string) => Promise<readonly T[]>,
  signal?: AbortSignal,
): Promise<readonly T[]> {
  let staging: Staging | undefined;
  try {
    await makeFolders(folder);
    await sweepStaging(folder);
    staging = await makeStaging(folder);
    const files = join(staging.folder, FILES);
    const written = await write(files);
    for (const { name } of written) await checkReplaceable(join(folder, name));
    signal?.throwIfAborted();
    for (const { name } of written) await rename(join(files, name), join(folder, name));
    await syncFolder(folder);
    return written;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : storageError(error, folder);
  } finally {
    if (staging !== undefined) await removeStaging(staging);
  }
}
