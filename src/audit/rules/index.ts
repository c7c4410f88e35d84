import { baseChangeRules, baseRules } from './bases.ts';
import { programRules } from './binaries.ts';
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
import { fileCheckRules, unownedRules } from './files.ts';
import { labelRules } from './labels.ts';
import { licenseRules } from './licenses.ts';
import { occurrenceRules } from './occurrences.ts';
import { packageRules } from './packages.ts';
import { productRules } from './products.ts';
import { cataloguedRules } from './proof.ts';
import { proofRateRules } from './proof-rate.ts';
import { nodeRules, residueRules } from './residues.ts';
import type { RuleTable } from './rule.ts';

/** Every rule, by what it looks at. */
export const RULES: RuleTable = {
  package: [...packageRules, ...productRules, ...licenseRules],
  occurrence: occurrenceRules,
  rpmdb: rpmdbRules,
  repository: repositoryRules,
  osRelease: osReleaseRules,
  contentManifest: contentManifestRules,
  certificate: certificateRules,
  gap: gapRules,
  image: [...imageRules, ...labelRules, ...nodeRules],
  dnfHistory: dnfHistoryRules,
  residue: residueRules,
  program: programRules,
  fileCheck: fileCheckRules,
  unowned: unownedRules,
  catalogued: cataloguedRules,
  base: baseRules,
  baseChange: baseChangeRules,
  variety: varietyRules,
  proofRate: proofRateRules,
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

/** All rules, sorted by id; one that looks at several subjects stands once, with the first. */
export const RULE_SUMMARIES: readonly RuleSummary[] = Object.values(RULES)
  .flat()
  .map(({ id, title, subject, severity, fixed }: RuleSummary) => ({ id, title, subject, severity, fixed }))
  .filter(({ id }, index, all) => all.findIndex((other) => other.id === id) === index)
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
export { describeSigner, policyEntryOf, signerOf } from './signer.ts';
