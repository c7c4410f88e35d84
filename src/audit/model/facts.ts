import { type Static, Type } from 'typebox';
import { parserOf, type SlipwayError } from '../../util/index.ts';
import {
  BinaryFacts,
  CertificateFacts,
  ContentManifestFacts,
  DnfHistoryFacts,
  DockerfileFacts,
  FileFacts,
  Gap,
  LabelFileFacts,
  OsReleaseFacts,
  PackageListFacts,
  RepositoryFacts,
  ResidueFacts,
} from './evidence.ts';
import { type PackageFacts, RpmdbFacts } from './packages.ts';

/**
 * Name and version of what makes facts of a layer. Cached facts of another version are made anew, so raise it with
 * every change of what is extracted or of the shapes of facts.
 */
export const EXTRACTOR = 'slipway-audit/2';

/** What files of a layer say, by sort. Each sort has one collector in `evidence/` or `facts/layer/rpmdb.ts`. */
const Evidence = {
  rpmdbs: Type.Array(RpmdbFacts),
  osReleases: Type.Array(OsReleaseFacts),
  repositories: Type.Array(RepositoryFacts),
  contentManifests: Type.Array(ContentManifestFacts),
  dockerfiles: Type.Array(DockerfileFacts),
  labelFiles: Type.Array(LabelFileFacts),
  packageLists: Type.Array(PackageListFacts),
  certificates: Type.Array(CertificateFacts),
  residues: Type.Array(ResidueFacts),
  dnfHistories: Type.Array(DnfHistoryFacts),
  binaries: Type.Array(BinaryFacts),
  gaps: Type.Array(Gap),
};

export const LayerFacts = Type.Object({
  extractor: Type.String(),
  /** Digest of the keyring that `signature` of the packages was judged with. */
  keyring: Type.String(),
  /** Digest of the compressed blob. */
  digest: Type.String(),
  diffId: Type.String(),
  /** Size of the compressed blob in bytes. */
  size: Type.Integer(),
  ...Evidence,
  /** Every file of the layer by path, in deep mode; null when it was not asked for. */
  files: Type.Union([Type.Array(FileFacts), Type.Null()]),
  /** Paths that this layer removes from lower ones. */
  whiteouts: Type.Array(Type.String()),
  /** Folders whose lower content this layer hides. */
  opaque: Type.Array(Type.String()),
  /** Hard links with the name of evidence whose file is not in this layer: ostree spreads files and names over layers. */
  looseLinks: Type.Array(
    Type.Object({
      kind: Type.Union([Type.Literal('rpmdb'), Type.Literal('evidence')]),
      path: Type.String(),
      target: Type.String(),
    }),
  ),
});
/** Facts of one layer: plain JSON, a function of (layer digest, extractor, keyring, deep or not) only. */
export type LayerFacts = Static<typeof LayerFacts>;

/** Parses cached facts. Throws `AUDIT_FACTS_INVALID`. */
export const parseLayerFacts = parserOf(LayerFacts, 'AUDIT_FACTS_INVALID');

/** One entry of an image's history that made or might have made a layer. */
export interface LayerOrigin {
  /** The instruction that the layer is recorded under. */
  readonly createdBy: string;
  /**
   * All instructions since the layer before, oldest first. One build step may hold many (buildah writes one layer for
   * all of them and records it under the last one; spec audit.md § 4.3).
   */
  readonly span: readonly string[];
}

export interface ImageLayer extends LayerOrigin {
  /** 1 is the lowest. */
  readonly number: number;
  readonly facts: LayerFacts;
}

/** How the files of one package stand in one image against the digests in its signed header (deep mode). */
export interface FileCheck {
  readonly pkg: PackageFacts;
  /**
   * `match`: every file that is there is the signed one; `differs`: some are not; `unknown`: nothing could be compared
   * (`reason` says why).
   */
  readonly state: 'match' | 'differs' | 'unknown';
  readonly reason: string;
  /** Files that were compared, and signed files that the image does not have (documentation, removed languages, …). */
  readonly compared: number;
  readonly absent: number;
  /** Files that are not what was signed, sorted by path. `layer` is the index (0 is the lowest) that brought them. */
  readonly changed: readonly {
    readonly path: string;
    readonly layer: number;
    readonly signed: string;
    readonly found: string;
  }[];
}

/** A file that no package of its image owns and that is, byte for byte, a file of packages of the same payload. */
export interface UnownedFile {
  readonly path: string;
  /** Index of the layer that brought it; 0 is the lowest. */
  readonly layer: number;
  readonly sha256: string;
  readonly size: number;
  /** The packages that have it, and under which path. Sorted by NEVRA. */
  readonly packages: readonly { readonly pkg: PackageFacts; readonly path: string }[];
}

/** What deep mode adds to an image. */
export interface ImageFileFacts {
  /** One for each package that can be seen from inside the image, sorted by NEVRA. */
  readonly checks: readonly FileCheck[];
  readonly unowned: readonly UnownedFile[];
}

/** Facts of one image: its configuration and the facts of its layers, lowest first. Shared layers are shared objects. */
export interface ImageFacts {
  readonly name: string;
  /** Digest of the image manifest. */
  readonly digest: string;
  /** Where others find it; null when that is not to be told. */
  readonly pullSpec: string | null;
  /** As the manifest list states it that the image was found in; left out where none was asked. */
  readonly platform?: string;
  readonly architecture: string;
  readonly created: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Environment of the image's configuration: name ► value. */
  readonly environment: Readonly<Record<string, string>>;
  /** Annotations of the manifest; builders write the base image there (`org.opencontainers.image.base.*`). */
  readonly annotations: Readonly<Record<string, string>>;
  /** Comments of the history, oldest first: buildah writes `FROM …` there. Empty ones are left out. */
  readonly comments: readonly string[];
  readonly diffIds: readonly string[];
  readonly layers: readonly ImageLayer[];
  /** True for images that are known bases of others: findings name them as origin. */
  readonly base: boolean;
  /** null unless deep mode was asked for. */
  readonly files: ImageFileFacts | null;
}

/** An image of a set of which nothing is known, and why. */
export interface UnreadImage {
  readonly name: string;
  /** Of the manifest; null where not even that is known. */
  readonly digest: string | null;
  readonly pullSpec: string | null;
  /** `OCI_…` */
  readonly error: SlipwayError;
}

/** An image that others are built on, known by its layers. */
export interface KnownBase {
  readonly name: string;
  readonly diffIds: readonly string[];
}
