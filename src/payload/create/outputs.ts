import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storageError, writeFileAtomic, writeStaged } from '../../util/index.ts';
import { checkFileName } from '../assemble/index.ts';
import type { PreparedPayload } from './options.ts';

/**
 * Writes the files of `/release-manifests` into a folder, with their times (oc's `--to-dir`), all or none. Nothing is written
 * outside of it: a payload's files have no folders in their names, and one that has is refused.
 * Throws `PAYLOAD_FILE_NAME`, `STORAGE_…`, the reason of `signal`.
 */
export async function writePayloadFolder(
  { files }: Pick<PreparedPayload, 'files'>,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  for (const { name } of files) checkFileName(name);
  const write = async (staging: string): Promise<typeof files> => {
    for (const { name, bytes, mtime } of files) {
      signal?.throwIfAborted();
      const path = join(staging, name);
      await writeFile(path, bytes, { flush: true });
      await utimes(path, mtime, mtime);
    }
    return files;
  };
  await writeStaged(folder, write, signal);
}

/** Writes the compressed payload layer to a file, dated as the release is (oc's `--to-file`). */
export async function writePayloadLayer(
  { layer, created }: Pick<PreparedPayload, 'layer' | 'created'>,
  file: string,
): Promise<void> {
  try {
    await writeFileAtomic(file, layer.bytes);
    const time = new Date(created);
    await utimes(file, time, time);
  } catch (error) {
    throw storageError(error, file);
  }
}
