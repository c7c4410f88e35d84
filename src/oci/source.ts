import type { Readable } from 'node:stream';
import type { Descriptor, Digest } from './format/index.ts';

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

/** What is known of content that a target may have already, for one that looks whether it is whole. */
export interface BlobCheck {
  /** Bytes that its descriptor states. */
  readonly size: number;
  /** Told how many of its bytes have been read to check them. */
  readonly onRead?: (at: number) => void;
  /** Told what is wrong with content that is there, and is not counted as such. */
  readonly onDamaged?: (reason: string) => void;
  /** Ends the check with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Write side: what images can be copied to. */
export interface ImageTarget {
  readonly name: string;
  /**
   * Whether content is there. A target whose files may have been cut short or changed unseen compares them with the
   * check, if there is one; a registry answers for its own.
   */
  hasBlob(digest: Digest, check?: BlobCheck): Promise<boolean>;
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
