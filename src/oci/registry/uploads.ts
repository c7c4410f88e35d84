import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError, storageError, systemCode, writeFileAtomic } from '../../util/index.ts';
import { type Digest, hasherFor, hexOf } from '../digest.ts';
import type { BlobFiles } from './blobs.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Uploads under way (distribution-spec 1.1, § Pushing blobs): `uploads/ID/{data,repository}`. All state is in these
 * files, so that a client can resume after this process was killed.
 */
export class Uploads {
  readonly #root: string;
  readonly #blobs: BlobFiles;

  constructor(root: string, blobs: BlobFiles) {
    this.#root = join(root, 'uploads');
    this.#blobs = blobs;
  }

  /** Begins an upload to a repository; returns its id. */
  async begin(repository: string): Promise<string> {
    const id = randomUUID();
    try {
      await mkdir(join(this.#root, id), { recursive: true });
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

  /** Appends a chunk. A chunk that breaks off keeps what arrived; the client asks how much that is and goes on. */
  async append(id: string, content: Readable): Promise<number> {
    const file = await open(this.#data(id), 'a');
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) await file.appendFile(chunk);
    } catch (error) {
      throw storageError(error, this.#root);
    } finally {
      await file.close();
    }
    return (await stat(this.#data(id))).size;
  }

  /** Turns the received bytes into a blob when they have the digest; else the upload is dropped. Throws `OCI_DIGEST_MISMATCH`. */
  async finish(id: string, digest: Digest): Promise<void> {
    const path = this.#data(id);
    const hash = hasherFor(digest);
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== hexOf(digest)) {
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

  async cancel(id: string): Promise<void> {
    await rm(join(this.#root, id), { recursive: true, force: true });
  }

  #data(id: string): string {
    return join(this.#root, id, 'data');
  }
}

function unknown(id: string): SlipwayError {
  return new SlipwayError('OCI_UPLOAD_UNKNOWN', `there is no upload "${id}".`);
}
