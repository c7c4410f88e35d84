import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, makeFolders, SlipwayError, systemCode } from '../util/index.ts';
import { type Digest, hasherFor, hexOf } from './digest.ts';

const READ_CHUNK = 1 << 20;

/** A blob that is being written beside its later place. */
export interface OpenPart {
  readonly path: string;
  write(chunk: Buffer): Promise<void>;
  /**
   * Checks size and digest of all of it, also of what was there before, and brings it to the disk. Throws
   * `OCI_DIGEST_MISMATCH`.
   */
  finish(size: number, image: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Parts of blobs that were cut off, kept as `.DIGEST.PID.part` beside the blobs. A part belongs to the process that
 * writes it; one whose process has ended is taken over by the next that wants the blob.
 */
export class BlobParts {
  readonly #folder: string;
  readonly #open = new Set<Digest>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes of a blob that another copy left; they are this process's from now on. */
  async left(digest: Digest): Promise<number> {
    const own = this.#path(digest);
    for (const name of await namesIn(this.#folder)) {
      const pid = name.startsWith(`.${digest}.`) ? /\.(\d+)\.part$/.exec(name)?.[1] : undefined;
      if (pid === undefined || this.#open.has(digest)) continue;
      const path = join(this.#folder, name);
      if (path !== own) {
        if ((await identifyProcess(Number(pid))) !== undefined) continue;
        await rename(path, own);
      }
      return (await stat(own)).size;
    }
    return 0;
  }

  /** Opens the part of a blob, to go on at byte `start`; what lies behind it is dropped. */
  async open(digest: Digest, start: number): Promise<OpenPart> {
    await makeFolders(this.#folder);
    const path = this.#path(digest);
    const file = await open(path, start > 0 ? 'r+' : 'w');
    this.#open.add(digest);
    const hash = hasherFor(digest);
    try {
      if (start > 0) await hashBeginning(path, start, hash, file);
    } catch (error) {
      await file.close();
      this.#open.delete(digest);
      throw error;
    }
    let at = start;
    return {
      path,
      write: async (chunk) => {
        hash.update(chunk);
        for (let done = 0; done < chunk.length; ) {
          const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      },
      finish: async (size, image) => {
        const actual = hash.digest('hex');
        if (at === size && actual === hexOf(digest)) return await file.sync();
        throw new SlipwayError('OCI_DIGEST_MISMATCH', `the content is not ${digest}: its bytes have ${actual}.`, {
          place: { image },
        });
      },
      close: async () => {
        this.#open.delete(digest);
        await file.close();
      },
    };
  }

  #path(digest: Digest): string {
    return join(this.#folder, `.${digest}.${process.pid}.part`);
  }
}

async function hashBeginning(path: string, length: number, hash: Hash, file: FileHandle): Promise<void> {
  const beginning = createReadStream(path, { end: length - 1, highWaterMark: READ_CHUNK });
  for await (const chunk of beginning as AsyncIterable<Buffer>) hash.update(chunk);
  await file.truncate(length);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
