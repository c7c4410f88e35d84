import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ifThere, SlipwayError, storageError, syncFolder, systemCode, writeFileAtomic } from '../../util/index.ts';
import { fileBytes, sized, verified } from '../bytes/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  hasDigest,
  hasherFor,
  hexOf,
  isDigest,
  isRepositoryName,
  parseDigest,
  statedMediaType,
} from '../format/index.ts';
import { referrerOf, taggedReferrers, tagReferrer } from '../referrers.ts';
import type { BlobCheck, ImageSource, ImageTarget, PutBlobOptions, RawManifest } from '../source.ts';
import { BlobParts } from './blob-parts.ts';

const MAX_MANIFEST = 4 << 20;
const LIES: ReadonlySet<string> = new Set(['OCI_DIGEST_MISMATCH', 'OCI_BLOB_TRUNCATED']);
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * A repository in a folder, as `oc image mirror file://` and `oc adm release mirror --to-dir` lay it out:
 * `v2/REPOSITORY/blobs/DIGEST`, `v2/REPOSITORY/manifests/DIGEST`, tags as links to digests. Content-addressed: what is
 * there and whole is not written again, so that a copy that was cut off goes on where it stood, also in the middle of a blob. A
 * blob becomes visible when its size and digest are right and it is on the disk.
 */
export class MirrorFolder implements ImageSource, ImageTarget {
  readonly name: string;
  readonly #root: string;
  readonly #parts: BlobParts;

  /** Throws `OCI_REFERENCE_INVALID` for a repository whose name would leave the folder. */
  constructor(folder: string, repository: string) {
    if (!isRepositoryName(repository)) {
      throw new SlipwayError('OCI_REFERENCE_INVALID', `"${repository}" is not the name of a repository.`, {
        place: { file: folder },
      });
    }
    this.name = `file://${repository}`;
    this.#root = resolve(folder, 'v2', repository);
    this.#parts = new BlobParts(join(this.#root, 'blobs'));
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    const place = { image: `${this.name}:${tagOrDigest}`, file: this.#root };
    const digest = isDigest(tagOrDigest) ? tagOrDigest : await this.#tag(tagOrDigest);
    const bytes = digest && (await readIfThere(this.#path('manifests', digest), MAX_MANIFEST));
    if (!digest || !bytes) throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the folder has no such image.', { place });
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place });
    return { digest, mediaType: statedMediaType(bytes, place), bytes };
  }

  async blob({ digest, size }: { readonly digest: Digest; readonly size: number }): Promise<Readable> {
    const path = await this.#whole(digest, size);
    return verified(fileBytes(path), { digest, size }, this.name);
  }

  async blobFrom(
    { digest, size }: { readonly digest: Digest; readonly size: number },
    start: number,
  ): Promise<Readable> {
    const path = await this.#whole(digest, size);
    return sized(fileBytes(path, { start }), { digest, size }, start, this.name);
  }

  /** The file of a blob. Nothing of one that was cut short is read. */
  async #whole(digest: Digest, size: number): Promise<string> {
    const path = this.#path('blobs', digest);
    const actual = await sizeOf(path);
    if (actual === undefined)
      throw new SlipwayError('OCI_BLOB_UNKNOWN', `the folder lacks ${digest}.`, { place: { file: path } });
    if (actual < size)
      throw new SlipwayError('OCI_BLOB_TRUNCATED', `the file has ${actual} of ${size} bytes.`, {
        place: { file: path },
        hint: 'Mirror into the folder again.',
      });
    return path;
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    return await sizeOf(this.#path('blobs', digest));
  }

  async partOfBlob(digest: Digest): Promise<number> {
    return await this.#parts.left(digest);
  }

  async hasBlob(digest: Digest, check?: BlobCheck): Promise<boolean> {
    const path = this.#path('blobs', digest);
    const actual = await sizeOf(path);
    if (actual === undefined || check === undefined) return actual !== undefined;
    // A disk that was full or pulled out leaves files that are none: what was written long ago is read once more.
    const reason =
      actual === check.size ? await wrongBytes(path, digest, check) : `the file has ${actual} of ${check.size} bytes`;
    if (reason !== undefined) check.onDamaged?.(`${path}: ${reason}.`);
    return reason === undefined;
  }

  async putBlob(
    { digest, size }: { readonly digest: Digest; readonly size: number },
    content: Readable | Uint8Array,
    { start = 0 }: PutBlobOptions = {},
  ): Promise<void> {
    const path = this.#path('blobs', digest);
    const source = content instanceof Readable ? content : Readable.from([content], { objectMode: false });
    try {
      const part = await this.#parts.open(digest, start);
      try {
        for await (const chunk of source as AsyncIterable<Buffer>) await part.write(chunk);
        await part.finish(size, this.name);
      } catch (error) {
        // Of a source that lies nothing is kept; what was cut off is gone on with.
        if (error instanceof SlipwayError && LIES.has(error.code)) await rm(part.path, { force: true });
        throw error;
      } finally {
        await part.close();
      }
      await rename(part.path, path);
      await syncFolder(join(this.#root, 'blobs'));
    } catch (error) {
      throw storageError(error, path);
    } finally {
      source.destroy();
    }
  }

  async mountBlob(): Promise<boolean> {
    return false;
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest> {
    const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place: { image: this.name } });
    // oc looks for the manifest among the blobs as well.
    for (const kind of ['blobs', 'manifests'] as const) {
      const path = this.#path(kind, digest);
      const there = await readIfThere(path, MAX_MANIFEST);
      if (there === undefined || !hasDigest(there, digest)) await writeFileAtomic(path, bytes);
    }
    if (!isDigest(tagOrDigest)) await this.#setTag(tagOrDigest, digest);
    const referrer = referrerOf(digest, mediaType, bytes, this.name);
    if (referrer) await tagReferrer(this, referrer);
    return digest;
  }

  /** Manifests whose `subject` is `digest`: the folder keeps the list under a tag, as registries before OCI 1.1 do. */
  async referrers(digest: Digest): Promise<Descriptor[]> {
    return await taggedReferrers(this, digest);
  }

  /** Tags in byte order. */
  async tags(): Promise<string[]> {
    const entries = await ifThere(readdir(join(this.#root, 'manifests'), { withFileTypes: true }), this.#root);
    return (entries ?? [])
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => name)
      .sort();
  }

  async #setTag(tag: string, digest: Digest): Promise<void> {
    if (!TAG.test(tag)) {
      throw new SlipwayError('OCI_REFERENCE_INVALID', `"${tag}" is not a tag.`, { place: { image: this.name } });
    }
    const path = join(this.#root, 'manifests', tag);
    const temporary = join(this.#root, 'manifests', `.${randomUUID()}.part`);
    try {
      await symlink(digest, temporary);
      await rename(temporary, path);
      await syncFolder(join(this.#root, 'manifests'));
    } catch (error) {
      await rm(temporary, { force: true });
      throw storageError(error, path);
    }
  }

  /** The digest that a tag's link names; the link is read, never followed. */
  async #tag(tag: string): Promise<Digest | undefined> {
    if (!TAG.test(tag)) return undefined;
    try {
      return parseDigest(await readlink(join(this.#root, 'manifests', tag)));
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EINVAL') return undefined;
      throw error;
    }
  }

  #path(kind: 'blobs' | 'manifests', digest: Digest): string {
    return join(this.#root, kind, digest);
  }
}

/** What is wrong with the bytes of a file; `undefined` when they have the digest. */
async function wrongBytes(path: string, digest: Digest, { onRead, signal }: BlobCheck): Promise<string | undefined> {
  const hash = hasherFor(digest);
  let at = 0;
  try {
    for await (const chunk of fileBytes(path)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      at += chunk.length;
      onRead?.(at);
    }
  } catch (error) {
    throw storageError(error, path);
  }
  const actual = hash.digest('hex');
  return actual === hexOf(digest) ? undefined : `its bytes have the digest ${actual}`;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await ifThere(stat(path), path))?.size;
}

async function readIfThere(path: string, limit: number): Promise<Buffer | undefined> {
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  if (size > limit)
    throw new SlipwayError('OCI_TOO_LARGE', `the manifest is larger than ${limit} bytes.`, { place: { file: path } });
  return await readFile(path);
}
