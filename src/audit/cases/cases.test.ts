import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parsePolicyTest, runPolicyTest } from './run.ts';

const HARBOR = join(import.meta.dirname, '../../../examples/harbor');
const policy = parsePolicy(await readFile(join(HARBOR, 'policy.yaml'), 'utf8'), 'policy.yaml');
const example = await readFile(join(HARBOR, 'policy-test.yaml'), 'utf8');
const TODAY = new Date('2026-06-01T12:00:00Z');

function refusal(text: string): SlipwayError {
  try {
    parsePolicyTest(text, 'cases.yaml');
  } catch (error) {
    assert.ok(error instanceof SlipwayError);
    assert.equal(error.code, 'AUDIT_POLICY_TEST_INVALID');
    return error;
  }
  return assert.fail('the file was taken');
}

describe('cases of a policy', () => {
  it('of the example come out as they say', () => {
    const results = runPolicyTest(parsePolicyTest(example, 'cases.yaml'), policy, TODAY);
    assert.deepEqual(
      results.filter(({ passed }) => !passed),
      [],
    );
    assert.ok(results.length >= 9);
  });

  it('say what came out instead, with the line of the case', () => {
    const wrong = example.replace(
      'expect: { verdict: fail, rules: [RPM-004] }',
      'expect: { verdict: pass, rules: [RPM-001] }',
    );
    const failed = runPolicyTest(parsePolicyTest(wrong, 'cases.yaml'), policy, TODAY).filter(({ passed }) => !passed);
    const line = wrong.slice(0, wrong.indexOf('name: the same, removed')).split('\n').length;
    assert.deepEqual(failed, [
      {
        name: 'the same, removed in a later layer',
        line,
        passed: false,
        differences: ['verdict: expected pass, got fail', 'rules: expected RPM-001, got RPM-004'],
      },
    ]);
  });

  it('reach every sort of evidence that they can name', () => {
    const text = `kind: AuditPolicyTest
apiVersion: slipway.okd.io/v1
cases:
  - name: all at once
    component: stream-coreos
    packages: [{ name: bash, epoch: 1, signedBy: 0d1dfffb8affef0c8f640743f97b8a942db2665e, repository: ironhat-els }]
    repositories: [{ id: ironhat-x, gpgcheck: false }, { id: harbor-x, sslverify: false }, { id: other }]
    contentSets: [ironhat-a]
    osRelease: ironhat
    labels: { release: 1.assembly.x.el9, com.redhat.license_terms: 'https://www.redhat.com/agreements', vendor: 'Ironhat, Inc.' }
    certificates: [entitlement, product]
    unreadable: [var/lib/rpm/Packages]
    expect:
      verdict: fail
      rules: [REPO-001, REPO-002, REPO-003, REPO-004, ICM-001, OS-001, IMG-001, IMG-002, IMG-004, ENT-001, ENT-003, COV-001]
`;
    const [result] = runPolicyTest(parsePolicyTest(text, 'cases.yaml'), policy, TODAY);
    assert.deepEqual(result?.differences, []);
  });

  it('judge exceptions on the day of the case', () => {
    const excepting = parsePolicy(
      `${JSON.stringify({
        kind: 'AuditPolicy',
        apiVersion: 'slipway.okd.io/v1',
        name: 'test',
        signers: [{ owner: 'x', verdict: 'deny', keys: ['2e3b82c4ff8173ceff3bfbe5578b83706a3123aa'] }],
        exceptions: [
          {
            id: 'kernel',
            rule: ['RPM-001'],
            scope: { components: ['*'] },
            match: { names: ['kernel'] },
            reason: 'agreed',
            owner: 'us',
            created: '2026-05-01',
            expires: '2026-07-01',
          },
        ],
      })}`,
      'p.yaml',
    );
    const made = (on: string, expect: string): string => `
  - name: on ${on}
    on: ${on}
    packages: [{ name: kernel, signedBy: 2e3b82c4ff8173ceff3bfbe5578b83706a3123aa }]
    expect: ${expect}`;
    const text = `kind: AuditPolicyTest\napiVersion: slipway.okd.io/v1\ncases:${made('2026-06-30', '{ verdict: pass, exceptions: [kernel] }')}${made('2026-07-02', '{ verdict: fail, rules: [RPM-001], exceptions: [] }')}\n`;
    assert.deepEqual(
      runPolicyTest(parsePolicyTest(text, 'cases.yaml'), excepting, TODAY).flatMap(({ differences }) => differences),
      [],
    );
  });

  it('are refused with the line of what is wrong', () => {
    assert.match(refusal(example.replace('RPM-004', 'RPM-999')).message, /no rule RPM-999/);
    assert.equal(refusal(example.replace('verdict: fail', 'verdict: maybe')).place.field, 'cases.1.expect.verdict');
    assert.match(
      refusal(example.replace('an unsigned package', "a package of the project's own key")).message,
      /two cases/,
    );
    const unknown = refusal(example.replace('component: cluster-update-keys', 'komponent: x'));
    assert.match(unknown.message, /no such field/);
    assert.ok((unknown.place.line ?? 0) > 40);
  });
});
