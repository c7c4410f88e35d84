import { lstat, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, systemCode } from './errors.ts';
import { makeFolders, storageError, syncFolder } from './files.ts';

/** Throws `STORAGE_NOT_A_FILE` where a folder is. */
async function checkReplaceable(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory() !== true) return;
  throw new SlipwayError('STORAGE_NOT_A_FILE', 'a folder is where a file is needed; nothing was changed.', {
    place: { file: path },
  });
}

/**
 * Writes files into a folder, which is made: all of them or none. `write` fills a folder beside the final files and
 * says what it wrote there; when all are whole they are moved in place. A name that is a link in the target is replaced,
 * never followed, and a failure leaves nothing behind. Throws `STORAGE_…`.
 */
export async function writeStaged<T extends { readonly name: string }>(
  folder: string,
  write: (staging: string) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  let staging: string | undefined;
  try {
    await makeFolders(folder);
    staging = await mkdtemp(join(folder, '.slipway-'));
    const written = await write(staging);
    for (const { name } of written) await checkReplaceable(join(folder, name));
    for (const { name } of written) await rename(join(staging, name), join(folder, name));
    await syncFolder(folder);
    return written;
  } catch (error) {
    throw storageError(error, folder);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
  }
}
