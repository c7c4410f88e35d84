import type { Severity } from '../policy/schema.ts';
import type { ProofLevel } from '../rules/index.ts';

/** Where a finding came in: a layer, the base image it belongs to, and what wrote it. */
export interface FindingOrigin {
  /** 1 is the lowest. */
  readonly layer: number;
  /** Layers of the base image, or of the image itself where no known base has the layer. */
  readonly layers: number;
  readonly digest: string;
  readonly diffId: string;
  readonly chainId: string;
  /** Name of the known base image that brought the layer in. */
  readonly base: string | null;
  /** The instruction that the layer is recorded under; empty when the history does not tell. */
  readonly createdBy: string;
  /** Instructions that may have brought it in; more than one means "one of these". */
  readonly instructions: readonly string[];
}

export interface FindingImage {
  readonly name: string;
  readonly digest: string;
  /** Layers of this image. */
  readonly layers: number;
  /** 1-based layer that hides it again, although its bytes stay in the image; null when it is visible. */
  readonly hiddenBy: number | null;
  /** Exceptions that cover it in this image. */
  readonly exceptions: readonly string[];
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

/** One finding per origin: the same thing brought by the same layer into many images is one, listing them all. */
export interface Finding {
  /** `RULE:` and 16 hex digits; the same origin and subject give the same id in every report. */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** `excepted`: exceptions cover it in every image. Only open findings count for the verdict. */
  readonly status: 'open' | 'excepted';
  /** What was seen, one sentence without origin. */
  readonly message: string;
  readonly package: FindingPackage | null;
  readonly origin: FindingOrigin | null;
  /** Sorted by name; empty for findings about the policy itself. */
  readonly images: readonly FindingImage[];
  readonly evidence: readonly string[];
  /** Other rules that fire for the same subject here, worst first. */
  readonly also: readonly string[];
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
  /** The longest known base it is built on. */
  readonly base: string | null;
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
  readonly policy: { readonly name: string; readonly digest: string };
  /** Digests of the keyrings that signatures were verified with (one, unless facts were mixed). */
  readonly keyrings: readonly string[];
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
}
