import type {
  CertificateFacts,
  ContentManifestFacts,
  Gap,
  ImageFacts,
  OsReleaseFacts,
  PackageFacts,
  RepositoryFacts,
  RpmdbFacts,
} from '../facts/model.ts';
import type { Policy, PolicyException, Severity } from '../policy/schema.ts';

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
  readonly exception: ExceptionState;
}
export type SubjectKind = keyof Subjects;

/** An exception of the policy on the day of the judgement. */
export interface ExceptionState {
  readonly exception: PolicyException;
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
  test(subject: Subjects[Kind], policy: Policy): RuleMatch | undefined;
}

export type RuleTable = { readonly [Kind in SubjectKind]: readonly Rule<Kind>[] };
