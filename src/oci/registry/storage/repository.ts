import { Readable } from 'node:stream';
import { SlipwayError } from '../../../util/index.ts';
import { verified } from '../../bytes/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  hasDigest,
  isDigest,
  isForeign,
  isIndexType,
  isRepositoryName,
  isTag,
  MANIFEST_TYPES,
  parseDigest,
  parseIndex,
  parseManifest,
} from '../../format/index.ts';
import type { PutBlobOptions, RawManifest, Repository } from '../../source.ts';
import type { BlobFiles, Content } from './blobs.ts';
import { keyOf, Links } from './links.ts';

export const MAX_MANIFEST = 4 << 20;

/** A repository of the embedded registry, used in this process. A blob is readable only through a repository that links it. */
export class LocalRepository implements Repository {
  readonly name: string;
  readonly #root: string;
  readonly #blobs: BlobFiles;
  readonly #links: Links;

  constructor(root: string, blobs: BlobFiles, name: string) {
    this.name = name;
    this.#root = root;
    this.#blobs = blobs;
    this.#links = new Links(root, name);
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    const digest = isDigest(tagOrDigest) ? tagOrDigest : await this.#tagged(tagOrDigest);
    const mediaType = digest === undefined ? undefined : await this.#links.read('_manifests', keyOf(digest));
    const place = { image: `${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}` };
    if (digest === undefined || mediaType === undefined)
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such image.', { place });
    const bytes = await this.#blobs.bytes(digest, MAX_MANIFEST, place.image);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the stored manifest is not ${digest}.`, { place });
    return { digest, mediaType, bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    if (!(await this.hasBlob(descriptor.digest))) {
      throw new SlipwayError('OCI_BLOB_UNKNOWN', `the repository has no ${descriptor.digest}.`, {
        place: { image: this.name },
      });
    }
    const { digest, size } = descriptor;
    // A byte more, so that a file that is longer than it should be is seen to be.
    return verified(this.#blobs.read(digest, { start: 0, end: size }), descriptor, this.name);
  }

  /** Size of a blob that this repository has; manifests count as blobs here. */
  async blobSize(digest: Digest): Promise<number | undefined> {
    return (await this.hasBlob(digest)) ? await this.#blobs.size(digest) : undefined;
  }

  /** Bytes of a blob, not verified again: what is stored under a digest was verified when it was written. */
  rawBlob(digest: Digest, range: { readonly start: number; readonly end: number }): Readable {
    return this.#blobs.read(digest, range);
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return (
      (await this.#links.read('_blobs', keyOf(digest))) !== undefined && (await this.#blobs.size(digest)) !== undefined
    );
  }

  async putBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options: PutBlobOptions = {},
  ): Promise<void> {
    if (options.mountFrom !== undefined && (await this.mountBlob(descriptor.digest, options.mountFrom))) {
      if (content instanceof Readable) content.destroy();
      return;
    }
    await this.writeBlob(descriptor.digest, content, descriptor.size);
  }

  /** Stores a blob whose size need not be known beforehand. */
  async writeBlob(digest: Digest, content: Content, size?: number): Promise<void> {
    await this.#blobs.write(digest, content, size);
    await this.linkBlob(digest);
  }

  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    // A name that is none could be a path out of the storage, or around the rules of who may read what.
    if (!isRepositoryName(from)) return false;
    if (!(await new LocalRepository(this.#root, this.#blobs, from).hasBlob(digest))) return false;
    await this.linkBlob(digest);
    return true;
  }

  /** Makes a stored blob readable through this repository. */
  async linkBlob(digest: Digest): Promise<void> {
    await this.#links.write('_blobs', keyOf(digest), '');
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest> {
    const place = { image: `${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}` };
    if (!isDigest(tagOrDigest) && !isTag(tagOrDigest))
      throw new SlipwayError('OCI_REFERENCE_INVALID', `"${tagOrDigest}" is neither a tag nor a digest.`, { place });
    if (!MANIFEST_TYPES.includes(mediaType))
      throw new SlipwayError('OCI_MANIFEST_INVALID', `the media type "${mediaType}" is not that of a manifest.`, {
        place,
      });
    const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place });
    const subject = await this.#checkContent(mediaType, bytes, place);
    await this.#blobs.write(digest, bytes, bytes.length);
    await this.linkBlob(digest);
    await this.#links.write('_manifests', keyOf(digest), mediaType);
    if (subject)
      await this.#links.write(
        `_referrers/${keyOf(subject.to)}`,
        digest.replace(':', '-'),
        JSON.stringify({ digest, mediaType, size: bytes.length, ...subject.descriptor }),
      );
    if (!isDigest(tagOrDigest)) await this.#links.write('_tags', tagOrDigest, digest);
    return digest;
  }

  /** Refuses a manifest that names content this repository lacks; returns what it refers to, if it is a referrer. */
  async #checkContent(mediaType: string, bytes: Uint8Array, place: { image: string }) {
    const lacking = (digest: Digest): SlipwayError =>
      new SlipwayError(
        'OCI_MANIFEST_BLOB_UNKNOWN',
        `the manifest names ${digest}, which the repository does not have.`,
        { place },
      );
    if (isIndexType(mediaType)) {
      const index = parseIndex(bytes, place);
      agree(mediaType, index.mediaType, place);
      for (const { digest } of index.manifests)
        if ((await this.#links.read('_manifests', keyOf(digest))) === undefined) throw lacking(digest);
      return index.subject === undefined
        ? undefined
        : {
            to: index.subject.digest,
            descriptor: { artifactType: index.artifactType, annotations: index.annotations },
          };
    }
    const manifest = parseManifest(bytes, place);
    agree(mediaType, manifest.mediaType, place);
    for (const blob of [manifest.config, ...manifest.layers])
      if (!isForeign(blob.mediaType) && !(await this.hasBlob(blob.digest))) throw lacking(blob.digest);
    if (manifest.subject === undefined) return undefined;
    return {
      to: manifest.subject.digest,
      descriptor: {
        // An empty type is the same as none (distribution-spec 1.1, § Listing Referrers).
        artifactType: manifest.artifactType || manifest.config.mediaType,
        annotations: manifest.annotations,
      },
    };
  }

  /** Whether anything was ever stored here. */
  async exists(): Promise<boolean> {
    return await this.#links.exist();
  }

  async tags(): Promise<string[]> {
    return await this.#links.list('_tags');
  }

  async referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    const found: Descriptor[] = [];
    for (const key of await this.#links.list(`_referrers/${keyOf(digest)}`)) {
      const text = await this.#links.read(`_referrers/${keyOf(digest)}`, key);
      if (text !== undefined) found.push(JSON.parse(text) as Descriptor);
    }
    return artifactType === undefined ? found : found.filter((descriptor) => descriptor.artifactType === artifactType);
  }

  async deleteManifest(digest: Digest): Promise<void> {
    const { mediaType, bytes } = await this.manifest(digest);
    const subject = (isIndexType(mediaType) ? parseIndex : parseManifest)(bytes, {
      image: `${this.name}@${digest}`,
    }).subject;
    for (const tag of await this.tags())
      if ((await this.#links.read('_tags', tag)) === digest) await this.deleteTag(tag);
    if (subject) await this.#links.remove(`_referrers/${keyOf(subject.digest)}`, digest.replace(':', '-'));
    await this.#links.remove('_manifests', keyOf(digest));
    await this.#links.remove('_blobs', keyOf(digest));
  }

  async deleteTag(tag: string): Promise<void> {
    if ((await this.#tagged(tag)) === undefined)
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such tag.', {
        place: { image: `${this.name}:${tag}` },
      });
    await this.#links.remove('_tags', tag);
  }

  /** Takes a blob out of this repository; its bytes stay for other repositories. */
  async deleteBlob(digest: Digest): Promise<void> {
    if (!(await this.hasBlob(digest)))
      throw new SlipwayError('OCI_BLOB_UNKNOWN', `the repository has no ${digest}.`, { place: { image: this.name } });
    await this.#links.remove('_blobs', keyOf(digest));
  }

  async #tagged(tag: string): Promise<Digest | undefined> {
    if (!isTag(tag))
      throw new SlipwayError('OCI_REFERENCE_INVALID', `"${tag}" is neither a tag nor a digest.`, {
        place: { image: this.name },
      });
    const digest = await this.#links.read('_tags', tag);
    return digest === undefined ? undefined : parseDigest(digest);
  }
}

/** Clients that trust the header and clients that trust the manifest must see the same thing (CVE-2021-41190). */
function agree(header: string, stated: string | undefined, place: { image: string }): void {
  if (stated === undefined || stated === header) return;
  throw new SlipwayError(
    'OCI_MANIFEST_INVALID',
    `the manifest calls itself "${stated}", but was sent as "${header}".`,
    { place: { ...place, field: 'mediaType' } },
  );
}
