import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { judge } from '../judge/judge.ts';
import type { ImageFacts } from '../model/facts.ts';
import type { AuditReport } from '../model/report.ts';
import { factsOf, rpmdbLayer, type TestKeys, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer, type TestLayer } from '../testing/image.ts';
import { makePolicy } from '../testing/policy.ts';
import type { TestPackage } from '../testing/rpm.ts';
import { chainIdsOf, Lineage } from './lineage.ts';

const AT = new Date('2026-06-01T12:00:00Z');
const OPEN = { vendor: 'Open Test Project', buildHost: 'b1.open.test' } as const;

let keys: TestKeys;
before(async () => {
  keys = await testKeys();
});

const open = (name: string, more: Partial<TestPackage> = {}): TestPackage => ({
  name,
  ...OPEN,
  signer: keys.open,
  ...more,
});
const denied = (name: string, more: Partial<TestPackage> = {}): TestPackage => ({
  ...open(name),
  signer: keys.denied,
  ...more,
});

const judged = (facts: readonly ImageFacts[], bases: Parameters<typeof judge>[2]['bases'] = []): AuditReport =>
  judge(facts, makePolicy(keys.open, keys.denied), { at: AT, bases });

const images = (...diffIds: string[][]): ImageFacts[] =>
  diffIds.map((ids, index) => ({
    name: `image-${index}`,
    digest: `sha256:${index}`,
    pullSpec: null,
    architecture: 'amd64',
    created: null,
    labels: {},
    environment: {},
    annotations: {},
    comments: [],
    diffIds: ids,
    layers: [],
    base: false,
    files: null,
  }));

describe('the trie of layers', () => {
  it('finds bases where images part, and names them by the image that ends there', () => {
    const lineage = new Lineage(images(['a', 'b', 'c'], ['a', 'b', 'd'], ['a', 'e'], ['a', 'b']), []);
    const chain = chainIdsOf(['a', 'b', 'c']);
    const shown = (base: ReturnType<Lineage['baseOf']>) => base && [base.kind, base.layers, base.name];
    assert.deepEqual(shown(lineage.baseOf(chain)), ['image', 2, 'image-3']);
    assert.deepEqual(shown(lineage.introducing(chain, 1)), ['image', 2, 'image-3']);
    assert.deepEqual(shown(lineage.introducing(chain, 0)), ['shared', 1, `unnamed (${'a'})`]);
    assert.equal(lineage.introducing(chain, 2), undefined);
    assert.deepEqual(shown(lineage.below(chain, 2)), ['image', 2, 'image-3']);
    // The image that others are built on is not its own base.
    assert.deepEqual(shown(lineage.baseOf(chainIdsOf(['a', 'b']))), ['shared', 1, 'unnamed (a)']);
  });

  it('takes no base from images that are alike, or alone', () => {
    const lineage = new Lineage(images(['a', 'b'], ['a', 'b'], ['x', 'y']), []);
    assert.equal(lineage.baseOf(chainIdsOf(['a', 'b'])), undefined);
    assert.equal(lineage.baseOf(chainIdsOf(['x', 'y'])), undefined);
  });
});

describe('findings by origin', () => {
  it('are one for all that a layer brought, with the clean base below and the line that chose the base', async () => {
    const clean = await rpmdbLayer([open('bash')], 'ADD root.tar /');
    const bad = await rpmdbLayer([open('bash'), denied('krb5'), denied('ssl')], 'RUN dnf install -y krb5 ssl');
    const own = (name: string): TestLayer => makeLayer({ [name]: name }, `COPY ${name} /`);
    const facts = await factsOf(new MemorySource(), {
      a: [clean, bad, own('a')],
      b: [clean, bad, own('b')],
      c: [clean, own('c')],
    });
    const chosenAt = { file: 'stream.yaml', line: 7, text: 'base: els', before: 'stream9' };
    const report = judged(facts, [
      { name: 'stream9', diffIds: [clean.diffId] },
      { name: 'els', diffIds: [clean.diffId, bad.diffId], chosenAt },
    ]);
    const [finding, ...others] = report.findings;
    assert.deepEqual(others, []);
    assert.deepEqual(
      finding?.subjects.map(({ package: pkg }) => pkg?.name),
      ['krb5', 'ssl'],
    );
    assert.deepEqual(
      finding?.images.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.equal(finding?.origin?.base, 'els');
    assert.equal(finding?.origin?.below, 'stream9');
    assert.deepEqual(finding?.origin?.chosenAt, chosenAt);
    assert.deepEqual(
      report.bases.map(({ name, images: on, signers }) => [name, on, signers.map(({ owner }) => owner).sort()]),
      [
        ['els', ['a', 'b'], ['Licensed Test Vendor', 'Open Test Project']],
        ['stream9', ['c'], ['Open Test Project']],
      ],
    );
  });

  it('name an unnamed base that images share by its layers', async () => {
    const shared = await rpmdbLayer([denied('ssl')], 'RUN dnf install -y ssl');
    const facts = await factsOf(new MemorySource(), {
      a: [shared, makeLayer({ a: 'a' })],
      b: [shared, makeLayer({ b: 'b' })],
    });
    const [finding] = judged(facts).findings;
    assert.equal(finding?.origin?.baseKind, 'shared');
    assert.equal(finding?.origin?.base, `unnamed (${shared.diffId.slice(0, 19)})`);
    assert.equal(finding?.images.length, 2);
  });

  it('blame the instruction whose turn the transaction was, where one layer holds several', async () => {
    const source = new MemorySource();
    const layer = await rpmdbLayer(
      [open('one', { installTid: 100 }), denied('dependency', { installTid: 200 }), open('three', { installTid: 300 })],
      '',
    );
    const run = ['RUN dnf install -y one', 'RUN dnf install -y two', 'RUN dnf install -y three'];
    const history = [...run, 'ENTRYPOINT ["/a"]'].map((created_by, index) => ({ created_by, empty_layer: index < 3 }));
    const reference = source.add([layer], { history });
    const { auditImage } = await import('../facts/image.ts');
    const { parseKeyring } = await import('../../rpm/index.ts');
    const keyring = parseKeyring([keys.open.publicKey, keys.denied.publicKey]);
    const facts = await auditImage(source, reference, { name: 'a', keyring });
    assert.deepEqual(judged([facts]).findings[0]?.origin?.instructions, ['RUN dnf install -y two']);
  });

  it('name repository and command of dnf, and blame the instruction that ran the command', async () => {
    const source = new MemorySource();
    const layer = await rpmdbLayer([denied('httpd'), denied('apr')], '');
    const run = ['RUN dnf install -y wget', 'RUN dnf -y install "httpd" mod_ssl && dnf clean all'];
    const history = [...run, 'ENTRYPOINT ["/a"]'].map((created_by, index) => ({ created_by, empty_layer: index < 2 }));
    const reference = source.add([layer], { history });
    const { auditImage } = await import('../facts/image.ts');
    const { parseKeyring } = await import('../../rpm/index.ts');
    const keyring = parseKeyring([keys.open.publicKey, keys.denied.publicKey]);
    const facts = await auditImage(source, reference, { name: 'a', keyring });
    const rest = { action: 'install', reason: 'user', transaction: 1 };
    const dnf = {
      path: 'var/lib/dnf/history.sqlite',
      format: 'dnf4' as const,
      transactions: [{ id: 1, begin: null, end: null, releasever: null, commandLine: '-y install httpd mod_ssl' }],
      packages: ['httpd', 'apr'].map((name, index) => ({
        nevra: `${name}-1.0-1.el9.x86_64`,
        name,
        repository: index === 0 ? 'rhel-9-appstream' : 'rhel-9-baseos',
        ...rest,
      })),
    };
    const withHistory = {
      ...facts,
      layers: facts.layers.map((one) => ({ ...one, facts: { ...one.facts, dnfHistories: [dnf] } })),
    };
    const [finding] = judged([withHistory]).findings;
    assert.deepEqual(finding?.origin?.instructions, [run[1]], 'apr is named nowhere, its transaction is');
    assert.deepEqual(finding?.origin?.repositories, ['rhel-9-appstream', 'rhel-9-baseos']);
    assert.deepEqual(finding?.origin?.commands, ['-y install httpd mod_ssl']);
    assert.deepEqual(
      finding?.subjects.map(({ label, repository }) => [label, repository]),
      [
        ['apr-1.0-1.el9.x86_64', 'rhel-9-baseos'],
        ['httpd-1.0-1.el9.x86_64', 'rhel-9-appstream'],
      ],
    );
    // Without a word of the policy: ids that are publicly known to take a subscription are denied.
    const repositories = judged([withHistory]).findings.find(({ rule }) => rule === 'REPO-002');
    assert.match(repositories?.message ?? '', /2 packages came from rhel-9-appstream, rhel-9-baseos/);
  });

  it('tell a base that was flattened away by the transactions of its packages', async () => {
    const inBase = [open('bash', { installTid: 100 }), denied('ssl', { installTid: 200 })];
    const base = [
      await rpmdbLayer(inBase.slice(0, 1), 'ADD root.tar /'),
      await rpmdbLayer(inBase, 'RUN dnf install -y ssl'),
    ];
    const flat = await rpmdbLayer([...inBase, denied('own', { installTid: 300 })], 'RUN dnf install -y own');
    const source = new MemorySource();
    const facts = await factsOf(source, { els: base, flat: [flat], whole: [...base, makeLayer({ a: 'a' })] }, ['els']);
    const report = judged(facts);
    assert.deepEqual(
      report.findings.map(({ subjects, origin, images: found }) => [
        subjects.map(({ package: pkg }) => pkg?.name).join(),
        origin?.base,
        origin?.layer,
        origin?.instructions,
        found.map(({ name, by }) => `${name} ${by}`),
      ]),
      [
        ['own', null, 1, ['RUN dnf install -y own'], ['flat layer']],
        ['ssl', 'els', 2, ['RUN dnf install -y ssl'], ['els layer', 'flat transactions', 'whole layer']],
      ],
    );
    assert.deepEqual(
      report.images.map(({ name, base: on, baseBy }) => [name, on, baseBy]),
      [
        ['els', 'els', 'layer'],
        ['flat', 'els', 'transactions'],
        ['whole', 'els', 'layer'],
      ],
    );
    // The same packages, installed by other transactions, prove nothing.
    const other = await rpmdbLayer(
      inBase.map((pkg) => ({ ...pkg, installTid: 900 })),
      'x',
    );
    const unrelated = judged(await factsOf(source, { els: base, other: [other] }, ['els']));
    assert.equal(unrelated.images.find(({ name }) => name === 'other')?.base, null);
  });
});
