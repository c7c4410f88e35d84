import { CHANGES } from './rules/changes.ts';
import { IMAGES } from './rules/images.ts';
import { MANIFESTS } from './rules/manifests.ts';
import { NAMING } from './rules/naming.ts';
import { OBJECTS } from './rules/objects.ts';
import { ORDER } from './rules/order.ts';
import { REFERENCES } from './rules/references.ts';
import { STRUCTURE } from './rules/structure.ts';
import { TRUST } from './rules/trust.ts';
import { UNREAD } from './rules/unread.ts';
import { WORKLOADS } from './rules/workloads.ts';
import type { LintFacts, LintFinding, LintRule } from './types.ts';

const SUBJECTS = 'PIMTD';

/** Every rule, in the order of its id: P structure, I images, M manifests, T trust, D changes (payload format § 4.4). */
export const LINT_RULES: readonly LintRule[] = [
  ...STRUCTURE,
  ...NAMING,
  ...IMAGES,
  ...UNREAD,
  ...MANIFESTS,
  ...OBJECTS,
  ...REFERENCES,
  ...ORDER,
  ...WORKLOADS,
  ...TRUST,
  ...CHANGES,
].sort((a, b) => SUBJECTS.indexOf(a.id.charAt(0)) - SUBJECTS.indexOf(b.id.charAt(0)) || (a.id < b.id ? -1 : 1));

/**
 * Judges gathered facts by the rules that would make a Cluster Version Operator refuse the payload, or a cluster break.
 * Pure: same facts, same findings, in the order of rules, files and lines.
 */
export function lintFacts(facts: LintFacts, rules: readonly LintRule[] = LINT_RULES): readonly LintFinding[] {
  return rules.flatMap((rule) =>
    [...rule.check(facts)].map(({ severity, message, place }) => ({
      rule: rule.id,
      severity,
      message,
      place: place ?? {},
    })),
  );
}
