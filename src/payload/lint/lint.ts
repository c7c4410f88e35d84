import type { Place } from '../../util/index.ts';
import { plural, prettyJson } from '../../util/index.ts';
import type { Payload } from '../types.ts';
import { gatherFacts, type LintOptions } from './facts.ts';
import { IMAGES } from './images.ts';
import { MANIFESTS } from './manifests.ts';
import { OBJECTS } from './objects.ts';
import { REFERENCES } from './references.ts';
import { STRUCTURE } from './structure.ts';
import { TRUST } from './trust.ts';
import type { LintFacts, LintFinding, LintRule } from './types.ts';

/** Every rule, in the order of its id: P structure, I images, M manifests, T trust (payload format § 4.4). */
export const LINT_RULES: readonly LintRule[] = [
  ...STRUCTURE,
  ...IMAGES,
  ...MANIFESTS,
  ...OBJECTS,
  ...REFERENCES,
  ...TRUST,
].sort((a, b) => 'PIMT'.indexOf(a.id.charAt(0)) - 'PIMT'.indexOf(b.id.charAt(0)) || (a.id < b.id ? -1 : 1));

/** Judges gathered facts. Pure: same facts, same findings, in the order of rules, files and lines. */
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

/**
 * Judges a payload by the rules that would make a Cluster Version Operator refuse it, or a cluster break. Reads
 * manifests and configurations of all components, and the layers of operators and of the base image; nothing else.
 */
export async function lintPayload(payload: Payload, options: LintOptions): Promise<readonly LintFinding[]> {
  return lintFacts(await gatherFacts(payload, options));
}

/** `image: file:line: field`, as far as known. */
export function formatPlace({ image, file, line, field }: Place): string {
  const where = file === undefined ? undefined : line === undefined ? file : `${file}:${line}`;
  return [image, where, field].filter((part) => part !== undefined && part !== '').join(': ');
}

/** Findings for people, one a line, worst first; or as JSON. */
export function formatLint(findings: readonly LintFinding[], format: 'text' | 'json'): string {
  if (format === 'json') return prettyJson(findings);
  const lines = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ rule, message, place }) => {
        const where = formatPlace(place);
        return `${severity.padEnd(7)} ${rule} ${where === '' ? '' : `${where}: `}${message}\n`;
      }),
  );
  const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;
  return `${lines.join('')}${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}\n`;
}
