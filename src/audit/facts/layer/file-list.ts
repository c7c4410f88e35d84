import { createHash, type Hash } from 'node:crypto';
import { SlipwayError, sha256Hex } from '../../../util/index.ts';
import type { FileFacts } from '../../model/index.ts';

/** Files of one layer that are listed; a layer with more is made to exhaust memory. */
const MOST_FILES = 2_000_000;

/** Lists every file of a layer with its digest (deep mode). Memory: about 300 bytes a file. */
export class FileList {
  readonly #files = new Map<string, FileFacts>();
  readonly #hardlinks = new Map<string, string>();

  whole(path: string, content: Uint8Array): void {
    this.#add({ path, sha256: sha256Hex(content), size: content.length, symlink: null, hardlink: null });
  }

  /** Hashes a file that streams by: feed the hash, then call `end`. */
  streamed(path: string, size: number): { readonly hash: Hash; end(): void } {
    const hash = createHash('sha256');
    return {
      hash,
      end: () => this.#add({ path, sha256: hash.digest('hex'), size, symlink: null, hardlink: null }),
    };
  }

  symlink(path: string, target: string): void {
    this.#add({ path, sha256: null, size: 0, symlink: target, hardlink: null });
  }

  hardlink(path: string, target: string): void {
    this.#hardlinks.set(path, target);
    this.#add({ path, sha256: null, size: 0, symlink: null, hardlink: target });
  }

  /** Sorted by path; hard links within the layer are files of their own. */
  facts(): FileFacts[] {
    for (const [path, target] of this.#hardlinks) {
      const file = this.#files.get(target);
      if (file?.sha256 != null) this.#files.set(path, { ...file, path });
    }
    return [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #add(file: FileFacts): void {
    if (this.#files.size >= MOST_FILES) {
      throw new SlipwayError('AUDIT_LAYER_HOSTILE', `the layer has more than ${MOST_FILES} files.`);
    }
    this.#files.set(file.path, file);
  }
}
