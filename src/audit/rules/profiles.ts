import type { Profile, Severity } from '../model/index.ts';
import type { Rule } from './rule.ts';

type Severities = Readonly<Record<string, Severity>>;

/**
 * Severities that differ from the rules' own, which are those of `stable` (spec audit.md § 6.2, § 6.4). A nightly is
 * refused for what must never leave the house; the rest of what stops a stable release is for people to look at. What
 * no exception can cover keeps its severity in every profile.
 */
export const PROFILES: Readonly<Record<Profile, Severities>> = {
  stable: {},
  nightly: {
    'RPM-004': 'warn',
    'RPM-006': 'warn',
    'RPM-007': 'warn',
    'RPM-011': 'warn',
    'PKG-001': 'warn',
    'PKG-002': 'warn',
    'REPO-001': 'warn',
    'ENT-002': 'warn',
    'BASE-003': 'warn',
    'IMG-001': 'warn',
    'IMG-002': 'warn',
    'ICM-001': 'warn',
    'BIN-001': 'warn',
    'BIN-002': 'warn',
    'LIC-001': 'warn',
    'COV-003': 'warn',
    'EXC-001': 'warn',
    'EXC-004': 'warn',
  },
  strict: {
    'RPM-005': 'deny',
    'RPM-008': 'deny',
    'RPM-009': 'deny',
    'RPM-016': 'deny',
    'REPO-002': 'deny',
    'REPO-003': 'deny',
    'REPO-004': 'warn',
    'BASE-002': 'deny',
    'ICM-002': 'deny',
    'COV-002': 'deny',
  },
  // Findings look as they would in `stable`; `verdictOf` decides.
  'report-only': {},
};

/** Severity of a rule under a policy's profile and its own words. */
export function severityOf(
  rule: Pick<Rule, 'id' | 'severity' | 'fixed'>,
  policy: { readonly profile: Profile; readonly severities: Severities },
): Severity {
  return policy.severities[rule.id] ?? PROFILES[policy.profile][rule.id] ?? rule.severity;
}
