import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { PROFILES } from '../rules/profiles.ts';
import { parsePolicy } from './parse.ts';

const readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const example = readme.split('```yaml\n')[1]?.split('```')[0] ?? '';

function refusal(text: string): SlipwayError {
  try {
    parsePolicy(text, 'policy.yaml');
  } catch (error) {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'AUDIT_POLICY_INVALID');
    assert.equal(error.place.file, 'policy.yaml');
    return error;
  }
  return assert.fail('the policy was taken');
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('parsing a policy', () => {
  it('takes the example of the README', () => {
    const policy = parsePolicy(example, 'policy.yaml');
    assert.equal(policy.name, 'okd-nightly');
    assert.deepEqual(policy.osRelease, { allow: ['centos', 'scos'], deny: [] });
    assert.equal(policy.exceptions[0]?.id, 'okd-node-art-rpms');
  });

  it('gives a digest of the content, not of comments and order', () => {
    const { digest } = parsePolicy(example, 'a.yaml');
    assert.match(digest, /^sha256:[0-9a-f]{64}$/);
    const reordered = `${example.replace('name: okd-nightly\n', '').replace(/^#.*\n/gm, '')}\nname: okd-nightly\n`;
    assert.equal(parsePolicy(reordered, 'b.yaml').digest, digest);
    assert.notEqual(parsePolicy(example.replace('RPM-006: warn', 'RPM-006: info'), 'a.yaml').digest, digest);
  });

  const cases: [string, string, string, string, RegExp][] = [
    ['a field that does not exist', 'name: okd-nightly', 'nam: 1\nname: okd-nightly', 'nam', /no such field/],
    ['a wrong verdict', 'verdict: warn', 'verdict: maybe', 'signers.1.verdict', /allow or warn or deny/],
    ['a key that is none', '[762e65855ba5fa8d]', '[762e65855ba5fa8g]', 'signers.1.keys.0', /pattern/],
    [
      'a short id that allows',
      '[99db70fae1d7ce227fb6488205b555b38483c65d]',
      "['8483c65d']",
      'signers.0.keys.0',
      /32-bit/,
    ],
    [
      'a key with two owners',
      '[567e347ad0044ade55ba8a5f199e2f91fd431d51]',
      '[762e65855ba5fa8d] # again',
      'signers.2.keys.0',
      /as well/,
    ],
    ['a broken expression', "'/(^|\\.)build", "'/(^|\\.build", 'buildHosts.deny.0', /regular expression/],
    ['a rule that does not exist', 'RPM-006: warn', 'RPM-999: warn', 'severities.RPM-999', /no rule/],
    ['tampering made mild', 'RPM-006: warn', 'RPM-003: warn', 'severities.RPM-003', /milder/],
    ['a coverage gap excepted', 'rule: [RPM-001,', 'rule: [COV-001,', 'exceptions.0.rule.0', /no exception can cover/],
    ['tampering excepted', 'rule: [RPM-001,', 'rule: [RPM-003,', 'exceptions.0.rule.0', /no exception can cover/],
    ['a leaked key excepted', 'rule: [RPM-001,', 'rule: [ENT-001,', 'exceptions.0.rule.0', /no exception can cover/],
    ['everything excepted', "names: ['openshift-*'", "names: ['*'", 'exceptions.0.match.names.0', /matches everything/],
    [
      '181 days',
      'expires: 2026-11-15',
      'expires: 2026-11-17',
      'exceptions.0.expires',
      /at most 180 days, this one 181/,
    ],
    [
      'an end before the beginning',
      'expires: 2026-11-15',
      'expires: 2026-01-15',
      'exceptions.0.expires',
      /before it begins/,
    ],
    ['a day that does not exist', 'expires: 2026-11-15', 'expires: 2026-09-31', 'exceptions.0.expires', /calendar/],
  ];
  for (const [what, from, to, field, message] of cases) {
    it(`refuses ${what}, with line and field`, () => {
      assert.ok(example.includes(from), `the example has "${from}"`);
      const text = example.replace(from, to);
      const error = refusal(text);
      assert.equal(error.place.field, field);
      assert.match(error.message, message);
      assert.equal(error.place.line, lineOf(text, to.split('\n')[0] ?? ''));
    });
  }

  it('wants reason, owner and days of every exception', () => {
    const at = example.indexOf('  - id:');
    for (const field of ['rule', 'scope', 'match', 'reason', 'owner', 'created', 'expires']) {
      const without = example.slice(at).replace(new RegExp(`^    ${field}:.*\\n(      .*\\n)*`, 'mu'), '');
      assert.match(refusal(`${example.slice(0, at)}${without}`).message, new RegExp(`properties ${field}`));
    }
    assert.match(refusal(example.replace('  - id: okd-node-art-rpms\n    rule', '  - rule')).message, /properties id/);
  });

  it('refuses two exceptions of one id and YAML that does not parse', () => {
    const exception = example.slice(example.indexOf('  - id:'));
    assert.match(refusal(`${example}${exception}`).message, /two exceptions/);
    const broken = refusal(`${example}\nname: [`);
    assert.match(broken.message, /does not parse/);
    assert.ok((broken.place.line ?? 0) > 50);
  });
});

describe('the rules', () => {
  it('have ids of their own and stand in the README with their severity', () => {
    const ids = RULE_SUMMARIES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, severity, fixed } of RULE_SUMMARIES) {
      const nightly = PROFILES.nightly[id] ?? severity;
      const row = `\\| ${id} \\| .* \\| ${severity} \\| ${nightly} \\| ${fixed ? 'never' : 'yes'} \\|`;
      assert.match(readme, new RegExp(row), id);
    }
    const listed = [...readme.matchAll(/^\| ([A-Z]+-\d{3}) /gm)].map(([, id]) => id);
    assert.deepEqual(listed.sort(), [...ids].sort());
  });
});
