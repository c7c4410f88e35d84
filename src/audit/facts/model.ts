import { type Static, Type } from 'typebox';
import { parserOf } from '../../util/index.ts';

/**
 * Name and version of what makes facts of a layer. Cached facts of another version are made anew, so raise it with
 * every change of what is extracted or of the shapes below.
 */
export const EXTRACTOR = 'slipway-audit/1';

const Nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Text = Nullable(Type.String());
const Whole = Nullable(Type.Integer());

/** One installed package, as one copy of an RPM database has it. */
const PackageFacts = Type.Object({
  name: Type.String(),
  epoch: Whole,
  version: Type.String(),
  release: Type.String(),
  arch: Text,
  nevra: Type.String(),
  vendor: Text,
  packager: Text,
  buildHost: Text,
  /** Unix seconds. */
  buildTime: Whole,
  sourceRpm: Text,
  license: Text,
  /** Unix seconds of the transaction that installed it: equal for packages of one `dnf install`. */
  installTid: Whole,
  /** Key ids that its signature packets name, 16 hex digits each. */
  keyIds: Type.Array(Type.String()),
  /** Does the header still have the digest that its builder wrote beside it? */
  headerDigest: Type.Union([Type.Literal('ok'), Type.Literal('bad'), Type.Literal('absent')]),
  signature: Type.Union([
    Type.Literal('ok'),
    Type.Literal('bad'),
    Type.Literal('no-key'),
    Type.Literal('absent'),
    Type.Literal('unverifiable'),
  ]),
  /** Whose signature verified, when `signature` is `ok`. */
  signedBy: Type.Union([Type.Object({ keyId: Type.String(), fingerprint: Type.String() }), Type.Null()]),
  /** Tags that describe the build and yet stand outside of the signed part of the header; none in an honest one. */
  unsignedClaims: Type.Array(Type.Integer()),
  /** sha256 (hex) of the signed header: identifies this very build in every database that holds it. */
  header: Type.String(),
});
export type PackageFacts = Static<typeof PackageFacts>;

/** One copy of an RPM database in a layer. */
const RpmdbFacts = Type.Object({
  path: Type.String(),
  /** Other paths of the same file: hard links, as in ostree's encapsulated images. */
  links: Type.Array(Type.String()),
  format: Type.Union([Type.Literal('sqlite'), Type.Literal('bdb'), Type.Literal('ndb')]),
  /** sha256 (hex) of the main file. */
  sha256: Type.String(),
  packages: Type.Array(PackageFacts),
  /** Imported public keys (gpg-pubkey rows): a hint at who was to be trusted, not packages. */
  keys: Type.Array(Type.String()),
  /** NEVRAs that only the write-ahead log beside the file adds (+) or removes (-). */
  logChanges: Type.Array(Type.String()),
});
export type RpmdbFacts = Static<typeof RpmdbFacts>;

const OsReleaseFacts = Type.Object({
  path: Type.String(),
  id: Type.String(),
  name: Type.String(),
  versionId: Type.String(),
});
export type OsReleaseFacts = Static<typeof OsReleaseFacts>;

const RepositoryFacts = Type.Object({
  path: Type.String(),
  id: Type.String(),
  /** baseurl, mirrorlist and metalink. */
  urls: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  gpgcheck: Type.Boolean(),
  sslverify: Type.Boolean(),
});
export type RepositoryFacts = Static<typeof RepositoryFacts>;

const ContentManifestFacts = Type.Object({
  path: Type.String(),
  contentSets: Type.Array(Type.String()),
  /** Index of the last layer of the build that wrote it, by its own word. */
  layerIndex: Whole,
});
export type ContentManifestFacts = Static<typeof ContentManifestFacts>;

const DockerfileFacts = Type.Object({
  path: Type.String(),
  from: Type.Array(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
});
export type DockerfileFacts = Static<typeof DockerfileFacts>;

const CertificateFacts = Type.Object({
  path: Type.String(),
  kind: Type.Union([Type.Literal('entitlement'), Type.Literal('consumer'), Type.Literal('product')]),
  /** A private key is in the file. The key itself is never kept. */
  privateKey: Type.Boolean(),
  subject: Type.String(),
  issuer: Type.String(),
  /** sha256 (hex) of the file. */
  sha256: Type.String(),
});
export type CertificateFacts = Static<typeof CertificateFacts>;

/** Something that had to be looked at and could not be read. */
const Gap = Type.Object({
  kind: Type.Union([Type.Literal('rpmdb'), Type.Literal('evidence')]),
  path: Type.String(),
  code: Type.String(),
  message: Type.String(),
});
export type Gap = Static<typeof Gap>;

/** What files of a layer say, by sort. Each sort has one collector in `evidence/` or `facts/rpmdb.ts`. */
const Evidence = {
  rpmdbs: Type.Array(RpmdbFacts),
  osReleases: Type.Array(OsReleaseFacts),
  repositories: Type.Array(RepositoryFacts),
  contentManifests: Type.Array(ContentManifestFacts),
  dockerfiles: Type.Array(DockerfileFacts),
  certificates: Type.Array(CertificateFacts),
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
/** Facts of one layer: plain JSON, a function of (layer digest, extractor, keyring) only. */
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

/** Facts of one image: its configuration and the facts of its layers, lowest first. Shared layers are shared objects. */
export interface ImageFacts {
  readonly name: string;
  /** Digest of the image manifest. */
  readonly digest: string;
  /** Where others find it; null when that is not to be told. */
  readonly pullSpec: string | null;
  readonly architecture: string;
  readonly created: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly diffIds: readonly string[];
  readonly layers: readonly ImageLayer[];
  /** True for images that are known bases of others: findings name them as origin. */
  readonly base: boolean;
}

/** An image that others are built on, known by its layers. */
export interface KnownBase {
  readonly name: string;
  readonly diffIds: readonly string[];
}
