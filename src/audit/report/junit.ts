import { xmlAttributes as attributes, escapeXml as xml } from '../../util/index.ts';
import type { AuditReport, Finding, ReportFormatter, ReportImage, ReportUnread } from '../model/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { describeOrigin } from './text.ts';

/** `RPM-001` belongs to `RPM`. */
const groupOf = (rule: string): string => rule.split('-')[0] ?? rule;

/** Groups of rules that look at images, and those of the report's findings. */
const groupsOf = ({ findings }: AuditReport): string[] =>
  [
    ...new Set([
      ...RULE_SUMMARIES.filter(({ subject }) => subject !== 'exception').map(({ id }) => groupOf(id)),
      ...findings.filter(({ images }) => images.length > 0).map(({ rule }) => groupOf(rule)),
    ]),
  ].sort();

function lines({ rule, message, origin, subjects }: Finding): string[] {
  return [
    `${rule} ${message}`,
    ...(origin === null ? [] : describeOrigin(origin).map((line) => `  ${line}`)),
    ...subjects.flatMap(({ label, evidence }) => [`  ${label}`, ...evidence.map((line) => `  - ${line}`)]),
  ];
}

interface Case {
  readonly failed: boolean;
  readonly text: string;
}

/** A test fails by open findings that the policy denies; whatever else was seen is its output. */
function testcase(image: string, group: string, findings: readonly Finding[]): Case {
  const refused = findings.filter(({ severity, status }) => severity === 'deny' && status === 'open');
  const seen = findings.filter((finding) => !refused.includes(finding));
  const [first] = refused;
  const parts = [
    ...(first
      ? [
          `      <failure${attributes({ type: first.rule, message: refused.length === 1 ? first.message : `${first.message} ${refused.length - 1} more.` })}>${xml(refused.flatMap(lines).join('\n'))}</failure>`,
        ]
      : []),
    ...(seen.length > 0
      ? [
          `      <system-out>${xml(seen.flatMap((finding) => [finding.status === 'open' ? finding.severity : finding.status, ...lines(finding)]).join('\n'))}</system-out>`,
        ]
      : []),
  ];
  const head = `    <testcase${attributes({ classname: `audit.${image}`, name: `${image}: ${group}`, time: 0 })}`;
  const text = parts.length === 0 ? `${head}/>` : [`${head}>`, ...parts, '    </testcase>'].join('\n');
  return { failed: refused.length > 0, text };
}

interface Suite {
  readonly failures: number;
  readonly errors: number;
  readonly tests: number;
  readonly text: string;
}

function suite(name: string, cases: readonly Case[], errors = 0): Suite {
  const failures = cases.filter(({ failed }) => failed).length;
  const counts = attributes({ name, tests: cases.length, failures, errors, skipped: 0, time: 0 });
  return {
    failures,
    errors,
    tests: cases.length,
    text: [`  <testsuite${counts}>`, ...cases.map(({ text }) => text), '  </testsuite>'].join('\n'),
  };
}

function ofImage(image: ReportImage, groups: readonly string[], { findings }: AuditReport): Suite {
  const here = findings.filter(({ images }) =>
    images.some(({ name, digest }) => name === image.name && digest === image.digest),
  );
  return suite(
    image.name,
    groups.map((group) =>
      testcase(
        image.name,
        group,
        here.filter(({ rule }) => groupOf(rule) === group),
      ),
    ),
  );
}

/** An image that could not be read: no test of it ran, which is an error and no failure. */
function ofUnread({ name, code, message, pullSpec }: ReportUnread): Suite {
  const head = `    <testcase${attributes({ classname: `audit.${name}`, name: `${name}: could be read`, time: 0 })}>`;
  const error = `      <error${attributes({ type: code, message })}>${xml(pullSpec ?? '')}</error>`;
  return suite(name, [{ failed: false, text: [head, error, '    </testcase>'].join('\n') }], 1);
}

function junit(report: AuditReport): string {
  const groups = groupsOf(report);
  const policy = report.findings.filter(({ images }) => images.length === 0);
  const suites = [
    ...report.images.map((image) => ofImage(image, groups, report)),
    ...(report.unread ?? []).map(ofUnread),
    suite('policy', [testcase('policy', 'exceptions', policy)]),
  ];
  const sum = (of: (suite: Suite) => number): number => suites.reduce((total, each) => total + of(each), 0);
  const counts = attributes({
    name: `audit: ${report.policy.name}`,
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    ...(report.unread === undefined ? {} : { errors: sum(({ errors }) => errors) }),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${counts}>`,
    ...suites.map(({ text }) => text),
    '</testsuites>',
    '',
  ].join('\n');
}

/** JUnit, as release controllers read it: one test for each image and group of rules. */
export const junitFormat: ReportFormatter = {
  id: 'junit',
  title: 'JUnit',
  mediaType: 'application/xml',
  extension: 'xml',
  format: junit,
};
