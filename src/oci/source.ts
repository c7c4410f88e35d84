import type { Readable } from 'node:stream';
import type { Digest } from './digest.ts';
import type { Descriptor } from './manifest.ts';

export interface RawManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Read side of anything that holds images: a repository of a registry, an OCI layout. */
export interface ImageSource {
  /** For messages: `localhost:5000/okd/content`, or the folder of a layout. */
  readonly name: string;
  /** A manifest by tag or digest, its digest checked. Throws `OCI_MANIFEST_UNKNOWN`. */
  manifest(tagOrDigest: string): Promise<RawManifest>;
  /**
   * Content by digest. Size and digest are checked while it streams; the stream fails with `OCI_BLOB_TRUNCATED` or
   * `OCI_DIGEST_MISMATCH` at its end. Throws `OCI_BLOB_UNKNOWN`.
   */
  blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable>;
  /**
   * The same content from byte `start` on. Whoever reads it has the bytes before and checks the digest; only the size is
   * checked here.
   */
  blobFrom?(descriptor: Pick<Descriptor, 'digest' | 'size'>, start: number): Promise<Readable>;
  /** Bytes that it says content has, which is not read; `undefined` when it does not have it. */
  blobSize?(digest: Digest): Promise<number | undefined>;
}

export interface PutBlobOptions {
  /** The content begins at this byte; what comes before is what `partOfBlob` said the target has. */
  readonly start?: number;
  /** Repository of the same registry that has the blob already. */
  readonly mountFrom?: string | undefined;
}

/** Write side: what images can be copied to. */
export interface ImageTarget {
  readonly name: string;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Bytes of a blob that a copy which was cut off left here; 0 when there are none. */
  partOfBlob?(digest: Digest): Promise<number>;
  /** Stores content under its digest; becomes visible only when size and digest are right. */
  putBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options?: PutBlobOptions,
  ): Promise<void>;
  /** Takes over a blob from another repository of the same registry; `false` where that is not possible. */
  mountBlob(digest: Digest, from: string): Promise<boolean>;
  /** Stores a manifest under a tag or its digest; returns its digest. */
  putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest>;
}

export interface Repository extends ImageSource, ImageTarget {
  /** Tags in byte order. */
  tags(): Promise<string[]>;
  /** Manifests whose `subject` is `digest` (distribution-spec 1.1, § Listing Referrers). */
  referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]>;
  deleteManifest(digest: Digest): Promise<void>;
  deleteTag(tag: string): Promise<void>;
}
