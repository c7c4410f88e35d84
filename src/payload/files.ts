import type { Digest } from '../oci/index.ts';

/** A file of `/release-manifests` or `/manifests`. */
export interface PayloadFile {
  /** Path below the folder; release manifests have no sub-folders. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since 1970, UTC. */
  readonly mtime: number;
}

/** A file of an image's `/manifests`. */
export interface LayeredFile extends PayloadFile {
  /** Index of the layer that brought it, 0 is the lowest. */
  readonly layer: number;
}

/** Something in `/manifests` or `/release-manifests` of an image, or in an operator's folder, that is not taken from there. */
export interface DroppedEntry {
  /** Below the folder; empty for the folder itself. */
  readonly name: string;
  /** What it is instead of a file of the folder: `a symbolic link to "x"`, `in a sub-folder`. */
  readonly what: string;
}

/** The files of a payload, which never change under its digest. */
export interface PayloadFiles {
  readonly digest: Digest;
  /** `/release-manifests` as a container sees it, in layer order, with `image-references` and `release-metadata`. */
  readonly files: readonly PayloadFile[];
}
