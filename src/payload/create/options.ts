import type { Descriptor, Digest, ImageSource, Repository } from '../../oci/index.ts';
import type { AssembledPayload } from '../assemble/assemble.ts';
import type { JsonObject } from '../manifest/types.ts';
import type { Mapping } from '../stream/mappings.ts';
import type { ImageStream } from '../stream/types.ts';
import type { Payload } from '../types.ts';

/** What a release is made of: exactly one of the two. */
export type PayloadInput =
  | { readonly imageStream: ImageStream; readonly fromRelease?: never }
  | { readonly fromRelease: Payload; readonly imageStream?: never };

export interface PrepareOptions {
  /** Version of the release. With `fromRelease` the default is that release's. */
  readonly name?: string;
  /**
   * Time of creation; of an unchanged `fromRelease` its own is used instead, so that a release can be made again byte
   * for byte (payload format § 1.13).
   */
  readonly creationTimestamp: Date;
  /**
   * Opens the repository of a pull spec. Called with every component's pull spec; it may read from elsewhere than the
   * pull spec says (a staging area), because what is written is the pull spec.
   */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** `public` or `source`; default `public` for image streams. Releases keep their pull specs. */
  readonly referenceMode?: string;
  readonly previous?: readonly string[];
  readonly next?: readonly string[];
  readonly metadata?: JsonObject;
  readonly include?: readonly string[];
  readonly recordInclude?: boolean;
  readonly exclude?: readonly string[];
  readonly overrides?: readonly Mapping[];
  readonly allowMissingImages?: boolean;
  /** Pull spec of the base image; default: the component `baseTag`. */
  readonly baseImage?: string;
  /** Default `cluster-version-operator`. */
  readonly baseTag?: string;
  readonly anyVersion?: boolean;
  /** Architecture taken of manifest lists; default amd64. */
  readonly architecture?: string;
  /** Repository (`host/path`) that the pull specs name instead of the input's, as oc's `--mirror`; nothing is copied. */
  readonly mirrorTo?: string;
  /** Images read at a time; default 8. */
  readonly concurrency?: number;
  /** A line of progress, as oc prints it after `info: `. */
  readonly onProgress?: (line: string) => void;
}

export interface PushOptions {
  readonly to: Repository;
  /** `host/repository` as the pull spec names the target; default its own name. */
  readonly toName?: string;
  /** Default: the release's version. */
  readonly toTag?: string;
}

/** A release that is complete and checked, nothing of it pushed. */
export interface PreparedPayload extends AssembledPayload {
  /** Repository with the layers of the base image. */
  readonly baseSource: ImageSource;
  /** Pull spec of the base image. */
  readonly basePullSpec: string;
  readonly baseLayers: readonly Descriptor[];
  /** For an unchanged `fromRelease`: whether the payload layer came out the same. */
  readonly reproduced?: boolean;
}

export interface NewPayload extends PreparedPayload {
  readonly digest: Digest;
  /** `host/repository@digest` */
  readonly pullSpec: string;
}
