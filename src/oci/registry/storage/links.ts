import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders, storageError, systemCode, writeFileAtomic } from '../../../util/index.ts';
import type { Digest } from '../../format/index.ts';
import { makeFolder } from './folders.ts';

/**
 * Small files that say what a repository has, below `repositories/NAME/`: `_blobs/ALGORITHM/HEX`,
 * `_manifests/ALGORITHM/HEX` (media type), `_tags/TAG` (digest), `_referrers/…` (descriptor). Part names of
 * repositories never begin with `_`, so a repository can be the folder of another.
 */
export class Links {
  readonly #folder: string;

  constructor(root: string, repository: string) {
    this.#folder = join(root, 'repositories', ...repository.split('/'));
  }

  async read(kind: string, key: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.#folder, kind, key), 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  async write(kind: string, key: string, value: string): Promise<void> {
    const path = join(this.#folder, kind, key);
    try {
      await makeFolder(dirname(path));
    } catch (error) {
      throw storageError(error, path);
    }
    await writeFileAtomic(path, value);
  }

  async remove(kind: string, key: string): Promise<void> {
    await rm(join(this.#folder, kind, key), { recursive: true, force: true });
  }

  /** Whether the repository ever had anything. */
  async exist(): Promise<boolean> {
    try {
      return (await readdir(this.#folder)).some((name) => name.startsWith('_'));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Keys of one kind in byte order. */
  async list(kind: string): Promise<string[]> {
    try {
      return (await readdir(join(this.#folder, kind))).filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

/** `sha256:abc` as a path below a kind. */
export function keyOf(digest: Digest): string {
  return digest.replace(':', '/');
}

/** Names of all repositories that hold manifests, or blobs, in byte order. */
export async function repositoryNames(root: string, holding: '_manifests' | '_blobs'): Promise<string[]> {
  const top = join(root, 'repositories');
  await makeFolders(top);
  const found: string[] = [];
  const walk = async (parts: readonly string[]): Promise<void> => {
    const entries = await readdir(join(top, ...parts), { withFileTypes: true });
    if (entries.some((entry) => entry.name === holding)) found.push(parts.join('/'));
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.startsWith('_')) await walk([...parts, entry.name]);
  };
  await walk([]);
  return found.sort();
}
