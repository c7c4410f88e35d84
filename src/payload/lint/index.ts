export { gatherFacts } from './facts.ts';
export { lintFacts } from './lint.ts';
export type { EdgeOptions, LintOptions } from './options.ts';
export { type LintPolicy, parseLintPolicy } from './policy.ts';
export { formatLint, type LintFormat } from './report/format.ts';
export { type LintReport, lintReport, unreadReport } from './report/report.ts';
export { LINT_RULES } from './rules/index.ts';
export type { LintFacts, LintFinding, LintRule, Severity } from './types.ts';
export { factsInView } from './views.ts';
