import { gapRules, imageRules } from './coverage/coverage.ts';
import { proofRateRules } from './coverage/proof-rate.ts';
import { exceptionRules } from './exceptions.ts';
import { programRules } from './files/binaries.ts';
import { fileCheckRules, unownedRules } from './files/files.ts';
import { baseChangeRules, baseRules } from './images/bases.ts';
import {
  certificateRules,
  contentManifestRules,
  dnfHistoryRules,
  osReleaseRules,
  repositoryRules,
  rpmdbRules,
} from './images/evidence.ts';
import { labelRules } from './images/labels.ts';
import { nodeRules, residueRules } from './images/residues.ts';
import { varietyRules } from './packages/builds.ts';
import { licenseRules } from './packages/licenses.ts';
import { occurrenceRules } from './packages/occurrences.ts';
import { packageRules } from './packages/packages.ts';
import { productRules } from './packages/products.ts';
import { cataloguedRules } from './packages/proof.ts';
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

export { PROOF_LEVELS, type ProofLevel, proofOf } from './packages/proof.ts';
export { describeSigner, policyEntryOf, signerOf } from './packages/signer.ts';
export { severityOf } from './profiles.ts';
export type {
  BaseChange,
  ExceptionState,
  Rule,
  RuleMatch,
  RuleTable,
  SubjectKind,
  Subjects,
} from './rule.ts';
