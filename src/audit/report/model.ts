import type { Profile, Severity } from '../policy/schema.ts';
import type { ProofLevel } from '../rules/index.ts';

/** The line of a definition file that chose a base image: the one to revert. */
export interface ChosenAt {
  /** Name of the file, without folders. */
  readonly file: string;
  readonly line: number;
  /** The line as it stands, without indentation. */
  readonly text: string;
  /** What it would have to say for the base image of before; null when nothing is known of before. */
  readonly before: string | null;
}

/** Where a finding came in: a layer, the base image it belongs to, and what wrote it. */
export interface FindingOrigin {
  /** 1 is the lowest. */
  readonly layer: number;
  /** Layers of the base image, or of the image itself where no base has the layer. */
  readonly layers: number;
  readonly digest: string;
  readonly diffId: string;
  readonly chainId: string;
  /** Name of the base image that brought the layer in; null where it is the image's own. */
  readonly base: string | null;
  /** `shared`: no image is known that ends there, the name is made of the chain id. */
  readonly baseKind: 'known' | 'image' | 'shared' | null;
  /** The longest base image below this layer: it does not have what was found. */
  readonly below: string | null;
  /** Where the base image was chosen, as far as the caller said. */
  readonly chosenAt: ChosenAt | null;
  /** The instruction that the layer is recorded under; empty when the history does not tell. */
  readonly createdBy: string;
  /** Instructions that may have brought it in; more than one means "one of these". */
  readonly instructions: readonly string[];
  /** Ids of the repositories that dnf's history names for it; empty where there is no such history. */
  readonly repositories: readonly string[];
  /** Command lines of dnf that its history names for it. */
  readonly commands: readonly string[];
}

export interface FindingImage {
  readonly name: string;
  readonly digest: string;
  /** Layers of this image. */
  readonly layers: number;
  /** 1-based layer that hides it again, although its bytes stay in the image; null when it is visible. */
  readonly hiddenBy: number | null;
  /**
   * How it is known to be there: by the layer itself, or, where the layers were flattened into one, by packages of the
   * same transactions as in the base image (spec audit.md § 4.2, source 7).
   */
  readonly by: 'layer' | 'transactions';
  /** Exceptions that cover it in this image. */
  readonly exceptions: readonly string[];
  /** The accepted baseline has it. */
  readonly accepted: boolean;
}

export interface FindingPackage {
  readonly name: string;
  readonly nevra: string;
  readonly header: string;
  readonly vendor: string | null;
  readonly buildHost: string | null;
  readonly license: string | null;
  readonly sourceRpm: string | null;
  readonly signer: string | null;
  readonly proof: ProofLevel;
}

/** One thing that a finding is about: a package, a file, an image. */
export interface FindingSubject {
  /** NEVRA, path, or name of an image; empty for the policy itself. */
  readonly label: string;
  /** What was seen, a clause without a full stop. */
  readonly message: string;
  readonly package: FindingPackage | null;
  /** The repository that dnf's history names for it. */
  readonly repository: string | null;
  readonly evidence: readonly string[];
  /** Other rules that fire for it here, worst first. */
  readonly also: readonly string[];
  /** What stays the same when the image is built again, one for each place: a baseline holds these. */
  readonly keys: readonly string[];
}

/**
 * One finding per rule and origin: whatever one layer brought into however many images is one finding, that lists the
 * things and the images (spec audit.md § 4.4, § 6.2).
 */
export interface Finding {
  /** `RULE:` and 16 hex digits; the same origin and subjects give the same id in every report. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /**
   * `excepted`: exceptions cover it in every image; `known`: where they do not, the accepted baseline has it. Only
   * open findings count for the verdict.
   */
  readonly status: 'open' | 'excepted' | 'known';
  /** What was seen, one sentence without origin. */
  readonly message: string;
  readonly origin: FindingOrigin | null;
  /** Sorted by name; empty for findings about the policy itself. */
  readonly images: readonly FindingImage[];
  /** Sorted by label; at least one. */
  readonly subjects: readonly FindingSubject[];
}

export interface ReportLayer {
  readonly number: number;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly createdBy: string;
  readonly base: string | null;
  /** Packages that it introduces. */
  readonly packages: number;
}

/** A build of a package, with what names it to others. */
export interface ReportPackage extends FindingPackage {
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  readonly arch: string | null;
  /** Images that carry it. */
  readonly images: number;
}

/** A package of an image: where it is listed and between which layers it is there. */
export interface ReportContent {
  /** Place in the report's `packages`, from 0. */
  readonly package: number;
  /** Path of the database that lists it first. */
  readonly database: string;
  /** 1-based layer that introduces it. */
  readonly layer: number;
  /** 1-based layer that hides it again; null when it is visible. */
  readonly hiddenBy: number | null;
}

/** What an image's os-release says. */
export interface ReportOs {
  readonly id: string;
  readonly name: string;
  readonly versionId: string;
}

export interface ReportImage {
  readonly name: string;
  readonly digest: string;
  /** Where it was read, `repository@sha256:…`; null when that is not to be told. */
  readonly pullSpec: string | null;
  readonly architecture: string;
  readonly os: ReportOs | null;
  /** The longest base image it is built on. */
  readonly base: string | null;
  /** How the base image is known: by its layers, or by packages of the same transactions. */
  readonly baseBy: 'layer' | 'transactions' | null;
  /** NEVRAs that are there after all layers, sorted. */
  readonly packages: readonly string[];
  /** NEVRAs that only lower layers hold. */
  readonly hiddenPackages: readonly string[];
  /** Ids of keys that signed its packages, most used first. */
  readonly signers: readonly { readonly keyId: string; readonly packages: number }[];
  readonly layers: readonly ReportLayer[];
  /** Every package that it carries, hidden ones as well, in the order of the report's `packages`. */
  readonly contents: readonly ReportContent[];
}

/** One base image of the set, with what its layers brought in: what the next release is compared with. */
export interface ReportBase {
  readonly name: string;
  readonly kind: 'known' | 'image' | 'shared';
  /** Chain id of its top layer: equal id, equal content. */
  readonly chainId: string;
  readonly layers: number;
  /** Names of the images that are built on it, sorted. */
  readonly images: readonly string[];
  /** Packages that its layers bring, its own bases included. */
  readonly packages: number;
  /** Who signed them, sorted by key; an empty key id stands for unsigned ones. */
  readonly signers: readonly { readonly keyId: string; readonly owner: string; readonly packages: number }[];
}

/** An exception of the policy on the day of the judgement. */
export interface ReportException {
  readonly id: string;
  readonly rules: readonly string[];
  readonly owner: string;
  readonly reason: string;
  readonly issue: string | null;
  /** Last day it holds (UTC). */
  readonly expires: string;
  readonly state: 'pending' | 'active' | 'unused' | 'expired';
  /** It holds, and ends within 14 days. */
  readonly expiring: boolean;
  /** Findings that it covers, image by image. */
  readonly covers: number;
}

export interface ReportSigner {
  /** 16 hex digits, or empty for unsigned packages. */
  readonly keyId: string;
  /** Of the key that verified; null when none did. */
  readonly fingerprint: string | null;
  readonly owner: string;
  readonly verdict: 'allow' | 'warn' | 'deny' | 'unknown' | 'unsigned';
  readonly packages: number;
  /** How many of them have a verified signature. */
  readonly verified: number;
  readonly images: number;
}

/** The source of truth of an audit: plain JSON with one order, so that the same facts give the same bytes. */
export interface AuditReport {
  readonly kind: 'AuditReport';
  readonly apiVersion: 'slipway.okd.io/v1';
  readonly verdict: 'pass' | 'fail';
  readonly policy: { readonly name: string; readonly digest: string; readonly profile: Profile };
  /** The accepted baseline that findings were compared with. */
  readonly baseline: { readonly digest: string; readonly keys: number } | null;
  /** Name of the release that base images were compared with. */
  readonly previous: string | null;
  /** Digests of the keyrings that signatures were verified with (one, unless facts were mixed). */
  readonly keyrings: readonly string[];
  /** Catalogues of open packages that were asked (proof level L4), sorted by name. */
  readonly catalogues: readonly {
    readonly name: string;
    readonly digest: string;
    readonly url: string | null;
    readonly revision: string;
    readonly packages: number;
  }[];
  /** Digests of what Slipway itself knows of signing keys and of repository ids. */
  readonly knowledge: { readonly signingKeys: string; readonly repositories: string };
  /** Files were compared with what their packages signed (proof level L5). */
  readonly deep: boolean;
  readonly extractor: string;
  /** The day (UTC) for which exceptions were judged. */
  readonly judgedOn: string;
  readonly totals: {
    readonly images: number;
    /** Distinct layers. */
    readonly layers: number;
    /** Compressed size of the distinct layers in bytes. */
    readonly bytes: number;
    /** Package occurrences, all images together. */
    readonly packages: number;
    /** Distinct builds of packages. */
    readonly distinctPackages: number;
    readonly findings: {
      readonly deny: number;
      readonly warn: number;
      readonly info: number;
      readonly excepted: number;
      /** Findings that the accepted baseline has. */
      readonly known: number;
    };
  };
  /** Package occurrences by level of proof, lowest level first. */
  readonly proof: readonly { readonly level: ProofLevel; readonly label: string; readonly packages: number }[];
  readonly signers: readonly ReportSigner[];
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Every distinct package, sorted by NEVRA. */
  readonly packages: readonly ReportPackage[];
  readonly images: readonly ReportImage[];
  /** Base images that images of the set are built on, sorted by name. */
  readonly bases: readonly ReportBase[];
  /** All that the policy has, sorted by id. */
  readonly exceptions: readonly ReportException[];
}
