import { createHash, type Hash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, storageError, systemCode, writeFileAtomic } from '../../../util/index.ts';
import { fileBytes } from '../../bytes/index.ts';
import { algorithmOf, type Digest, hasherFor, hexOf } from '../../format/index.ts';
import { type BlobFiles, writeAll } from './blobs.ts';
import { makeFolder } from './folders.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SETTLING_MS = 500;
/** As long as docker's registry keeps them. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** The body of a request: whether all of it has arrived, and how to end it. */
type Body = Pick<IncomingMessage, 'complete' | 'destroy'>;

/**
 * Uploads under way (distribution-spec 1.1, § Pushing blobs): `uploads/ID/{data,repository}`. All state is in these
 * files, so that a client can resume after this process was killed.
 */
export class Uploads {
  readonly #root: string;
  readonly #blobs: BlobFiles;
  /** Who is at work on which upload. */
  readonly #busy = new Map<string, { readonly body: Body; readonly done: Promise<void> }>();

  /** sha256 of what this process wrote from an upload's first byte on; after a restart the file is read instead. */
  readonly #hashes = new Map<string, { readonly hash: Hash; bytes: number }>();

  constructor(root: string, blobs: BlobFiles) {
    this.#root = join(root, 'uploads');
    this.#blobs = blobs;
  }

  /** Begins an upload to a repository; returns its id. */
  async begin(repository: string): Promise<string> {
    const id = randomUUID();
    try {
      await makeFolder(join(this.#root, id));
      await writeFileAtomic(join(this.#root, id, 'repository'), repository);
      await (await open(this.#data(id), 'w')).close();
    } catch (error) {
      throw storageError(error, this.#root);
    }
    return id;
  }

  /** Bytes received. Throws `OCI_UPLOAD_UNKNOWN`, also for an upload to another repository. */
  async received(id: string, repository: string): Promise<number> {
    if (!ID.test(id)) throw unknown(id);
    try {
      if ((await readFile(join(this.#root, id, 'repository'), 'utf8')) !== repository) throw unknown(id);
      return (await stat(this.#data(id))).size;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') throw unknown(id);
      throw error;
    }
  }

  /**
   * Bytes received, for who asks how to go on: what still arrives of a connection that broke is waited for, for a moment.
   * Throws `OCI_UPLOAD_UNKNOWN`.
   */
  async settled(id: string, repository: string): Promise<number> {
    await this.received(id, repository);
    await Promise.race([this.#busy.get(id)?.done, sleep(SETTLING_MS, undefined, { ref: false })]);
    return await this.received(id, repository);
  }

  /**
   * Works on an upload alone; `work` gets the bytes received. Who comes later ends a body that is still being sent: a
   * client resumes because its connection broke, and this side may never learn of that. Throws `OCI_UPLOAD_UNKNOWN`.
   */
  async alone<T>(id: string, repository: string, body: Body, work: (received: number) => Promise<T>): Promise<T> {
    await this.received(id, repository);
    const former = this.#busy.get(id);
    const turn = Promise.withResolvers<void>();
    const mine = { body, done: turn.promise };
    this.#busy.set(id, mine);
    try {
      if (former?.body.complete === false) former.body.destroy();
      await former?.done;
      return await work(await this.received(id, repository));
    } finally {
      if (this.#busy.get(id) === mine) this.#busy.delete(id);
      turn.resolve();
    }
  }

  /** Appends a chunk. A chunk that breaks off keeps what arrived; the client asks how much that is and goes on. */
  async append(id: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    try {
      const file = await open(this.#data(id), 'a');
      try {
        const { size } = await file.stat();
        if (size === 0) this.#hashes.set(id, { hash: createHash('sha256'), bytes: 0 });
        const known = this.#hashes.get(id);
        const hashed = known?.bytes === size ? known : undefined;
        for await (const chunk of content) {
          await writeAll(file, chunk);
          hashed?.hash.update(chunk);
          if (hashed) hashed.bytes += chunk.length;
        }
        return (await file.stat()).size;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw storageError(error, this.#root);
    }
  }

  /** Turns the received bytes into a blob when they have the digest; else the upload is dropped. Throws `OCI_DIGEST_MISMATCH`. */
  async finish(id: string, digest: Digest): Promise<void> {
    const path = this.#data(id);
    if ((await this.#hash(id, digest)).digest('hex') !== hexOf(digest)) {
      await this.cancel(id);
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the uploaded content is not ${digest}.`);
    }
    try {
      const file = await open(path, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#blobs.adopt(path, digest);
    } catch (error) {
      throw storageError(error, path);
    }
    await this.cancel(id);
  }

  /** The hash of what was received, which is read anew only when it was not seen coming. */
  async #hash(id: string, digest: Digest): Promise<Hash> {
    const path = this.#data(id);
    const known = this.#hashes.get(id);
    // A hash gives its digest once.
    this.#hashes.delete(id);
    if (algorithmOf(digest) === 'sha256' && known?.bytes === (await stat(path)).size) return known.hash;
    const hash = hasherFor(digest);
    for await (const chunk of fileBytes(path)) hash.update(chunk);
    return hash;
  }

  async cancel(id: string): Promise<void> {
    this.#hashes.delete(id);
    await rm(join(this.#root, id), { recursive: true, force: true });
  }

  /** Drops uploads that nobody went on with for a week. */
  async sweep(now: Date): Promise<void> {
    const ids = await readdir(this.#root).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const id of ids) {
      // One that was killed while it began has no data.
      const times = await Promise.all([join(this.#root, id), this.#data(id)].map(modified));
      if (Math.max(...times) < now.getTime() - KEPT_MS) await this.cancel(id);
    }
  }

  #data(id: string): string {
    return join(this.#root, id, 'data');
  }
}

/** Unix milliseconds; 0 for what is not there. */
async function modified(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

function unknown(id: string): SlipwayError {
  return new SlipwayError('OCI_UPLOAD_UNKNOWN', `there is no upload "${id}".`);
}
