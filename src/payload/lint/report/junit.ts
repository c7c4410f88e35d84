import { escapeXml, xmlAttributes } from '../../../util/index.ts';
import { WAIVER_RULES } from '../policy.ts';
import type { LintRule } from '../types.ts';
import { formatPlace } from './place.ts';
import type { LintReport } from './report.ts';

const SUBJECTS: Readonly<Record<string, string>> = {
  P: 'structure',
  I: 'images',
  M: 'manifests',
  T: 'trust',
  D: 'changes',
  W: 'waivers',
};

type Findings = LintReport['findings'];

type Asked = Pick<LintRule, 'id' | 'title' | 'edge'>;

/** Why the rule judged nothing, if so: without the release before, nothing is said about changes. */
function skipReason({ id, edge }: Asked, { from, unread, findings }: LintReport): string | undefined {
  if (unread === true && findings.every(({ rule }) => rule !== id)) return 'it can not be read as a release';
  return edge === true && from === undefined ? 'the release before is not known (--from)' : undefined;
}

function testcase({ id, title }: Asked, findings: Findings, skipped: string | undefined): string {
  const lines = (some: Findings): string =>
    some.map(({ severity, message, place }) => escapeXml(`${severity}: ${formatPlace(place)}: ${message}`)).join('\n');
  const errors = findings.filter(({ severity, waiver }) => severity === 'error' && waiver === undefined);
  const failing = new Set(errors);
  const others = findings.filter((finding) => !failing.has(finding));
  const head = `    <testcase${xmlAttributes({ classname: `payload.lint.${SUBJECTS[id.charAt(0)] ?? id}`, name: `${id}: ${title}`, time: 0 })}`;
  const [first] = errors;
  const parts = [
    ...(skipped === undefined ? [] : [`      <skipped${xmlAttributes({ message: skipped })}/>`]),
    ...(first === undefined
      ? []
      : [`      <failure${xmlAttributes({ type: id, message: first.message })}>${lines(errors)}</failure>`]),
    ...(others.length === 0 ? [] : [`      <system-out>${lines(others)}</system-out>`]),
  ];
  return parts.length === 0 ? `${head}/>` : [`${head}>`, ...parts, '    </testcase>'].join('\n');
}

/** JUnit, as release controllers read it: one test a rule; only errors that nobody waived fail it. */
export function junit(report: LintReport, rules: readonly LintRule[]): string {
  const byRule = Map.groupBy(report.findings, ({ rule }) => rule);
  const asked: readonly Asked[] = [...rules, ...WAIVER_RULES.filter(({ id }) => byRule.has(id))];
  const failed = new Set(
    report.findings
      .filter(({ severity, waiver }) => severity === 'error' && waiver === undefined)
      .map(({ rule }) => rule),
  );
  const skipped = asked.filter((rule) => skipReason(rule, report) !== undefined).length;
  const counts = { tests: asked.length, failures: failed.size, errors: 0, skipped, time: 0 };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: `payload lint: ${report.version ?? report.reference}`, tests: asked.length, failures: failed.size })}>`,
    `  <testsuite${xmlAttributes({ name: report.reference, ...counts })}>`,
    ...asked.map((rule) => testcase(rule, byRule.get(rule.id) ?? [], skipReason(rule, report))),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
