import type { Descriptor, Digest, LoadedImage } from '../oci/index.ts';
import type { DroppedEntry, LayeredFile, PayloadFiles } from './files.ts';
import type { ImageStream } from './stream/index.ts';
import type { JsonObject } from './text/index.ts';

/** `release-metadata` (payload format § 1.6). */
export interface ReleaseMetadata {
  /** Absent: `cincinnati-metadata-v0`, the only one that a cluster reads. */
  readonly kind?: string;
  readonly version: string;
  readonly previous: readonly string[];
  readonly next: readonly string[];
  readonly metadata: JsonObject;
}

/** A version that a component image declares: `machine-os 9.0.20240601-0 "CentOS Stream CoreOS"`. */
export interface ComponentVersion {
  readonly version: string;
  /** Empty when the image names none. */
  readonly displayName: string;
}
export type ComponentVersions = ReadonlyMap<string, ComponentVersion>;

/** A release image, read. */
export interface Payload extends PayloadFiles {
  /** As it was asked for: `host/repository:tag`. */
  readonly reference: string;
  /** `host/repository@digest`: the list's digest when the release is multi-architecture. */
  readonly pullSpec: string;
  /** Digest of the manifest list it was taken from. */
  readonly listDigest?: Digest;
  readonly image: LoadedImage;
  readonly imageReferences: ImageStream;
  /** The components, in the order of `image-references`. */
  readonly images: readonly PayloadImage[];
  readonly metadata: ReleaseMetadata;
  /** Set when there is no `release-metadata`, and the version is the name of the image-references; only with `LoadOptions.asIs`. */
  readonly lacksMetadata?: true;
  /** Index of the layer that brought `image-references`. */
  readonly payloadLayer: number;
  /**
   * Paths of `/release-manifests` and `/manifests` that other layers than `payloadLayer` brought, replaced or deleted
   * (of `/manifests`: those that are not below it, where the base image is), in byte order. None in what `release new`
   * makes: oc, which reads the last layer only, sees another release than the cluster.
   */
  readonly strays: readonly string[];
  /** What else is in `/release-manifests`, in byte order: what is in sub-folders, links, devices. */
  readonly dropped: readonly DroppedEntry[];
  /** What a reader has to know of how it was read, full sentences. */
  readonly warnings: readonly string[];
}

/** A component as the payload names it. */
export interface PayloadImage {
  readonly name: string;
  readonly pullSpec: string;
  readonly digest: Digest;
}

/** What the linter and `--size` need to know of a component image. */
export interface ComponentImage {
  /** Tag name in the payload. */
  readonly name: string;
  readonly pullSpec: string;
  readonly digest: Digest;
  readonly listDigest?: Digest;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly labels: Readonly<Record<string, string>>;
  readonly architecture: string;
  /** The image's configuration, as it was fetched. */
  readonly rawConfig?: Uint8Array;
  /** RFC 3339. */
  readonly created?: string;
  /** `/manifests`, where it was asked for: operators and the base image. */
  readonly manifests?: readonly LayeredFile[];
  /** What else is there, and not read; absent as `manifests` is. */
  readonly dropped?: readonly DroppedEntry[];
}
