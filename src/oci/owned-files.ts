import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere, isAlive, type ProcessIdentity } from '../util/index.ts';

/** A folder of files that belong to processes, and who this one is. */
export interface OwnedFolder {
  readonly folder: string;
  readonly own: ProcessIdentity;
  /** Of the files, with its dot. */
  readonly suffix: string;
}

/** This process's file of a key: `KEY.PID-TICKS-BOOT.SUFFIX`. */
export function ownFile({ folder, own: { pid, startTicks, bootId }, suffix }: OwnedFolder, key: string): string {
  return join(folder, `${key}.${pid}-${startTicks}-${bootId}${suffix}`);
}

function ownerOf(name: string, { suffix }: OwnedFolder): ProcessIdentity | undefined {
  if (!name.endsWith(suffix)) return undefined;
  const [, pid, startTicks, bootId] = /\.(\d+)-(\d+)-([^.]+)$/.exec(name.slice(0, -suffix.length)) ?? [];
  if (pid === undefined || startTicks === undefined || bootId === undefined) return undefined;
  return { pid: Number(pid), startTicks, bootId };
}

/**
 * Reads this process's file of a key, or else one whose process has ended, which is this one's from then on. The owner
 * is in the name, so that a renaming is the whole of taking it over: of two processes that want it one succeeds, and
 * the other has none. Throws `STORAGE_…`, and what `read` throws.
 */
export async function takeOver<T>(
  home: OwnedFolder,
  key: string,
  read: (file: string) => Promise<T>,
): Promise<T | undefined> {
  const file = ownFile(home, key);
  for (const name of (await ifThere(readdir(home.folder), home.folder)) ?? []) {
    const owner = name.startsWith(`${key}.`) ? ownerOf(name, home) : undefined;
    if (owner === undefined) continue;
    const path = join(home.folder, name);
    if (path !== file && (await isAlive(owner))) continue;
    const taken = path === file ? Promise.resolve() : rename(path, file);
    const found = await ifThere(
      taken.then(() => read(file)),
      path,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
