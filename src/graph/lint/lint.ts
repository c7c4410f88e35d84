import { CONTENT_RULES } from './content.ts';
import type { LintContext, LintFinding, LintRule } from './types.ts';
import { UPSTREAM_RULES } from './upstream.ts';

/** Every rule; a new one is added to its group. */
export const LINT_RULES: readonly LintRule[] = [...UPSTREAM_RULES, ...CONTENT_RULES];

/** Runs all rules, or those named; findings by file, then by rule. */
export function lintGraph(context: LintContext, only?: readonly string[]): LintFinding[] {
  return LINT_RULES.filter(({ id }) => only === undefined || only.includes(id))
    .flatMap(({ id, severity, check }) =>
      [...check(context)].map((found): LintFinding => ({ rule: id, severity, ...found })),
    )
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ file, rule, field = '', message }: LintFinding): string {
  return [file, rule, field, message].join('\0');
}
