import { exclusionReason, type InclusionView } from '../../manifest/inclusion.ts';
import { type Cluster, viewOf } from '../../manifest/view.ts';
import type { Payload } from '../../types.ts';
import { applyPolicy, type JudgedFinding, type LintPolicy, NO_POLICY } from '../policy.ts';
import { everythingOf } from '../rules/problem.ts';
import type { LintFacts, LintFinding, ReadFile, Severity, TrustConfig } from '../types.ts';

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

/** The default view, and that of clusters with OKD's own feature set. */
const VIEWS = ['Default', 'OKD'] as const;

function seen(files: readonly ReadFile[], view: InclusionView): readonly ReadFile[] {
  return files.map((file) => {
    const all = [...file.manifests, ...file.hidden];
    const [manifests = [], hidden = []] = [true, false].map((included) =>
      all.filter((manifest) => (exclusionReason(manifest, view) === undefined) === included),
    );
    return { ...file, manifests, hidden };
  });
}

/**
 * Leaves only the objects that such a cluster gets, so that only they are judged, in this release and in the one before:
 * each has feature gates of its own. Throws `PAYLOAD_CLUSTER_INVALID`.
 */
export function factsInView(facts: LintFacts, cluster: Cluster): LintFacts {
  const viewAs = (files: readonly ReadFile[], { metadata }: Payload): InclusionView =>
    viewOf(everythingOf({ files }), metadata.version, cluster);
  const trusted = (trust: readonly TrustConfig[], view: InclusionView): readonly TrustConfig[] =>
    trust.filter(({ manifest }) => exclusionReason(manifest, view) === undefined);
  const view = viewAs(facts.files, facts.payload);
  const judged = { ...facts, files: seen(facts.files, view), trust: trusted(facts.trust, view) };
  if (facts.edge === undefined) return judged;
  const { edge } = facts;
  const before = viewAs(edge.files, edge.from);
  return { ...judged, edge: { ...edge, files: seen(edge.files, before), trust: trusted(edge.trust, before) } };
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
      const view = viewOf(manifests, metadata.version, { featureSet });
      return {
        featureSet,
        manifests: manifests.filter((manifest) => exclusionReason(manifest, view) === undefined).length,
      };
    }),
  };
}
