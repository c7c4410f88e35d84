import type { Descriptor, Digest, ImageSource, Repository } from '../../oci/index.ts';
import type { AssembledPayload } from '../assemble/index.ts';
import type { ImageStream, Mapping, TagReference } from '../stream/index.ts';
import type { JsonObject } from '../text/index.ts';
import type { Payload } from '../types.ts';
import type { ManifestFolders } from './inputs/folders.ts';
import type { PlatformReleases } from './platforms.ts';

/** What a release is made of: exactly one of the three. */
export type PayloadInput =
  | { readonly imageStream: ImageStream; readonly fromRelease?: never; readonly folders?: never }
  | { readonly fromRelease: Payload; readonly imageStream?: never; readonly folders?: never }
  | { readonly folders: ManifestFolders; readonly imageStream?: never; readonly fromRelease?: never };

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
  /** Of the image stream in the release, where that is not made from another; default none. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly include?: readonly string[];
  /** Record in the metadata what making the release again needs (default true); false for oc's very bytes. */
  readonly recordInputs?: boolean;
  /** Leave no component out that nothing refers to; the default for an unchanged `fromRelease`. */
  readonly keepAll?: boolean;
  readonly exclude?: readonly string[];
  readonly overrides?: readonly Mapping[];
  readonly allowMissingImages?: boolean;
  readonly skipManifestCheck?: boolean;
  /** `key=version,…`: for `0.0.1-snapshot-KEY` where no image that an operator refers to declares one. */
  readonly componentVersions?: string;
  /** `key=Display Name,…` of `componentVersions`. */
  readonly componentVersionNames?: string;
  /** Names of component versions that images and `componentVersions` may declare; default those that oc allows. */
  readonly versionKeys?: readonly string[];
  /**
   * `oc`: what oc 4.20 makes of the same input where Slipway makes something better. Manifests are looked for in an
   * operator's last layer only (payload format § 1.12, B1; overrides: in all), nothing of the options is recorded (B5),
   * `componentVersions` has no effect (B12). Digests are pinned, and images pruned before they are copied, all the same.
   */
  readonly compat?: 'oc';
  /** Keep the manifest list of the base image: one release image for each of its platforms. */
  readonly keepManifestList?: boolean;
  /** Pull spec of the base image; default: the component `baseTag`. */
  readonly baseImage?: string;
  /** Default `cluster-version-operator`. */
  readonly baseTag?: string;
  /** Take any semantic version as name, not only OKD's; the default for the name of `fromRelease`, which it has already. */
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

/** What decides the bytes of a release beside its images, name, time, `previous` and `next`. */
export type Recipe = Pick<
  PrepareOptions,
  | 'allowMissingImages'
  | 'annotations'
  | 'architecture'
  | 'baseImage'
  | 'baseTag'
  | 'compat'
  | 'componentVersionNames'
  | 'componentVersions'
  | 'include'
  | 'keepAll'
  | 'keepManifestList'
  | 'metadata'
  | 'mirrorTo'
  | 'skipManifestCheck'
  | 'versionKeys'
> & {
  /** Manifests came from folders, which no recipe can bring back. */
  readonly fromFolders: boolean;
};

/** Called with a release that is complete, before any of it is copied or pushed; refuses it by throwing. */
export type Approval = (prepared: PreparedPayload) => Promise<void>;

/** A release that is complete and checked, nothing of it pushed. */
export interface PreparedPayload extends AssembledPayload {
  /** All components of the input by digest, pruned ones too, before `mirrorTo`; annotated as given, or as overrides. */
  readonly inputs: readonly TagReference[];
  /** How it was made of `inputs`. */
  readonly recipe: Recipe;
  /** Repository with the layers of the base image. */
  readonly baseSource: ImageSource;
  /** Pull spec of the base image. */
  readonly basePullSpec: string;
  readonly baseLayers: readonly Descriptor[];
  /** With `keepManifestList`, when the base is a list. */
  readonly platforms?: PlatformReleases;
  /** For an unchanged `fromRelease`: whether the payload layer came out the same. */
  readonly reproduced?: boolean;
}

export interface NewPayload extends PreparedPayload {
  readonly digest: Digest;
  /** `host/repository@digest` */
  readonly pullSpec: string;
}
