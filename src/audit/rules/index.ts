import { baseChangeRules, baseRules } from './bases.ts';
import { varietyRules } from './builds.ts';
import { gapRules, imageRules } from './coverage.ts';
import {
  certificateRules,
  contentManifestRules,
  dnfHistoryRules,
  osReleaseRules,
  repositoryRules,
  rpmdbRules,
} from './evidence.ts';
import { exceptionRules } from './exceptions.ts';
import { labelRules } from './labels.ts';
import { occurrenceRules } from './occurrences.ts';
import { packageRules } from './packages.ts';
import { productRules } from './products.ts';
import type { RuleTable } from './rule.ts';

/** Every rule, by what it looks at. */
export const RULES: RuleTable = {
  package: [...packageRules, ...productRules],
  occurrence: occurrenceRules,
  rpmdb: rpmdbRules,
  repository: repositoryRules,
  osRelease: osReleaseRules,
  contentManifest: contentManifestRules,
  certificate: certificateRules,
  gap: gapRules,
  image: [...imageRules, ...labelRules],
  dnfHistory: dnfHistoryRules,
  base: baseRules,
  baseChange: baseChangeRules,
  variety: varietyRules,
  exception: exceptionRules,
};

/** What people and policies may know of a rule. */
export interface RuleSummary {
  readonly id: string;
  readonly title: string;
  readonly subject: string;
  readonly severity: 'deny' | 'warn' | 'info';
  readonly fixed: boolean;
}

/** All rules, sorted by id. */
export const RULE_SUMMARIES: readonly RuleSummary[] = Object.values(RULES)
  .flat()
  .map(({ id, title, subject, severity, fixed }: RuleSummary) => ({ id, title, subject, severity, fixed }))
  .sort((a, b) => (a.id < b.id ? -1 : 1));

export { severityOf } from './profiles.ts';
export { PROOF_LEVELS, type ProofLevel, proofOf } from './proof.ts';
export type {
  BaseChange,
  ExceptionState,
  Rule,
  RuleMatch,
  RuleTable,
  SubjectKind,
  Subjects,
} from './rule.ts';
export { describeSigner, signerOf } from './signer.ts';
