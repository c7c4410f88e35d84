import type { Finding } from './types.ts';

export interface FindingGroup {
  /** Base image or instruction that brought the packages in; null where the audit could not say. */
  readonly introducedBy: string | null;
  readonly severity: Finding['severity'];
  readonly images: readonly string[];
  readonly findings: readonly Finding[];
}

const ORDER: readonly Finding['severity'][] = ['deny', 'warn', 'info'];
const worse = (a: Finding, b: Finding) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity);

/**
 * Findings by what brought them in, worst first: one bad base image is one thing to repair, however many images and
 * packages it spoils. Order within a group is by severity, then package, then rule.
 */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const bySource = Map.groupBy(findings, (finding) => finding.introducedBy);
  return [...bySource]
    .map(([introducedBy, members]) => {
      const sorted = members.toSorted(
        (a, b) => worse(a, b) || (a.package ?? '').localeCompare(b.package ?? '') || a.rule.localeCompare(b.rule),
      );
      return {
        introducedBy,
        severity: sorted[0]?.severity ?? 'info',
        images: [...new Set(members.flatMap((finding) => finding.images))].sort(),
        findings: sorted,
      };
    })
    .sort(
      (a, b) =>
        ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
        b.findings.length - a.findings.length ||
        (a.introducedBy ?? '').localeCompare(b.introducedBy ?? ''),
    );
}
