import type { Readable } from 'node:stream';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import type { Descriptor, Digest } from '../../format/index.ts';
import type { PutBlobOptions, RawManifest, Repository } from '../../source.ts';

/** What another place may do better. */
const PASSING: ReadonlySet<string> = new Set([
  'OCI_MANIFEST_UNKNOWN',
  'OCI_BLOB_UNKNOWN',
  'OCI_UNAUTHORIZED',
  'OCI_REGISTRY_FAILED',
  'OCI_REGISTRY_SILENT',
  'OCI_REGISTRY_UNREACHABLE',
  'OCI_REGISTRY_UNAVAILABLE',
]);

/**
 * A repository that is read from its mirrors, in their order, and from itself last, as clusters do with an
 * ImageDigestMirrorSet. Only what is not there or can not be had is looked for at the next place; what is wrong there is
 * told. Writing goes to the repository itself.
 */
export class MirroredRepository implements Repository {
  readonly name: string;
  readonly #itself: Repository;
  readonly #places: readonly Repository[];

  /** `places` are asked in their order; the repository itself is among them unless it must not be contacted. */
  constructor(itself: Repository, places: readonly Repository[]) {
    this.name = itself.name;
    this.#itself = itself;
    this.#places = places;
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    return await this.#first((place) => place.manifest(tagOrDigest));
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    return await this.#first((place) => place.blob(descriptor));
  }

  async blobFrom(descriptor: Pick<Descriptor, 'digest' | 'size'>, start: number): Promise<Readable> {
    return await this.#first(async (place) => {
      if (place.blobFrom !== undefined) return await place.blobFrom(descriptor, start);
      throw new SlipwayError('OCI_BLOB_UNKNOWN', `${place.name} can not be read from byte ${start} on.`);
    });
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    for (const place of this.#places) {
      const size = await place.blobSize?.(digest);
      if (size !== undefined) return size;
    }
    return undefined;
  }

  async tags(): Promise<string[]> {
    return await this.#first((place) => place.tags());
  }

  async referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    return await this.#first((place) => place.referrers(digest, artifactType));
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return await this.#itself.hasBlob(digest);
  }

  async partOfBlob(digest: Digest): Promise<number> {
    return (await this.#itself.partOfBlob?.(digest)) ?? 0;
  }

  async putBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options?: PutBlobOptions,
  ): Promise<void> {
    await this.#itself.putBlob(descriptor, content, options);
  }

  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    return await this.#itself.mountBlob(digest, from);
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest> {
    return await this.#itself.putManifest(tagOrDigest, mediaType, bytes);
  }

  async deleteManifest(digest: Digest): Promise<void> {
    await this.#itself.deleteManifest(digest);
  }

  async deleteTag(tag: string): Promise<void> {
    await this.#itself.deleteTag(tag);
  }

  async #first<T>(ask: (place: Repository) => Promise<T>): Promise<T> {
    const reasons: string[] = [];
    for (const [index, place] of this.#places.entries()) {
      try {
        return await ask(place);
      } catch (error) {
        if (!(error instanceof SlipwayError) || !PASSING.has(error.code)) throw error;
        reasons.push(`${place.name}: ${messageOf(error)}`);
        if (index < this.#places.length - 1) continue;
        throw new SlipwayError(error.code, `neither mirror nor source could be read: ${reasons.join(' ')}`, {
          place: { ...error.place, image: this.name },
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          cause: error,
        });
      }
    }
    throw new SlipwayError('OCI_MIRRORS_INVALID', 'no place to read from is named.', { place: { image: this.name } });
  }
}
