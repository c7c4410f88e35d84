import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { factsOf, rpmdbFiles, rpmdbLayer, type TestKeys, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer, type TestLayer } from '../testing/image.ts';
import { makePolicy } from '../testing/policy.ts';
import type { TestPackage } from '../testing/rpm.ts';
import { judge } from './judge.ts';

const AT = new Date('2026-06-01T12:00:00Z');
let keys: TestKeys;
before(async () => {
  keys = await testKeys();
});

async function judged(layers: readonly TestLayer[], more: string) {
  const facts = await factsOf(new MemorySource(), { component: layers });
  return judge(facts, makePolicy(keys.open, keys.denied, more), { at: AT });
}

describe('profiles', () => {
  const kernel = (): TestPackage => ({ name: 'kernel', signer: keys.denied, vendor: 'Open Test Project' });
  const unsigned: TestPackage = { name: 'loose', vendor: 'Open Test Project' };

  it('judge the same thing by what it is for', async () => {
    const layers = [await rpmdbLayer([unsigned], 'RUN rpm -i loose.rpm')];
    const verdicts = await Promise.all(
      ['nightly', 'stable', 'strict', 'report-only'].map(async (profile) => {
        const { verdict, findings, policy } = await judged(layers, `profile: ${profile}`);
        return `${policy.profile} ${verdict} ${findings.map(({ rule, severity }) => `${rule} ${severity}`).join()}`;
      }),
    );
    assert.deepEqual(verdicts, [
      'nightly pass RPM-006 warn',
      'stable fail RPM-006 deny',
      'strict fail RPM-006 deny',
      'report-only pass RPM-006 deny',
    ]);
    assert.equal((await judged(layers, 'profile: nightly\nseverities: { RPM-006: deny }')).verdict, 'fail');
  });

  it('refuse in a nightly what must never leave the house, hidden or not', async () => {
    const bad = [await rpmdbLayer([kernel()], 'x')];
    assert.equal((await judged(bad, 'profile: nightly')).verdict, 'fail');
    const hidden = [...bad, await rpmdbLayer([{ ...kernel(), version: '2.0', signer: keys.open }], 'y')];
    const nightly = await judged(hidden, 'profile: nightly');
    assert.deepEqual(
      nightly.findings.map(({ rule, severity, images }) => `${severity} ${rule} hidden by ${images[0]?.hiddenBy}`),
      ['warn RPM-004 hidden by 2'],
    );
    assert.equal((await judged(hidden, 'profile: stable')).verdict, 'fail');
  });

  it('never let through what nobody may: report-only fails for it', async () => {
    const key = { 'etc/pki/entitlement/1-key.pem': '-----BEGIN PRIVATE KEY-----' };
    const clean = await rpmdbFiles([{ ...kernel(), signer: keys.open }]);
    assert.equal((await judged([makeLayer({ ...clean, ...key })], 'profile: report-only')).verdict, 'fail');
    assert.equal((await judged([makeLayer({ logo: 'x' })], 'profile: report-only')).verdict, 'fail', 'not scanned');
  });
});

describe('what is asked of a stable release', () => {
  it('is that as many packages are proven as the policy wants, and the rest is listed', async () => {
    const proven = { vendor: 'Open Test Project', signer: keys.open };
    const layers = [
      await rpmdbLayer([...['a', 'b', 'c'].map((name) => ({ name, ...proven })), { name: 'loose' }], 'RUN install'),
    ];
    const rate = async (percent: number, more = '') => {
      const report = await judged(
        layers,
        `proof: { level: L3, percent: ${percent} }\nseverities: { RPM-006: info }\n${more}`,
      );
      return { report, finding: report.findings.find(({ rule }) => rule === 'COV-003') };
    };
    assert.equal((await rate(75)).finding, undefined);
    const { report, finding } = await rate(76);
    assert.equal(report.verdict, 'fail');
    assert.match(
      finding?.message ?? '',
      /^3 of 4 packages reach L3 \(header signature verified\), which is less than 76 %\.$/,
    );
    assert.deepEqual(finding?.subjects[0]?.evidence, ['loose-1.0-1.el9.x86_64']);
    assert.equal((await rate(76, 'profile: nightly')).report.verdict, 'pass');
  });

  it('is that every warning is acknowledged by an exception, where the policy says so', async () => {
    const relabelled = [
      await rpmdbLayer([{ name: 'a', vendor: 'Licensed Test Vendor, Inc.', signer: keys.open }], 'x'),
    ];
    const verdict = async (more: string) => (await judged(relabelled, more)).verdict;
    const exception = `exceptions: [{ id: seen, rule: [RPM-008], scope: { components: [component] }, match: { names: [a] },
      reason: agreed, owner: someone, created: 2026-05-01, expires: 2026-07-01 }]`;
    assert.equal(await verdict(''), 'pass');
    assert.equal(await verdict('acknowledgeWarnings: true'), 'fail');
    assert.equal(await verdict(`acknowledgeWarnings: true\n${exception}`), 'pass');
  });
});

describe('rules on names and labels', () => {
  it('tell trademarks by name and tools of a subscription by signer', async () => {
    const more = 'packages: { trademark: ["*-logos"], subscription: ["subscription-*"] }';
    const rulesOf = async (name: string, signer: 'open' | 'denied') => {
      const { findings } = await judged([await rpmdbLayer([{ ...kernel(), name, signer: keys[signer] }], 'x')], more);
      return findings.flatMap(({ rule, subjects }) => [
        rule,
        ...(subjects[0]?.also ?? []).map((also) => also.slice(0, 7)),
      ]);
    };
    const kernel = (): TestPackage => ({ name: '', vendor: 'Open Test Project' });
    assert.deepEqual(await rulesOf('vendor-logos', 'open'), ['PKG-001']);
    assert.deepEqual(await rulesOf('subscription-manager', 'open'), []);
    assert.deepEqual(await rulesOf('subscription-manager', 'denied'), ['RPM-001', 'PKG-002', 'RPM-008']);
  });

  it('tell builds of OCP, terms of RHEL and labels of a denied vendor, one finding for all images that say the same', async () => {
    const source = new MemorySource();
    const layer = await rpmdbLayer([{ name: 'a', signer: keys.open, vendor: 'Open Test Project' }], 'x');
    const { auditImages } = await import('../facts/image.ts');
    const { parseKeyring } = await import('../../rpm/index.ts');
    const labels = {
      release: '202406061206.p0.gc6cad79.assembly.stream.el9',
      'com.redhat.license_terms': 'https://www.redhat.com/agreements',
      vendor: 'Licensed Test Vendor, Inc.',
    };
    const okd = {
      release: '202406061206.p0.gc6cad79.assembly.stream.scos9',
      'com.redhat.license_terms': 'https://www.redhat.com/en/about/red-hat-end-user-license-agreements#UBI',
    };
    const references = {
      a: source.add([layer], { labels }),
      b: source.add([layer, makeLayer({ b: 'b' })], { labels }),
      c: source.add([layer, makeLayer({ c: 'c' })], { labels: okd }),
    };
    const facts = await auditImages(
      Object.entries(references).map(([name, reference]) => ({ source, reference, name })),
      { keyring: parseKeyring([keys.open.publicKey]) },
    );
    const { findings } = judge(facts, makePolicy(keys.open, keys.denied), { at: AT });
    assert.deepEqual(
      findings.map(({ rule, images }) => `${rule} ${images.map(({ name }) => name).join()}`),
      ['IMG-001 a,b', 'IMG-002 a,b', 'IMG-004 a,b'],
    );
  });

  it('tell builds that differ under one name', async () => {
    const two = [
      await rpmdbLayer([{ name: 'a', signer: keys.open, license: 'MIT', vendor: 'Open Test Project' }], 'x'),
      await rpmdbLayer([{ name: 'a', signer: keys.open, license: 'BSD', vendor: 'Open Test Project' }], 'y'),
    ];
    const { findings } = await judged(two, '');
    assert.deepEqual(
      findings.map(({ rule, subjects }) => [rule, subjects[0]?.evidence.length]),
      [['RPM-014', 2]],
    );
  });
});

describe('exceptions and their days', () => {
  it('have a state', async () => {
    const at = (id: string, created: string, expires: string, owner = 'team', name = 'kernel'): string =>
      `{ id: ${id}, rule: [RPM-001], scope: { components: [component] }, match: { names: [${name}] }, reason: agreed, owner: '${owner}', created: ${created}, expires: ${expires} }`;
    const more = `exceptions: [${[
      at('pending', '2026-06-02', '2026-08-01'),
      at('active', '2026-05-01', '2026-08-01'),
      at('soon', '2026-05-01', '2026-06-10'),
      at('over', '2026-04-01', '2026-05-31'),
      at('unused', '2026-05-01', '2026-08-01', 'n/a', 'other'),
    ].join(', ')}]`;
    const report = await judged([await rpmdbLayer([{ name: 'kernel', signer: keys.denied }], 'x')], more);
    assert.deepEqual(
      report.exceptions.map(({ id, state, expiring, covers }) => [id, state, expiring, covers]),
      [
        ['active', 'active', false, 1],
        ['over', 'expired', false, 0],
        ['pending', 'pending', false, 0],
        ['soon', 'active', true, 1],
        ['unused', 'unused', false, 0],
      ],
    );
    assert.deepEqual(
      report.findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('EXC')),
      ['EXC-001', 'EXC-004', 'EXC-002', 'EXC-003'],
    );
  });
});
