import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ImageFacts } from '../../model/facts.ts';
import type { AuditReport } from '../../model/report.ts';
import { factsOf, rpmdbLayer, type TestKeys, testKeys } from '../../testing/audit.ts';
import { MemorySource, makeLayer, type TestLayer } from '../../testing/image.ts';
import { makePolicy } from '../../testing/policy.ts';
import type { TestPackage } from '../../testing/rpm.ts';
import { type JudgeContext, judge } from '../judge.ts';
import { previousRelease } from './previous.ts';

const AT = new Date('2026-06-01T12:00:00Z');
let keys: TestKeys;
before(async () => {
  keys = await testKeys();
});

const pkg = (name: string, by: 'open' | 'denied'): TestPackage => ({
  name,
  vendor: 'Open Test Project',
  signer: keys[by],
});
const own = (name: string): TestLayer => makeLayer({ [name]: name }, `COPY ${name} /`);
const judged = (facts: readonly ImageFacts[], context: Partial<JudgeContext> = {}, more = ''): AuditReport =>
  judge(facts, makePolicy(keys.open, keys.denied, more), { at: AT, ...context });
const rules = ({ findings }: AuditReport): string[] =>
  findings.map(({ rule, severity, images }) => `${severity} ${rule} ${images.map(({ name }) => name).join()}`);

describe('base images', () => {
  it('that the policy does not list are refused, and images on no known one are pointed out', async () => {
    const [good, bad, alone] = await Promise.all([
      rpmdbLayer([pkg('bash', 'open')], 'ADD good.tar /'),
      rpmdbLayer([pkg('zlib', 'open')], 'ADD bad.tar /'),
      rpmdbLayer([pkg('acl', 'open')], 'ADD alone.tar /'),
    ]);
    const facts = await factsOf(new MemorySource(), {
      a: [good, own('a')],
      b: [bad, own('b')],
      c: [bad, own('c')],
      d: [alone, own('d')],
      branding: [makeLayer({ logo: 'svg' })],
    });
    const bases = [
      { name: 'good-9', diffIds: [good.diffId] },
      { name: 'bad-9', diffIds: [bad.diffId] },
    ];
    const policy = 'bases: { allow: ["good-*"] }';
    assert.deepEqual(rules(judged(facts, { bases }, policy)), ['deny BASE-001 b,c', 'warn BASE-002 d']);
    assert.deepEqual(rules(judged(facts, { bases })), []);
    assert.deepEqual(rules(judged(facts, { bases }, 'bases: { deny: [bad-9] }')), ['deny BASE-001 b,c']);
  });

  it('raise an alarm when other hands sign them than in the last accepted release', async () => {
    const before = await rpmdbLayer([pkg('bash', 'open'), pkg('ssl', 'open')], 'ADD root.tar /');
    const rebuilt = await rpmdbLayer(
      [pkg('bash', 'open'), { ...pkg('ssl', 'open'), version: '2.0' }],
      'ADD root.tar /',
    );
    const switched = await rpmdbLayer([pkg('bash', 'open'), pkg('ssl', 'denied')], 'ADD root.tar /');
    const source = new MemorySource();
    const on = async (base: TestLayer, name: string) => ({
      facts: await factsOf(source, { a: [base, own('a')], b: [base, own('b')] }),
      bases: [{ name, diffIds: [base.diffId] }],
    });
    const first = await on(before, 'base-9');
    const report = judged(first.facts, { bases: first.bases });
    // Plain data, as it lies in a store.
    const previous = previousRelease('nightly-1', JSON.parse(JSON.stringify(report)));
    const alarm = (state: typeof first, more = '') =>
      judged(state.facts, { bases: state.bases, previous }, more).findings.find(({ rule }) => rule === 'BASE-003');
    assert.equal(alarm(first), undefined, 'the same base image');
    assert.equal(alarm(await on(rebuilt, 'base-9')), undefined, 'the same signers');
    const finding = alarm(await on(switched, 'els-9'));
    assert.equal(finding?.severity, 'deny');
    assert.deepEqual(
      finding?.images.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.match(
      finding?.message ?? '',
      /^els-9: its place was taken from "base-9", and it is signed by Licensed Test Vendor, key [0-9a-f]{16} as well, compared with nightly-1\.$/,
    );
    assert.equal(alarm(await on(switched, 'els-9'), 'profile: nightly')?.severity, 'warn');
    const acknowledged = `exceptions: [{ id: seen, rule: [BASE-003], scope: { components: ['?'] }, match: { names: [els-9] },
      reason: agreed, owner: someone, created: 2026-05-01, expires: 2026-07-01 }]`;
    assert.equal(alarm(await on(switched, 'els-9'), acknowledged)?.status, 'excepted');
  });

  it('of the redistributable part let their packages through with a warning, wherever the same packages are elsewhere', async () => {
    const part = await rpmdbLayer([pkg('ssl', 'denied')], 'ADD ubi.tar /');
    const added = await rpmdbLayer([pkg('ssl', 'denied'), pkg('kernel', 'denied')], 'RUN dnf install -y kernel');
    const facts = await factsOf(new MemorySource(), {
      a: [part, added],
      b: [await rpmdbLayer([pkg('ssl', 'denied')], 'x')],
    });
    const bases = [{ name: 'ubi9', diffIds: [part.diffId] }];
    const report = judged(facts, { bases }, 'redistributable: { name: UBI, bases: [ubi9] }');
    assert.deepEqual(
      report.findings.map(({ rule, subjects, images }) => [
        rule,
        subjects[0]?.package?.name,
        images.map(({ name }) => name).join(),
      ]),
      [
        ['RPM-001', 'kernel', 'a'],
        ['RPM-001', 'ssl', 'b'],
        ['RPM-005', 'ssl', 'a'],
      ],
    );
    assert.match(report.findings[2]?.message ?? '', /it belongs to UBI/);
    assert.equal(
      judged(facts, { bases }, 'profile: strict\nredistributable: { name: UBI, bases: [ubi9] }').findings.find(
        ({ rule }) => rule === 'RPM-005',
      )?.severity,
      'deny',
    );
  });
});
