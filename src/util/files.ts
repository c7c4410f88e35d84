import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError, systemCode } from './errors.ts';

/** Turns "no space left", "no permission" and "not a folder", "not a file" into errors that name the path; anything else passes unchanged. */
export function storageError(error: unknown, path: string): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new SlipwayError('STORAGE_FULL', 'no space is left on the disk; nothing was changed.', {
        place: { file: path },
        hint: 'Free some space and run the command again.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SlipwayError('STORAGE_DENIED', 'this user may not write here.', {
        place: { file: path },
        cause: error,
      });
    case 'ENOENT':
      // On a read-only file system Node says of a folder that is to be made with those above it that it is not there.
      if (!(error instanceof Error && 'syscall' in error && error.syscall === 'mkdir')) return error;
      return new SlipwayError('STORAGE_DENIED', 'the folder can not be made.', {
        place: { file: path },
        hint: 'The file system may be read-only.',
        cause: error,
      });
    case 'ENOTDIR':
    case 'EEXIST':
      return new SlipwayError('STORAGE_NOT_A_FOLDER', 'a file is where a folder is needed.', {
        place: { file: path },
        cause: error,
      });
    case 'EISDIR':
      return new SlipwayError('STORAGE_NOT_A_FILE', 'a folder is where a file is needed.', {
        place: { file: path },
        cause: error,
      });
    default:
      return error;
  }
}

/** What a call to the disk gives; `undefined` where nothing is at the path. Throws `STORAGE_…`. */
export async function ifThere<T>(value: Promise<T>, path: string): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageError(error, path);
  }
}

/** Makes a rename or a new file durable: syncs the folder that lists it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Of a path that nothing is at, or that nothing can be at: below a file, or with a name longer than any file has. */
const NOTHING_AT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** What is at a path, links followed; `undefined` at the end of a link to nothing. Throws what `stat` throws, as `EACCES`. */
export async function kindAt(path: string): Promise<'folder' | 'other' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (NOTHING_AT.has(systemCode(error))) return undefined;
    throw error;
  }
}

/** Whether a folder, or a link to one, is there; of a link to nothing, and of a path below a file, it is not. */
export async function isFolder(path: string): Promise<boolean> {
  return (await kindAt(path)) === 'folder';
}

/**
 * Makes a folder and those above it; returns the highest that it made. Node's own `recursive` never ends where the
 * folder above is there and the system says all the same that something is missing, as below /proc. Throws what `mkdir`
 * throws, `EEXIST` where a file is. `mode` as for new folders (0o777, less the umask).
 */
export async function makeFolders(path: string, mode = 0o777): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    const above = dirname(path);
    if (systemCode(error) !== 'ENOENT' || above === path) {
      if (await isFolder(path)) return undefined;
      throw error;
    }
    const highest = await makeFolders(above, mode);
    await mkdir(path, { mode }).catch(async (again: unknown) => {
      // Somebody else may have made it meanwhile.
      if (!(await isFolder(path))) throw again;
    });
    return highest ?? path;
  }
}

/** Has `finish` give a whole, synced temporary file its name; then syncs the folder. Throws `STORAGE_…`. */
async function writeBeside<T>(
  path: string,
  content: string | Uint8Array,
  mode: number,
  finish: (temporary: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await makeFolders(folder);
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    const done = await finish(temporary);
    await syncFolder(folder);
    return done;
  } catch (error) {
    // Why the file could not be written is what to tell, not that its beginning can not be removed for the same reason.
    await rm(temporary, { force: true }).catch(() => {});
    throw storageError(error, path);
  }
}

/**
 * Writes a whole file so that a reader, or a machine that lost power, sees either the old content or the new:
 * temporary file in the same folder, fsync, rename, fsync of the folder. `mode` as for new files (0o666, less the umask).
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  await writeBeside(path, content, mode, (temporary) => rename(temporary, path));
}

/** What systems say of a hard link on a file system that has none, as FAT. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * The same where nothing may be at the path yet; false, and nothing is changed, where something is. Whole and new at once
 * is only a hard link; where there are none a reader may see a part.
 */
export async function writeFileNew(path: string, content: string | Uint8Array, mode = 0o666): Promise<boolean> {
  return await writeBeside(path, content, mode, async (temporary) => {
    try {
      await link(temporary, path).catch(async (error: unknown) => {
        if (!NO_LINKS.has(systemCode(error))) throw error;
        await copyFile(temporary, path, constants.COPYFILE_EXCL);
      });
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

const TEMPORARY = /^\.[0-9a-f-]{36}\.tmp$/;

/**
 * Removes what `writeFileAtomic` left below a folder when its process was killed: temporary files last written before
 * `before`, so that one which another process is writing right now stays.
 */
export async function sweepTemporary(folder: string, before: Date): Promise<void> {
  const entries = await ifThere(readdir(folder, { recursive: true, withFileTypes: true }), folder);
  for (const entry of entries ?? []) {
    if (!entry.isFile() || !TEMPORARY.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    // Not there: its writer has just given it its name.
    const written = await ifThere(stat(path), path);
    if (written !== undefined && written.mtime < before) await rm(path, { force: true });
  }
}
