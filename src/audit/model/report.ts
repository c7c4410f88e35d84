import { type Static, Type } from 'typebox';
import { type DeepReadonly, Nullable, type Place, parserOf } from '../../util/index.ts';
import { Finding, FindingPackage, Level } from './findings.ts';
import { ProfileSchema } from './policy.ts';

const Text = Type.String();
const Texts = Type.Array(Text);
const Whole = Type.Integer();
const Flag = Type.Boolean();

const ReportLayer = Type.Object({
  number: Whole,
  digest: Text,
  diffId: Text,
  size: Whole,
  createdBy: Text,
  base: Nullable(Text),
  /** Packages that it introduces. */
  packages: Whole,
});
export type ReportLayer = DeepReadonly<Static<typeof ReportLayer>>;

const ReportPackage = Type.Object({
  ...FindingPackage.properties,
  epoch: Nullable(Whole),
  version: Text,
  release: Text,
  arch: Nullable(Text),
  /** Images that carry it. */
  images: Whole,
  /**
   * Id of the repository that it came from, where dnf's histories agree or one catalogue alone lists it. Reports by earlier
   * versions leave it out.
   */
  repository: Type.Optional(Nullable(Text)),
});
/** A build of a package, with what names it to others. */
export type ReportPackage = DeepReadonly<Static<typeof ReportPackage>>;

const ReportContent = Type.Object({
  /** Place in the report's `packages`, from 0. */
  package: Whole,
  /** Path of the database that lists it first. */
  database: Text,
  /** 1-based layer that introduces it. */
  layer: Whole,
  /** 1-based layer that hides it again; null when it is visible. */
  hiddenBy: Nullable(Whole),
});
/** A package of an image: where it is listed and between which layers it is there. */
export type ReportContent = DeepReadonly<Static<typeof ReportContent>>;

const ReportOs = Type.Object({
  id: Text,
  name: Text,
  versionId: Text,
});
/** What an image's os-release says. */
export type ReportOs = DeepReadonly<Static<typeof ReportOs>>;

const ReportModule = Type.Object({
  path: Text,
  /** `v1.2.3`, or `(devel)` of what was built in its own tree. */
  version: Text,
  /** Images that carry it. */
  images: Whole,
});
/** A module of Go that is linked into programs. */
export type ReportModule = DeepReadonly<Static<typeof ReportModule>>;

const ReportProgram = Type.Object({
  path: Text,
  /** 1-based layer that brings it. */
  layer: Whole,
  /** A later layer hides it, and its bytes are distributed all the same. */
  hidden: Flag,
  /** `go1.23.9 (Red Hat 1.23.9-1.el9_6)` */
  toolchain: Text,
  /** Import path of its main package; null where it was built without module information. */
  main: Nullable(Text),
  /** Places in the report's `modules`, from 0. */
  modules: Type.Array(Whole),
});
/** A program that Go built. */
export type ReportProgram = DeepReadonly<Static<typeof ReportProgram>>;

const ReportImage = Type.Object({
  name: Text,
  digest: Text,
  /** Where it was read, `repository@sha256:…`; null when that is not to be told. */
  pullSpec: Nullable(Text),
  /** `os/architecture[/variant]` as the manifest list states it; left out of an image that was not found in one. */
  platform: Type.Optional(Text),
  architecture: Text,
  os: Nullable(ReportOs),
  /** The longest base image it is built on. */
  base: Nullable(Text),
  /** How the base image is known: by its layers, or by packages of the same transactions. */
  baseBy: Nullable(Type.Union([Type.Literal('layer'), Type.Literal('transactions')])),
  /** NEVRAs that are there after all layers, sorted. */
  packages: Texts,
  /** NEVRAs that only lower layers hold. */
  hiddenPackages: Texts,
  /** Ids of keys that signed its packages, most used first. */
  signers: Type.Array(Type.Object({ keyId: Text, packages: Whole })),
  layers: Type.Array(ReportLayer),
  /** Every package that it carries, hidden ones as well, in the order of the report's `packages`. */
  contents: Type.Array(ReportContent),
  /** Programs that Go built. Reports by earlier versions leave them out. */
  programs: Type.Optional(Type.Array(ReportProgram)),
});
export type ReportImage = DeepReadonly<Static<typeof ReportImage>>;

const ReportUnread = Type.Object({
  name: Text,
  /** Of the manifest; null where not even that is known. */
  digest: Nullable(Text),
  pullSpec: Nullable(Text),
  /** Stable code of the error, `OCI_…`, and what it says. */
  code: Text,
  message: Text,
});
/** An image that was to be judged and could not be read. */
export type ReportUnread = DeepReadonly<Static<typeof ReportUnread>>;

const ReportBase = Type.Object({
  name: Text,
  kind: Type.Union([Type.Literal('known'), Type.Literal('image'), Type.Literal('shared')]),
  /** Chain id of its top layer: equal id, equal content. */
  chainId: Text,
  layers: Whole,
  /** Names of the images that are built on it, sorted. */
  images: Texts,
  /** Packages that its layers bring, its own bases included. */
  packages: Whole,
  /** Who signed them, sorted by key; an empty key id stands for unsigned ones. */
  signers: Type.Array(Type.Object({ keyId: Text, owner: Text, packages: Whole })),
});
/** One base image of the set, with what its layers brought in: what the next release is compared with. */
export type ReportBase = DeepReadonly<Static<typeof ReportBase>>;

const ReportException = Type.Object({
  id: Text,
  rules: Texts,
  owner: Text,
  reason: Text,
  issue: Nullable(Text),
  /** Last day it holds (UTC). */
  expires: Text,
  state: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('unused'), Type.Literal('expired')]),
  /** It holds, and ends within 14 days. */
  expiring: Flag,
  /** Findings that it covers, image by image. */
  covers: Whole,
});
/** An exception of the policy on the day of the judgement. */
export type ReportException = DeepReadonly<Static<typeof ReportException>>;

const ReportSigner = Type.Object({
  /** 16 hex digits, or empty for unsigned packages. */
  keyId: Text,
  /** Of the key that verified; null when none did. */
  fingerprint: Nullable(Text),
  owner: Text,
  verdict: Type.Union([
    Type.Literal('allow'),
    Type.Literal('warn'),
    Type.Literal('deny'),
    Type.Literal('unknown'),
    Type.Literal('unsigned'),
  ]),
  packages: Whole,
  /** How many of them have a verified signature. */
  verified: Whole,
  images: Whole,
});
export type ReportSigner = DeepReadonly<Static<typeof ReportSigner>>;

const AuditReport = Type.Object({
  kind: Type.Literal('AuditReport'),
  apiVersion: Type.Literal('slipway.okd.io/v1'),
  /** `incomplete`: nothing is refused of what was read, and some images were not. */
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('incomplete')]),
  policy: Type.Object({ name: Text, digest: Text, profile: ProfileSchema }),
  /** The accepted baseline that findings were compared with. */
  baseline: Nullable(Type.Object({ digest: Text, keys: Whole })),
  /** Name of the release that base images were compared with. */
  previous: Nullable(Text),
  /** Digests of the keyrings that signatures were verified with (one, unless facts were mixed). */
  keyrings: Texts,
  /** Catalogues of open packages that were asked (proof level L4), sorted by name. */
  catalogues: Type.Array(
    Type.Object({
      name: Text,
      digest: Text,
      url: Nullable(Text),
      revision: Text,
      packages: Whole,
    }),
  ),
  /** Digests of what Slipway itself knows of signing keys and of repository ids. */
  knowledge: Type.Object({ signingKeys: Text, repositories: Text }),
  /** Files were compared with what their packages signed (proof level L5). */
  deep: Flag,
  extractor: Text,
  /** The day (UTC) for which exceptions were judged. */
  judgedOn: Text,
  totals: Type.Object({
    images: Whole,
    /** Distinct layers. */
    layers: Whole,
    /** Compressed size of the distinct layers in bytes. */
    bytes: Whole,
    /** Package occurrences, all images together. */
    packages: Whole,
    /** Distinct builds of packages. */
    distinctPackages: Whole,
    findings: Type.Object({
      deny: Whole,
      warn: Whole,
      info: Whole,
      excepted: Whole,
      /** Findings that the accepted baseline has. */
      known: Whole,
    }),
  }),
  /** Package occurrences by level of proof, lowest level first. */
  proof: Type.Array(Type.Object({ level: Level, label: Text, packages: Whole })),
  signers: Type.Array(ReportSigner),
  /** Worst first. */
  findings: Type.Array(Finding),
  /** Every distinct package, sorted by NEVRA. */
  packages: Type.Array(ReportPackage),
  /** Every distinct Go module, sorted. Reports by earlier versions leave them out. */
  modules: Type.Optional(Type.Array(ReportModule)),
  images: Type.Array(ReportImage),
  /** Images that were to be judged and could not be read, sorted by name; left out where there are none. */
  unread: Type.Optional(Type.Array(ReportUnread)),
  /** Base images that images of the set are built on, sorted by name. */
  bases: Type.Array(ReportBase),
  /** All that the policy has, sorted by id. */
  exceptions: Type.Array(ReportException),
});
/** The source of truth of an audit: plain JSON with one order, so that the same facts give the same bytes. */
export type AuditReport = DeepReadonly<Static<typeof AuditReport>>;

const Judgement = Type.Object({
  ...AuditReport.properties,
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail')]),
});
/** A report on images all of which were read. */
export type Judgement = DeepReadonly<Static<typeof Judgement>>;

/** As `parseAuditReport`, of a report that says pass or fail. */
export const parseJudgement: (value: unknown, place: Place) => Judgement = parserOf(Judgement, 'AUDIT_REPORT_INVALID');

const parse = parserOf(AuditReport, 'AUDIT_REPORT_INVALID');

/**
 * Takes a report that was stored or handed in (`--format json`). Throws `AUDIT_REPORT_INVALID` naming the first field
 * that is not as this version writes it.
 */
export function parseAuditReport(value: unknown, place: Place): AuditReport {
  return parse(value, place);
}
