import { prettyJson } from '../../../util/index.ts';
import type { LintRule } from '../types.ts';
import { junit } from './junit.ts';
import type { LintReport } from './report.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

/** A form in which a report is written; `rules` are those that were asked. */
type Formatter = (report: LintReport, rules: readonly LintRule[], tool: string) => string;

const FORMATS = {
  text,
  json: (report: LintReport) => prettyJson(report),
  sarif,
  junit,
} satisfies Readonly<Record<string, Formatter>>;

export type LintFormat = keyof typeof FORMATS;

/** Writes a report; `tool` is the version of the program that judged. Same report, same bytes. */
export function formatLint(format: LintFormat, report: LintReport, rules: readonly LintRule[], tool: string): string {
  const formatter: Formatter = FORMATS[format];
  return formatter(report, rules, tool);
}
