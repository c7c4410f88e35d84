import type {
  BinaryFacts,
  CertificateFacts,
  ContentManifestFacts,
  DnfHistoryFacts,
  FileCheck,
  Gap,
  ImageFacts,
  OsReleaseFacts,
  PackageFacts,
  Policy,
  PolicyException,
  RepositoryFacts,
  ResidueFacts,
  RpmdbFacts,
  Severity,
  UnownedFile,
} from '../model/index.ts';

/** What rules look at: one sort of subject a rule. */
export interface Subjects {
  readonly package: PackageFacts;
  readonly rpmdb: RpmdbFacts;
  readonly repository: RepositoryFacts;
  readonly osRelease: OsReleaseFacts;
  readonly contentManifest: ContentManifestFacts;
  readonly certificate: CertificateFacts;
  readonly gap: Gap;
  readonly image: ImageFacts;
  readonly dnfHistory: DnfHistoryFacts;
  readonly residue: ResidueFacts;
  readonly program: ProgramUse;
  readonly fileCheck: FileCheck;
  readonly unowned: UnownedFile;
  readonly catalogued: Catalogued;
  readonly occurrence: Occurrence;
  readonly base: BaseUse;
  readonly baseChange: BaseChange;
  readonly variety: Variety;
  readonly proofRate: ProofRate;
  readonly exception: ExceptionState;
}
export type SubjectKind = keyof Subjects;

/** A package where it is found in an image. */
export interface Occurrence {
  readonly pkg: PackageFacts;
  /** A later layer hides it; its files are in the image all the same. */
  readonly hidden: boolean;
  /** The known base image that brought it. */
  readonly base: string | null;
  /** Catalogues that list the very same header. */
  readonly catalogues: readonly string[];
}

/** A program that says what it was built from. */
export interface ProgramUse {
  readonly binary: BinaryFacts;
  /** A package of the image is the one that its note names. */
  readonly accounted: boolean;
}

/** How many packages of an image are in open catalogues. */
export interface Catalogued {
  /** Names of the catalogues that were asked; at least one. */
  readonly catalogues: readonly string[];
  readonly total: number;
  /** NEVRAs of those that none lists, sorted. */
  readonly missing: readonly string[];
}

/** What an image is built on. */
export interface BaseUse {
  /** The longest known base image; null when its lowest layers are those of none. */
  readonly name: string | null;
  readonly layers: number;
  readonly by: 'layer' | 'transactions';
  /** What labels, annotations and history say of it: words. */
  readonly claims: readonly string[];
}

interface BaseSide {
  readonly name: string;
  readonly chainId: string;
}

/** The base image of a component in the last accepted release and now. */
export interface BaseChange {
  /** Name of the release that is compared with. */
  readonly previous: string;
  readonly from: BaseSide;
  readonly to: BaseSide;
  /** Signers that only one of them has: `Ironhat, Inc., key 578b83706a3123aa`. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How many packages of a set, image by image, reach the level of proof that the policy names. */
export interface ProofRate {
  readonly total: number;
  readonly proven: number;
  /** NEVRAs of the others, sorted. */
  readonly rest: readonly string[];
}

/** All builds of a set that go under one NEVRA. */
export interface Variety {
  readonly nevra: string;
  readonly builds: readonly { readonly header: string; readonly signer: string; readonly images: readonly string[] }[];
}

/** An exception of the policy on the day of the judgement. */
export interface ExceptionState {
  readonly exception: PolicyException;
  /**
   * `pending`: its first day is still to come; `active`: it covers findings; `unused`: it could, and there are none;
   * `expired`: its last day is over.
   */
  readonly state: 'pending' | 'active' | 'unused' | 'expired';
  /** Days until it ends; negative when it is over. */
  readonly daysLeft: number;
  /** Findings that it covers, image by image. */
  readonly covers: number;
}

/** Why a rule fires. */
export interface RuleMatch {
  /** What was seen, a clause without a full stop: "signed by Red Hat (release key 2)". Evidence, never a legal conclusion. */
  readonly message: string;
  /** Lines a reader can check. */
  readonly evidence: readonly string[];
}

/**
 * One rule: a pure function of one subject and the policy. All rules have this shape and stand in the table of
 * `index.ts`; adding one touches its subject's file and that table (ids of spec audit.md § 6.2 where it has one).
 */
export interface Rule<Kind extends SubjectKind = SubjectKind> {
  readonly id: string;
  readonly title: string;
  readonly subject: Kind;
  /** Severity where the policy names none. */
  readonly severity: Severity;
  /**
   * True for tampering, leaked keys and what could not be looked at: no exception covers it, and the policy can not
   * make it milder.
   */
  readonly fixed: boolean;
  /** Ids of rules that this one says more than, for the same package: they do not fire beside it. */
  readonly replaces?: readonly string[];
  test(subject: Subjects[Kind], policy: Policy): RuleMatch | undefined;
}

export type RuleTable = { readonly [Kind in SubjectKind]: readonly Rule<Kind>[] };
