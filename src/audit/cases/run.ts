import { Compile } from 'typebox/compile';
import { judge } from '../judge/index.ts';
import type { Policy } from '../model/index.ts';
import { YamlSource } from '../policy/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { factsOfCase } from './facts.ts';
import { type PolicyCase, PolicyTestSchema } from './schema.ts';

const validator = Compile(PolicyTestSchema);

/** A file of cases, each with the line it begins at. */
export interface PolicyTest {
  readonly file: string;
  /** The policy that the file names, as it names it. */
  readonly policy: string | undefined;
  readonly cases: readonly (PolicyCase & { readonly line: number })[];
}

/** Parses a file of cases. Throws `AUDIT_POLICY_TEST_INVALID` with file, line and field. */
export function parsePolicyTest(text: string, file: string): PolicyTest {
  const source = new YamlSource(text, file, 'AUDIT_POLICY_TEST_INVALID');
  const { policy, cases } = source.parse(validator);
  for (const [index, { expect, name }] of cases.entries()) {
    for (const [position, id] of (expect.rules ?? []).entries()) {
      if (!RULE_SUMMARIES.some((rule) => rule.id === id))
        source.refuse(['cases', index, 'expect', 'rules', position], `there is no rule ${id}.`);
    }
    if (cases.findIndex((other) => other.name === name) !== index)
      source.refuse(['cases', index, 'name'], `two cases are called "${name}".`);
  }
  return { file, policy, cases: cases.map((made, index) => ({ ...made, line: source.lineOf(['cases', index]) })) };
}

export interface CaseResult {
  readonly name: string;
  /** Line of the file at which the case begins. */
  readonly line: number;
  readonly passed: boolean;
  /** What was expected and what came out instead, one line a difference. */
  readonly differences: readonly string[];
}

const listed = (values: readonly string[]): string => (values.length === 0 ? 'none' : [...values].sort().join(', '));

function runCase(made: PolicyTest['cases'][number], policy: Policy, today: Date): CaseResult {
  const facts = factsOfCase(made);
  const [lowest] = facts.diffIds;
  const bases = made.base === undefined || lowest === undefined ? [] : [{ name: made.base, diffIds: [lowest] }];
  const at = made.on === undefined ? today : new Date(`${made.on}T12:00:00Z`);
  const report = judge([facts], policy, { at, bases });
  const open = report.findings.filter(({ status, images }) => status === 'open' && images.length > 0);
  const active = report.exceptions.filter(({ state }) => state === 'active').map(({ id }) => id);
  const { verdict, rules, exceptions } = made.expect;
  const compare = (what: string, expected: readonly string[] | undefined, found: readonly string[]): string[] =>
    expected === undefined || listed(expected) === listed([...new Set(found)])
      ? []
      : [`${what}: expected ${listed(expected)}, got ${listed([...new Set(found)])}`];
  const differences = [
    ...compare('verdict', [verdict], [report.verdict]),
    ...compare(
      'rules',
      rules,
      open.map(({ rule }) => rule),
    ),
    ...compare('exceptions', exceptions, active),
  ];
  return { name: made.name, line: made.line, passed: differences.length === 0, differences };
}

/** Judges every case by the policy. Pure; `today` is the day of cases that name none. */
export function runPolicyTest(test: PolicyTest, policy: Policy, today: Date): CaseResult[] {
  return test.cases.map((made) => runCase(made, policy, today));
}
