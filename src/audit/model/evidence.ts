import { type Static, Type } from 'typebox';
import { Text, Whole } from './packages.ts';

export const OsReleaseFacts = Type.Object({
  path: Type.String(),
  id: Type.String(),
  name: Type.String(),
  versionId: Type.String(),
});
export type OsReleaseFacts = Static<typeof OsReleaseFacts>;

export const RepositoryFacts = Type.Object({
  path: Type.String(),
  id: Type.String(),
  /** baseurl, mirrorlist and metalink. */
  urls: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  gpgcheck: Type.Boolean(),
  sslverify: Type.Boolean(),
});
export type RepositoryFacts = Static<typeof RepositoryFacts>;

export const ContentManifestFacts = Type.Object({
  path: Type.String(),
  contentSets: Type.Array(Type.String()),
  /** Index of the last layer of the build that wrote it, by its own word. */
  layerIndex: Whole,
  /** The content sets are guesses from the history of dnf, by the manifest's own word. */
  fromDnfHint: Type.Boolean(),
});
export type ContentManifestFacts = Static<typeof ContentManifestFacts>;

export const DockerfileFacts = Type.Object({
  path: Type.String(),
  from: Type.Array(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
});
export type DockerfileFacts = Static<typeof DockerfileFacts>;

/** `labels.json`: only builds of RHEL write it into node images (spec audit.md § 2.7). */
export const LabelFileFacts = Type.Object({
  path: Type.String(),
  labels: Type.Record(Type.String(), Type.String()),
});
export type LabelFileFacts = Static<typeof LabelFileFacts>;

/** `meta.json` of a node image: the packages that its build says it has. */
export const PackageListFacts = Type.Object({
  path: Type.String(),
  /** Sorted NEVRAs. */
  packages: Type.Array(Type.String()),
});
export type PackageListFacts = Static<typeof PackageListFacts>;

export const CertificateFacts = Type.Object({
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

/** A file that a build host's subscription left behind. Links that point to where a host would put it are none. */
export const ResidueFacts = Type.Object({
  path: Type.String(),
  /** `secret`: below /run/secrets; `subscription`: state of subscription-manager and its host folders. */
  kind: Type.Union([Type.Literal('secret'), Type.Literal('subscription')]),
  /** sha256 (hex) of the file. The content is never kept. */
  sha256: Type.String(),
});
export type ResidueFacts = Static<typeof ResidueFacts>;

const DnfTransaction = Type.Object({
  id: Type.Integer(),
  /** Unix seconds. */
  begin: Whole,
  end: Whole,
  releasever: Text,
  /** The command as dnf kept it: dnf4 without the program's name, dnf5 with it. */
  commandLine: Text,
});
export type DnfTransaction = Static<typeof DnfTransaction>;

const DnfPackage = Type.Object({
  /** As rpm's `%{NEVRA}`; an epoch of 0 is left out. */
  nevra: Type.String(),
  name: Type.String(),
  /** Id of the repository that it came from; null when dnf does not know. */
  repository: Text,
  /** `install`, `upgrade`, `downgrade`, `reinstall`, `obsolete`: the last one that put it there. */
  action: Type.String(),
  /** `user`, `dependency`, `weak`, …: why it is there. */
  reason: Type.String(),
  transaction: Type.Integer(),
});
export type DnfPackage = Static<typeof DnfPackage>;

/** What dnf's own history says of the packages that it put in, also of those that it took out again. */
export const DnfHistoryFacts = Type.Object({
  path: Type.String(),
  format: Type.Union([Type.Literal('dnf4'), Type.Literal('dnf5')]),
  transactions: Type.Array(DnfTransaction),
  packages: Type.Array(DnfPackage),
});
export type DnfHistoryFacts = Static<typeof DnfHistoryFacts>;

/** Note that packagers link into a program: "package metadata for executable files" (ELF owner FDO, type 0xcafe1a7e). */
const PackageNote = Type.Object({
  type: Type.String(),
  name: Type.String(),
  version: Type.String(),
  architecture: Text,
  osCpe: Text,
});
export type PackageNote = Static<typeof PackageNote>;

const GoBuild = Type.Object({
  /** Version of the toolchain, vendor's suffix included: `go1.23.9 (Red Hat 1.23.9-1.el9_6)`. */
  version: Type.String(),
  /** Import path of the main package; null where the program was built without module information. */
  path: Text,
  /** Modules that are linked in, the main one included, sorted by path; replacements instead of what they replace. */
  modules: Type.Array(Type.Object({ path: Type.String(), version: Type.String() })),
});
export type GoBuild = Static<typeof GoBuild>;

/** A program or library that says of itself what it was built from. */
export const BinaryFacts = Type.Object({
  path: Type.String(),
  size: Type.Integer(),
  note: Type.Union([PackageNote, Type.Null()]),
  go: Type.Union([GoBuild, Type.Null()]),
});
export type BinaryFacts = Static<typeof BinaryFacts>;

/** One file of a layer; kept in deep mode only. */
export const FileFacts = Type.Object({
  path: Type.String(),
  /** sha256 (hex) of a regular file; null for links. */
  sha256: Text,
  /** Bytes. */
  size: Type.Integer(),
  /** Target of a symbolic link, as written. */
  symlink: Text,
  /** Path that a hard link names, when that file is in another layer. */
  hardlink: Text,
});
export type FileFacts = Static<typeof FileFacts>;

/** Something that had to be looked at and could not be read: a file, or a layer, whose `path` is its digest then. */
export const Gap = Type.Object({
  kind: Type.Union([Type.Literal('rpmdb'), Type.Literal('evidence'), Type.Literal('layer')]),
  path: Type.String(),
  code: Type.String(),
  message: Type.String(),
});
export type Gap = Static<typeof Gap>;
