import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { SlipwayError, storageError, syncFolder, systemCode } from '../../../util/index.ts';
import { fileBytes } from '../../bytes/index.ts';
import { algorithmOf, type Digest, hasherFor, hexOf } from '../../format/index.ts';
import { makeFolder } from './folders.ts';

/** Bytes to be stored. A `Readable` that is not read to its end is destroyed; another iterable is its owner's to end. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Content-addressed files: `blobs/ALGORITHM/xx/HEX`. A file gets its name only after its bytes were hashed and synced,
 * so what has a name is whole, whatever happened to the process or the machine.
 */
export class BlobFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  path(digest: Digest): string {
    const hex = hexOf(digest);
    return join(this.#root, 'blobs', algorithmOf(digest), hex.slice(0, 2), hex);
  }

  /** Size in bytes, or `undefined` when it is not here. */
  async size(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.path(digest))).size;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A small file whole. Throws `OCI_TOO_LARGE`. */
  async bytes(digest: Digest, limit: number, image: string): Promise<Buffer> {
    const path = this.path(digest);
    const { size } = await stat(path);
    if (size > limit)
      throw new SlipwayError('OCI_TOO_LARGE', `the content is larger than ${limit} bytes.`, { place: { image } });
    return await readFile(path);
  }

  /**
   * The bytes from `start` to `end`, both included. That the end is known keeps buffers as small as the content: most of
   * what a registry is asked for has less than 2 KiB.
   */
  read(digest: Digest, { start, end }: { readonly start: number; readonly end: number }): Readable {
    if (end < start) return Readable.from([]);
    return fileBytes(this.path(digest), { start, end });
  }

  /** Stores a stream under its digest. Throws `OCI_DIGEST_MISMATCH`, `OCI_BLOB_TRUNCATED`, `STORAGE_FULL`. */
  async write(digest: Digest, content: Content, size?: number): Promise<void> {
    const temporary = join(this.#root, 'blobs', `.${randomUUID()}.tmp`);
    try {
      await makeFolder(dirname(temporary));
      const hash = hasherFor(digest);
      let written = 0;
      const file = await open(temporary, 'wx');
      try {
        for await (const chunk of content instanceof Uint8Array ? [content] : content) {
          hash.update(chunk);
          written += chunk.length;
          await writeAll(file, chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      if (size !== undefined && written !== size)
        throw new SlipwayError('OCI_BLOB_TRUNCATED', `the content ${digest} has ${written} bytes instead of ${size}.`);
      if (hash.digest('hex') !== hexOf(digest))
        throw new SlipwayError('OCI_DIGEST_MISMATCH', `the content is not ${digest}.`);
      await this.adopt(temporary, digest);
    } catch (error) {
      if (content instanceof Readable) content.destroy();
      await rm(temporary, { force: true });
      throw storageError(error, this.#root);
    }
  }

  /** Gives a finished, synced and verified file its name. */
  async adopt(file: string, digest: Digest): Promise<void> {
    const path = this.path(digest);
    await makeFolder(dirname(path));
    await rename(file, path);
    await syncFolder(dirname(path));
  }

  /** Removes what killed writers left behind; nobody else may be writing. */
  async sweep(): Promise<void> {
    const folder = join(this.#root, 'blobs');
    const names = await readdir(folder).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  }
}

/** Writes the whole of a chunk, which one call need not do. */
export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) offset += (await file.write(chunk, offset)).bytesWritten;
}
