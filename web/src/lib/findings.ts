import type { Finding } from './types.ts';

/** All findings that one base image or instruction brought in: one thing to repair, however much it spoils. */
export interface FindingGroup {
  /** Null where the audit could not say. */
  readonly introducedBy: string | null;
  readonly severity: Finding['severity'];
  readonly images: readonly string[];
  readonly layers: readonly string[];
  readonly packages: readonly PackageFindings[];
}

/** What was found about one package (NEVRA), or about no package in particular (null). */
export interface PackageFindings {
  readonly package: string | null;
  readonly severity: Finding['severity'];
  readonly findings: readonly Finding[];
}

const ORDER: readonly Finding['severity'][] = ['deny', 'warn', 'info'];
const rank = (severity: Finding['severity']) => ORDER.indexOf(severity);
const unique = (values: readonly string[]) => [...new Set(values)].sort();
const compareNames = (a: string | null, b: string | null) => (a ?? '').localeCompare(b ?? '');

function worst(findings: readonly Finding[]): Finding['severity'] {
  return ORDER.find((severity) => findings.some((finding) => finding.severity === severity)) ?? 'info';
}

function byPackage(findings: readonly Finding[]): PackageFindings[] {
  return [...Map.groupBy(findings, (finding) => finding.package)]
    .map(([name, members]) => ({
      package: name,
      severity: worst(members),
      findings: members.toSorted((a, b) => rank(a.severity) - rank(b.severity) || a.rule.localeCompare(b.rule)),
    }))
    .sort((a, b) => rank(a.severity) - rank(b.severity) || compareNames(a.package, b.package));
}

/** Groups findings by origin, then by package. Worst first, then largest, then by name: same findings, same page. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  return [...Map.groupBy(findings, (finding) => finding.introducedBy)]
    .map(([introducedBy, members]) => ({
      introducedBy,
      severity: worst(members),
      images: unique(members.flatMap((finding) => finding.images)),
      layers: unique(members.flatMap((finding) => finding.layer ?? [])),
      packages: byPackage(members),
    }))
    .sort(
      (a, b) =>
        rank(a.severity) - rank(b.severity) ||
        b.packages.length - a.packages.length ||
        compareNames(a.introducedBy, b.introducedBy),
    );
}
