import type { Finding } from './types.ts';

/** All findings that one base image or instruction brought in: one thing to repair, however much it spoils. */
export interface FindingGroup {
  /** Null where the audit could not say. */
  readonly introducedBy: string | null;
  readonly severity: Finding['severity'];
  readonly images: readonly string[];
  /** Layer, instruction, repository, base image below: one line a fact. */
  readonly origin: readonly string[];
  /** The line of the release definition to change back. */
  readonly lineToRevert: Finding['lineToRevert'];
  /** Worst first. */
  readonly findings: readonly Finding[];
}

const ORDER: readonly Finding['severity'][] = ['deny', 'warn', 'info'];
const rank = (severity: Finding['severity']) => ORDER.indexOf(severity);
const unique = (values: readonly string[]) => [...new Set(values)];
const compareNames = (a: string | null, b: string | null) => (a ?? '').localeCompare(b ?? '');
const things = (findings: readonly Finding[]) => findings.reduce((sum, { subjects }) => sum + subjects.length, 0);

/** Groups findings by origin. Worst first, then largest, then by name: same findings, same page. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  return [...Map.groupBy(findings, (finding) => finding.introducedBy)]
    .map(([introducedBy, members]) => ({
      introducedBy,
      severity: ORDER.find((severity) => members.some((finding) => finding.severity === severity)) ?? ('info' as const),
      images: unique(members.flatMap((finding) => finding.images)).sort(),
      origin: unique(members.flatMap((finding) => finding.origin)),
      lineToRevert: members.find((finding) => finding.lineToRevert !== null)?.lineToRevert ?? null,
      findings: members.toSorted((a, b) => rank(a.severity) - rank(b.severity) || a.rule.localeCompare(b.rule)),
    }))
    .sort(
      (a, b) =>
        rank(a.severity) - rank(b.severity) ||
        things(b.findings) - things(a.findings) ||
        compareNames(a.introducedBy, b.introducedBy),
    );
}
