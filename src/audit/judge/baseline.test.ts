import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { factsOf, rpmdbLayer, type TestKeys, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer } from '../testing/image.ts';
import { makePolicy } from '../testing/policy.ts';
import type { TestPackage } from '../testing/rpm.ts';
import { baselineOf, parseBaseline } from './baseline.ts';
import { judge } from './judge.ts';

const FIXED = new Set(RULE_SUMMARIES.filter(({ fixed }) => fixed).map(({ id }) => id));
let keys: TestKeys;
before(async () => {
  keys = await testKeys();
});

async function judged(packages: readonly TestPackage[], files: Record<string, string>, baseline?: string) {
  const layers = [await rpmdbLayer(packages, 'RUN dnf install -y it'), makeLayer(files)];
  const facts = await factsOf(new MemorySource(), { component: layers });
  return judge(facts, makePolicy(keys.open, keys.denied), {
    at: new Date('2026-06-01'),
    ...(baseline === undefined ? {} : { baseline: parseBaseline(baseline, 'baseline.json') }),
  });
}

describe('an accepted baseline', () => {
  const bad = (name: string, version = '1.0'): TestPackage => ({
    name,
    version,
    vendor: 'Open Test Project',
    signer: keys.denied,
  });

  it('lets through what was there, rebuilt or not, and refuses what is new', async () => {
    const baseline = baselineOf(await judged([bad('old')], {}), FIXED);
    const same = await judged([bad('old', '2.0')], { 'a new file': 'another layer' }, baseline);
    assert.equal(same.verdict, 'pass');
    assert.deepEqual(
      same.findings.map(({ status }) => status),
      ['known'],
    );
    assert.equal(same.totals.findings.known, 1);
    const more = await judged([bad('old'), bad('new')], {}, baseline);
    assert.equal(more.verdict, 'fail');
    assert.deepEqual(
      more.findings.map(({ status, subjects }) => [status, subjects.map(({ package: pkg }) => pkg?.name)]),
      [
        ['open', ['new']],
        ['known', ['old']],
      ],
    );
    assert.equal(more.baseline?.keys, 1);
  });

  it('never takes in a leaked key, though somebody writes it into the file', async () => {
    const leaked = { 'etc/pki/entitlement/1-key.pem': '-----BEGIN PRIVATE KEY-----' };
    const report = await judged([], leaked);
    assert.doesNotMatch(baselineOf(report, FIXED), /ENT-001/);
    const forged = baselineOf(report, new Set());
    assert.match(forged, /ENT-001/);
    assert.equal((await judged([], leaked, forged)).verdict, 'fail');
  });

  it('is refused with file and line when it is none', () => {
    const text = 'kind: AuditBaseline\napiVersion: slipway.okd.io/v1\nfindings:\n  - key: nonsense\n';
    assert.throws(
      () => parseBaseline(text, 'b.yaml'),
      (error) =>
        error instanceof SlipwayError &&
        error.code === 'AUDIT_BASELINE_INVALID' &&
        error.place.file === 'b.yaml' &&
        error.place.line === 4,
    );
  });
});
