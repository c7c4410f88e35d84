import { SlipwayError } from '../../../util/index.ts';
import { exclusionReason } from '../../manifest/index.ts';
import { everythingOf } from '../objects.ts';
import { applyPolicy, type JudgedFinding, type LintPolicy, NO_POLICY } from '../policy.ts';
import type { LintFacts, LintFinding, Severity } from '../types.ts';
import { VIEWS, viewFor } from '../views.ts';

/** What a lint run found, ready to be written. */
export interface LintReport {
  /** As it was asked for. */
  readonly reference: string;
  /** Not known of what could not be read as a release, nor is its version. */
  readonly digest: string | undefined;
  readonly version: string | undefined;
  /** The version that clusters come from, where changes were judged. */
  readonly from: string | undefined;
  readonly findings: readonly JudgedFinding[];
  /** It could not be read as a release: nothing was judged but what its one finding says. */
  readonly unread?: true;
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

/** Errors of a release that no client could read, as findings (payload format § 4.4, P001 and P002). */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['PAYLOAD_MISSING', 'P001'],
  ['PAYLOAD_IMAGE_STREAM_INVALID', 'P001'],
  ['PAYLOAD_YAML_INVALID', 'P001'],
  ['PAYLOAD_METADATA_INVALID', 'P001'],
]);

/**
 * What is said of an image that is no release, or of one whose `image-references` or `release-metadata` can not be read:
 * `error` is what reading it threw. No policy weighs it, since nothing else was judged. `undefined` where the error is
 * about something else: the registry, the reference.
 */
export function unreadReport(reference: string, error: unknown): LintReport | undefined {
  const rule = error instanceof SlipwayError ? REFUSALS.get(error.code) : undefined;
  if (rule === undefined || !(error instanceof SlipwayError)) return undefined;
  const { file: path, ...place } = error.place;
  const file = path?.slice(path.lastIndexOf('/') + 1);
  const sentence =
    path !== undefined && error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
  const finding: LintFinding = {
    rule: place.field === 'version' ? 'P002' : rule,
    severity: 'error',
    message: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`,
    place: { ...place, ...(file === undefined ? {} : { file }) },
  };
  return {
    reference,
    digest: undefined,
    version: undefined,
    from: undefined,
    findings: [finding],
    unread: true,
    counts: { error: 1, warning: 0, info: 0, waived: 0 },
    views: [],
  };
}
