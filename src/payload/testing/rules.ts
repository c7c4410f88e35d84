import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lintFacts } from '../lint/lint.ts';
import { formatLint } from '../lint/report/format.ts';
import { type LintReport, lintReport } from '../lint/report/report.ts';
import type { LintRule, Severity } from '../lint/types.ts';
import { type FactsChange, facts } from './facts.ts';
import { INCLUDED } from './images.ts';

/** By rule: what makes it fire, with the severity, and what nearly does but must not. */
export type RuleCases = Readonly<
  Record<
    string,
    {
      readonly bad: readonly (readonly [severity: Severity, change: FactsChange])[];
      readonly good?: readonly FactsChange[];
    }
  >
>;

/** GitHub refuses a whole report for one result without a file and a line, or of a rule that it does not know. */
export function assertPlaced(report: LintReport, ...rules: readonly LintRule[]): void {
  const [{ results, tool }] = JSON.parse(formatLint('sarif', report, rules, '1')).runs;
  assert.equal(results.length, report.findings.length);
  for (const { ruleId, ruleIndex, locations } of results) {
    assert.equal(tool.driver.rules[ruleIndex].id, ruleId);
    const { artifactLocation, region } = locations[0].physicalLocation;
    assert.match(artifactLocation.uri, /^(?:release-)?manifests\/[^/]/, ruleId);
    assert.ok(region.startLine >= 1, ruleId);
  }
}

/** What is found is in each form of a report: by its rule in all, with its sentence in those that are not escaped. */
export function assertShown(report: LintReport, rule: LintRule): void {
  const found = report.findings.filter((finding) => finding.rule === rule.id);
  assert.ok(found.length > 0, rule.id);
  const [text, json, junit] = (['text', 'json', 'junit'] as const).map((format) =>
    formatLint(format, report, [rule], '1'),
  );
  assert.match(text ?? '', new RegExp(`^(?:error  |warning|info   ) ${rule.id} `, 'm'));
  const { findings }: LintReport = JSON.parse(json ?? '');
  assert.deepEqual(
    findings.map(({ rule: id, message }) => [id, message]),
    report.findings.map(({ rule: id, message }) => [id, message]),
  );
  const failed = found.some(({ severity }) => severity === 'error');
  assert.match(junit ?? '', new RegExp(`name="${rule.id}: [^>]*>\\s*<${failed ? 'failure type' : 'system-out>'}`));
  assertPlaced(report, rule);
}

/** Tests every rule of a table: it fires where it should, and is silent on a sound payload. */
export function testRules(subject: string, rules: readonly LintRule[], cases: RuleCases): void {
  describe(`lint rules about ${subject}`, () => {
    for (const rule of rules) {
      it(`${rule.id}: ${rule.title}`, async () => {
        const { bad, good = [] } = cases[rule.id] ?? { bad: [] };
        assert.ok(bad.length > 0, 'the rule has a case');
        for (const [severity, change] of bad) {
          const judged = await facts(change);
          const problems = [...rule.check(judged)];
          assertShown(lintReport(judged, lintFacts(judged, [rule])), rule);
          assert.ok(
            problems.some((problem) => problem.severity === severity),
            `${severity}: ${JSON.stringify(problems)}`,
          );
        }
        for (const change of [{}, ...good]) assert.deepEqual([...rule.check(await facts(change))], []);
      });
    }
  });
}

/** The text of an object; `rest` follows its metadata. */
export function object(
  kind: string,
  apiVersion: string,
  rest: string,
  annotations: readonly string[] = [INCLUDED],
): string {
  const lines = annotations.map((line) => `    ${line}\n`).join('');
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: test\n  namespace: test\n  annotations:\n${lines}${rest}`;
}

/** A ConfigMap with only these annotations. */
export function annotated(...annotations: readonly string[]): string {
  return object('ConfigMap', 'v1', '', annotations);
}

/** A Deployment; `container` are more lines of its container. */
export function deployment(container: string, annotations: readonly string[] = [INCLUDED]): string {
  return object(
    'Deployment',
    'apps/v1',
    `spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    spec:\n      containers:\n      - name: main\n${container}`,
    annotations,
  );
}

/** A payload of one manifest file. */
export function one(text: string, name = '0000_50_test_01.yaml'): FactsChange {
  return { files: { [name]: text } };
}
