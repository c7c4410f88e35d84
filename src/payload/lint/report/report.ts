import { exclusionReason } from '../../manifest/inclusion.ts';
import { applyPolicy, type JudgedFinding, type LintPolicy, NO_POLICY } from '../policy.ts';
import { everythingOf } from '../rules/problem.ts';
import type { LintFacts, LintFinding, Severity } from '../types.ts';
import { VIEWS, viewFor } from '../views.ts';

/** What a lint run found, ready to be written. */
export interface LintReport {
  /** As it was asked for. */
  readonly reference: string;
  readonly digest: string;
  readonly version: string;
  /** The version that clusters come from, where changes were judged. */
  readonly from: string | undefined;
  readonly findings: readonly JudgedFinding[];
  /** Findings that count, by severity; waived ones count only there. */
  readonly counts: Readonly<Record<Severity | 'waived', number>>;
  /** Objects that a highly available cluster of each feature set gets. */
  readonly views: readonly { readonly featureSet: string; readonly manifests: number }[];
}

/** Weighs findings and counts them. Pure. */
export function lintReport(
  facts: LintFacts,
  findings: readonly LintFinding[],
  policy: LintPolicy = NO_POLICY,
): LintReport {
  const judged = applyPolicy(findings, policy, facts.at);
  const count = (severity: Severity): number =>
    judged.filter((finding) => finding.waiver === undefined && finding.severity === severity).length;
  const manifests = everythingOf(facts);
  const { reference, digest, listDigest, metadata } = facts.payload;
  return {
    reference,
    digest: listDigest ?? digest,
    version: metadata.version,
    from: facts.edge?.from.metadata.version,
    findings: judged,
    counts: {
      error: count('error'),
      warning: count('warning'),
      info: count('info'),
      waived: judged.filter(({ waiver }) => waiver !== undefined).length,
    },
    views: VIEWS.map((featureSet) => {
      const view = viewFor(facts.files, facts.payload, { featureSet });
      return {
        featureSet,
        manifests: manifests.filter((manifest) => exclusionReason(manifest, view) === undefined).length,
      };
    }),
  };
}
