import type { Hash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { identifyProcess, makeFolders, SlipwayError } from '../../util/index.ts';
import { fileBytes } from '../bytes/index.ts';
import { type Digest, hasherFor, hexOf } from '../format/index.ts';
import { type OwnedFolder, ownFile, takeOver } from '../owned-files.ts';

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
 * Parts of blobs that were cut off, kept as `.DIGEST.PID-TICKS-BOOT.part` beside the blobs. A part belongs to the process
 * that writes it; one whose process has ended is taken over by the next that wants the blob. Where processes can not be
 * told apart (no /proc) nobody's part is taken over.
 */
export class BlobParts {
  readonly #folder: string;
  readonly #open = new Set<Digest>();
  #home: Promise<OwnedFolder | undefined> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes of a blob that another copy left; they are this process's from now on. Throws `STORAGE_…`. */
  async left(digest: Digest): Promise<number> {
    const home = await this.#owned();
    if (home === undefined || this.#open.has(digest)) return 0;
    return (await takeOver(home, `.${digest}`, async (file) => (await stat(file)).size)) ?? 0;
  }

  async #owned(): Promise<OwnedFolder | undefined> {
    this.#home ??= identifyProcess(process.pid).then((own) =>
      own === undefined ? undefined : { folder: this.#folder, own, suffix: '.part' },
    );
    return await this.#home;
  }

  async #path(digest: Digest): Promise<string> {
    const unknown = { folder: this.#folder, own: { pid: process.pid, startTicks: '0', bootId: 'unknown' } };
    return ownFile((await this.#owned()) ?? { ...unknown, suffix: '.part' }, `.${digest}`);
  }

  /** Opens the part of a blob, to go on at byte `start`; what lies behind it is dropped. */
  async open(digest: Digest, start: number): Promise<OpenPart> {
    await makeFolders(this.#folder);
    const path = await this.#path(digest);
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
}

async function hashBeginning(path: string, length: number, hash: Hash, file: FileHandle): Promise<void> {
  for await (const chunk of fileBytes(path, { end: length - 1 })) hash.update(chunk);
  await file.truncate(length);
}
