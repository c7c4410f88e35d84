import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { AuditReport, Finding } from '../model/index.ts';
import { formatAuditReport } from '../report/index.ts';
import { factsOf, RPMDB, rpmdbFiles, rpmdbLayer, type TestKeys, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer, type TestFiles, type TestLayer } from '../testing/image.ts';
import { makePolicy } from '../testing/policy.ts';
import { makeHeader, makeRpmdb, replacing, type TestPackage } from '../testing/rpm.ts';
import { judge } from './judge.ts';

const AT = new Date('2026-06-01T12:00:00Z');
const OPEN = { vendor: 'Open Test Project', buildHost: 'b1.open.test' } as const;

let keys: TestKeys;
let clean: TestPackage[];

before(async () => {
  keys = await testKeys();
  clean = ['bash', 'glibc', 'zlib'].map((name) => ({ name, ...OPEN, signer: keys.open }));
});

async function judged(
  images: Record<string, readonly TestLayer[]>,
  options: { more?: string; at?: Date; bases?: string[] } = {},
): Promise<AuditReport> {
  const facts = await factsOf(new MemorySource(), images, options.bases);
  return judge(facts, makePolicy(keys.open, keys.denied, options.more), { at: options.at ?? AT });
}

/** Report of one image with one layer of these packages. */
async function withPackages(packages: readonly TestPackage[], more = ''): Promise<AuditReport> {
  return await judged({ component: [await rpmdbLayer(packages, 'RUN dnf install -y it')] }, { more });
}

/** Report of one image with clean packages and these files. */
async function withFiles(files: TestFiles, more = ''): Promise<AuditReport> {
  return await judged({ component: [makeLayer({ ...(await rpmdbFiles(clean)), ...files })] }, { more });
}

const rulesOf = ({ findings }: AuditReport): string[] =>
  findings.map(({ rule, status }) => (status === 'open' ? rule : `(${rule})`));

function one({ findings }: AuditReport): Finding {
  const [finding, ...others] = findings;
  assert.ok(finding);
  assert.deepEqual(others, []);
  return finding;
}

describe('judging packages', () => {
  it('tells of each package of an image where it is listed and between which layers it is there', async () => {
    const files = { ...(await rpmdbFiles(clean)), 'usr/lib/os-release': 'ID=testos\nNAME="Test OS"\nVERSION_ID=9\n' };
    const later = await rpmdbLayer([...clean.slice(1), { name: 'added', ...OPEN, signer: keys.open }], 'RUN dnf');
    const { images, packages } = await judged({ component: [makeLayer(files), later] });
    const [image] = images;
    assert.deepEqual(image?.os, { id: 'testos', name: 'Test OS', versionId: '9' });
    assert.equal(image.pullSpec, null);
    assert.deepEqual(
      image.contents.map(({ package: place, ...rest }) => ({ name: packages[place]?.name, ...rest })),
      [
        { name: 'added', database: RPMDB, layer: 2, hiddenBy: null },
        { name: 'bash', database: RPMDB, layer: 1, hiddenBy: 2 },
        { name: 'glibc', database: RPMDB, layer: 1, hiddenBy: null },
        { name: 'zlib', database: RPMDB, layer: 1, hiddenBy: null },
      ],
    );
    const [first] = packages;
    assert.deepEqual([first?.epoch, first?.version, first?.release, first?.arch], [null, '1.0', '1.el9', 'x86_64']);
  });

  it('passes packages of allowed signers, verified', async () => {
    const report = await withPackages(clean);
    assert.equal(report.verdict, 'pass');
    assert.deepEqual(report.findings, []);
    assert.deepEqual(
      report.proof.filter(({ packages }) => packages > 0),
      [{ level: 'L3', label: 'header signature verified', packages: 3 }],
    );
    assert.deepEqual(report.signers, [
      {
        keyId: keys.open.keyId,
        fingerprint: keys.open.fingerprint,
        owner: 'Open Test Project',
        verdict: 'allow',
        packages: 3,
        verified: 3,
        images: 1,
      },
    ]);
  });

  it('denies by key, whatever the vendor says', async () => {
    const report = await withPackages([...clean, { name: 'openssl', ...OPEN, signer: keys.denied }]);
    assert.equal(report.verdict, 'fail');
    const finding = one(report);
    assert.equal(finding.rule, 'RPM-001');
    const [subject] = finding.subjects;
    assert.equal(subject?.package?.nevra, 'openssl-1.0-1.el9.x86_64');
    assert.match(finding.message, /signed by Licensed Test Vendor, key [0-9a-f]{16}/);
    assert.match(subject.also.join(), /RPM-008/);
  });

  it('denies by vendor and by build host when no verified signature says otherwise', async () => {
    const vendor = 'Licensed Test Vendor, Inc.';
    assert.deepEqual(rulesOf(await withPackages([{ name: 'a', vendor }])), ['RPM-002']);
    assert.deepEqual(rulesOf(await withPackages([{ name: 'a', vendor, signer: keys.stranger }])), ['RPM-002']);
    const host = await withPackages([{ name: 'a', buildHost: 'x1.build.licensed.test', signer: keys.stranger }]);
    assert.deepEqual(rulesOf(host), ['RPM-015']);
    const relabelled = await withPackages([{ name: 'a', vendor, signer: keys.open }]);
    assert.equal(one(relabelled).rule, 'RPM-008');
    assert.equal(relabelled.verdict, 'pass', 'a verified signature outweighs words');
  });

  it('denies unsigned packages and unknown signers', async () => {
    assert.equal(one(await withPackages([{ name: 'a', ...OPEN }])).rule, 'RPM-006');
    const unknown = one(await withPackages([{ name: 'a', ...OPEN, signer: keys.stranger }]));
    assert.equal(unknown.rule, 'RPM-007');
    assert.match(unknown.message, new RegExp(keys.stranger.keyId));
  });

  it('finds tampered headers, also when an exception is written for everything else', async () => {
    const forged = { name: 'a', ...OPEN, signer: keys.open, tamper: replacing('GPLv2+', 'GPLv3+') };
    const more = exceptionYaml({ rule: '[RPM-001, RPM-006, RPM-007]', match: '{ names: [a] }' });
    const report = await withPackages([forged], more);
    assert.equal(report.verdict, 'fail');
    assert.equal(report.findings[0]?.rule, 'RPM-003');
    assert.equal(report.proof.find(({ level }) => level === 'L3')?.packages, 0);
  });

  it('reports a claimed signature that can not be verified', async () => {
    const source = new MemorySource();
    const facts = await factsOf(source, {
      c: [await rpmdbLayer([{ name: 'a', ...OPEN, signer: keys.stranger }], 'x')],
    });
    const policy = makePolicy(keys.stranger, keys.denied);
    const report = judge(facts, policy, { at: AT });
    assert.equal(one(report).rule, 'RPM-016');
    assert.equal(report.verdict, 'pass');
    assert.equal(report.proof.find(({ level }) => level === 'L2')?.packages, 1);
  });

  it('finds what a later layer removed: its bytes are still in the image', async () => {
    const bad = { name: 'kernel', ...OPEN, signer: keys.denied };
    const report = await judged({
      component: [
        await rpmdbLayer(clean, 'FROM base'),
        await rpmdbLayer([...clean, bad], 'RUN dnf install -y kernel'),
        await rpmdbLayer(clean, 'RUN dnf remove -y kernel'),
      ],
      wiped: [await rpmdbLayer([...clean, bad], 'FROM base'), makeLayer({ [RPMDB]: null }, 'RUN rm -r /var/lib/rpm')],
    });
    const hidden = report.findings.flatMap(({ rule, origin, images }) =>
      images.map(({ name, hiddenBy }) => `${rule} ${name}: layer ${origin?.layer}, hidden by ${hiddenBy}`),
    );
    assert.deepEqual(hidden.sort(), ['RPM-004 component: layer 2, hidden by 3', 'RPM-004 wiped: layer 1, hidden by 2']);
    assert.deepEqual(report.images[0]?.hiddenPackages, ['kernel-1.0-1.el9.x86_64']);
  });

  it('denies packages that only the write-ahead log holds, and the log that hides them', async () => {
    const bad = await makeHeader({ name: 'kernel', ...OPEN, signer: keys.denied });
    const { main, log } = makeRpmdb(await Promise.all(clean.map(makeHeader)), [bad]);
    assert.ok(log);
    const report = await judged({ component: [makeLayer({ [RPMDB]: main, [`${RPMDB}-wal`]: log })] });
    assert.deepEqual(rulesOf(report), ['RPM-001', 'RPM-013']);
  });
});

describe('attribution', () => {
  it('makes one finding per origin, with base image, instruction and every inheriting image', async () => {
    const bad = { name: 'openssl', ...OPEN, signer: keys.denied };
    const base = [
      await rpmdbLayer(clean, 'FROM scratch'),
      await rpmdbLayer([...clean, bad], 'RUN dnf install -y openssl'),
    ];
    const own = await rpmdbLayer([...clean, bad, { ...bad, name: 'kernel' }], 'RUN dnf install -y kernel');
    const images = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, [...base, makeLayer({ [name]: name }, `COPY ${name} /`)]]),
    );
    const report = await judged({ 'base-9': base, ...images, d: [...base, own] }, { bases: ['base-9'] });
    assert.deepEqual(
      report.findings.map(({ subjects: [subject], origin, images: found }) => [
        subject?.package?.name,
        origin?.base,
        origin?.layer,
        origin?.layers,
        origin?.instructions,
        found.map(({ name }) => name),
      ]),
      [
        ['kernel', null, 3, 3, ['RUN dnf install -y kernel'], ['d']],
        ['openssl', 'base-9', 2, 2, ['RUN dnf install -y openssl'], ['a', 'b', 'base-9', 'c', 'd']],
      ],
    );
    assert.equal(report.images.find(({ name }) => name === 'a')?.base, 'base-9');
  });

  it('knows bases that are passed in, the one that brought the layer in rather than the longest', async () => {
    const [first, second, third] = await Promise.all([
      rpmdbLayer([{ name: 'x' }], 'one'),
      rpmdbLayer([{ name: 'x' }, { name: 'y' }], 'two'),
      rpmdbLayer(clean, 'three'),
    ]);
    const facts = await factsOf(new MemorySource(), { component: [first, second, third] });
    const bases = [
      { name: 'small', diffIds: [first.diffId] },
      { name: 'large', diffIds: [first.diffId, second.diffId] },
      { name: 'other', diffIds: [second.diffId] },
    ];
    const report = judge(facts, makePolicy(keys.open, keys.denied), { at: AT, bases });
    assert.deepEqual(
      report.findings.map(({ subjects: [subject], origin }) => [subject?.package?.name, origin?.base]),
      [
        ['x', 'small'],
        ['y', 'large'],
      ],
    );
    assert.equal(report.images[0]?.base, 'large');
  });

  it('names the instructions of a layer that one build wrote for all of them', async () => {
    const source = new MemorySource();
    const layer = await rpmdbLayer([{ name: 'openssl', ...OPEN, signer: keys.denied }], '');
    const history = ['COPY a /a', 'RUN dnf install -y wget', 'RUN dnf install -y openssl', 'LABEL x=y'].map(
      (created_by) => ({
        created_by,
        empty_layer: true,
      }),
    );
    const reference = source.add([layer], {
      history: [...history, { created_by: 'ENTRYPOINT ["/a"]' } as (typeof history)[number]],
    });
    const { auditImage } = await import('../facts/image.ts');
    const { parseKeyring } = await import('../../rpm/index.ts');
    const facts = await auditImage(source, reference, { name: 'a', keyring: parseKeyring([keys.denied.publicKey]) });
    const report = judge([facts], makePolicy(keys.open, keys.denied), { at: AT });
    assert.deepEqual(one(report).origin?.instructions, ['RUN dnf install -y openssl']);
    assert.equal(one(report).origin?.createdBy, 'ENTRYPOINT ["/a"]');
  });
});

describe('judging other evidence', () => {
  it('never calls an image clean whose database could not be read', async () => {
    const [content] = Object.values(await rpmdbFiles(clean));
    assert.ok(content instanceof Buffer);
    const report = await withFiles({ 'mnt/var/lib/rpm/rpmdb.sqlite': content.subarray(0, 5000) });
    assert.equal(report.verdict, 'fail');
    assert.equal(one(report).rule, 'COV-001');
  });

  it('never calls an image clean of which a layer could not be read, and names the layer and why', async () => {
    const { auditImages } = await import('../facts/image.ts');
    const { parseKeyring } = await import('../../rpm/index.ts');
    const source = new MemorySource();
    const [base, top] = [makeLayer({ 'etc/a': 'x' }), makeLayer(await rpmdbFiles(clean))];
    const images = ['one', 'two'].map((name) => ({ name, source, reference: source.add([base, top]) }));
    source.spoil(base.digest, base.bytes.subarray(0, base.bytes.length - 3));
    const facts = await auditImages(images, { keyring: parseKeyring([keys.open.publicKey]) });
    for (const profile of ['stable', 'report-only'] as const) {
      const report = judge(facts, { ...makePolicy(keys.open, keys.denied), profile }, { at: AT });
      assert.equal(report.verdict, 'fail', profile);
      const finding = one(report);
      assert.deepEqual([finding.rule, finding.severity, finding.origin?.layer], ['COV-001', 'deny', 1]);
      assert.deepEqual(
        finding.images.map(({ name }) => name),
        ['one', 'two'],
      );
      assert.match(finding.message, new RegExp(`the layer ${base.digest} could not be read`));
      assert.match(finding.subjects[0]?.evidence[0] ?? '', /^OCI_(BLOB|LAYER)_TRUNCATED: /);
    }
  });

  it('wants packages in every image that is not declared to have none', async () => {
    const empty = [makeLayer({ logo: 'svg' })];
    const report = await judged({ branding: empty, other: empty });
    assert.equal(one(report).rule, 'RPM-012');
    assert.deepEqual(
      one(report).images.map(({ name }) => name),
      ['other'],
    );
  });

  const cases: [string, TestFiles, string[]][] = [
    ['a denied repository by id', { 'etc/yum.repos.d/a.repo': '[licensed-base]\nbaseurl=x\n' }, ['REPO-001']],
    [
      'a denied repository by URL',
      { 'etc/yum.repos.d/a.repo': '[x]\nbaseurl=https://cdn.licensed.test/x\n' },
      ['REPO-001'],
    ],
    ['no disabled repository', { 'etc/yum.repos.d/a.repo': '[licensed-base]\nenabled=0\n' }, []],
    ['a repository without signature check', { 'etc/yum.repos.d/a.repo': '[open-x]\ngpgcheck=0\n' }, ['REPO-003']],
    ['an unknown repository', { 'etc/yum.repos.d/a.repo': '[mine]\nbaseurl=x\n' }, ['REPO-004']],
    ['an entitlement key', { 'etc/pki/entitlement/1-key.pem': '-----BEGIN PRIVATE KEY-----' }, ['ENT-001']],
    ['a consumer certificate', { 'srv/root/etc/pki/consumer/cert.pem': 'x' }, ['ENT-001']],
    ['a product certificate, for the record', { 'etc/pki/product/479.pem': 'x' }, ['ENT-003']],
    ['an unexpected system', { 'etc/os-release': 'ID=licensedos\n' }, ['OS-001']],
    ['an expected system', { 'etc/os-release': 'ID=testos\n' }, []],
    [
      'a denied content set',
      { 'root/buildinfo/content_manifests/a.json': '{"content_sets":["licensed-base"]}' },
      ['ICM-001'],
    ],
    [
      'mixed content sets',
      { 'root/buildinfo/content_manifests/a.json': '{"content_sets":["open-a","more"]}' },
      ['ICM-002'],
    ],
    ['open content sets', { 'root/buildinfo/content_manifests/a.json': '{"content_sets":["open-a"]}' }, []],
    ['a manifest that is no JSON', { 'root/buildinfo/content_manifests/a.json': '{' }, ['COV-002']],
    ['a link to a file that is not there', { 'usr/share/rpm/rpmdb.sqlite': { link: 'sysroot/x.file' } }, ['COV-001']],
  ];
  for (const [what, files, rules] of cases) {
    it(`finds ${what}`, async () => assert.deepEqual(rulesOf(await withFiles(files)), rules));
  }

  it('looks at repositories and os-release as they are after all layers', async () => {
    const report = await judged({
      component: [
        makeLayer({
          ...(await rpmdbFiles(clean)),
          'etc/os-release': 'ID=licensedos\n',
          'etc/yum.repos.d/a.repo': '[licensed-a]\n',
        }),
        makeLayer({ 'etc/os-release': 'ID=testos\n', 'etc/yum.repos.d/a.repo': null }),
      ],
    });
    assert.deepEqual(report.findings, []);
  });
});

function exceptionYaml(fields: Record<string, string>): string {
  const all = {
    id: 'one',
    rule: '[RPM-001]',
    scope: '{ components: [component] }',
    match: '{ names: [openssl] }',
    reason: 'agreed',
    owner: 'someone',
    created: '2026-05-01',
    expires: '2026-07-01',
    ...fields,
  };
  return `exceptions: [{ ${Object.entries(all)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }]`;
}

describe('exceptions', () => {
  const openssl = (): TestPackage => ({ name: 'openssl', ...OPEN, signer: keys.denied });

  it('cover what they name, and it stays in the report', async () => {
    const report = await withPackages([...clean, openssl()], exceptionYaml({}));
    assert.equal(report.verdict, 'pass');
    const covered = report.findings.find(({ rule }) => rule === 'RPM-001');
    assert.equal(covered?.status, 'excepted');
    assert.deepEqual(covered.images[0]?.exceptions, ['one']);
    assert.deepEqual(report.totals.findings, { deny: 0, warn: 1, info: 0, excepted: 1, known: 0 });
  });

  it('do not reach beyond their rule, scope, match and days', async () => {
    const narrow: Record<string, string>[] = [
      { rule: '[RPM-002]' },
      { scope: '{ components: [others] }' },
      { match: '{ names: [openssl-libs] }' },
      { match: '{ names: [openssl], licenses: [MIT] }' },
      { match: '{ paths: ["*ssl*"] }' },
      { created: '2026-06-02' },
    ];
    for (const fields of narrow) {
      const report = await withPackages([...clean, openssl()], exceptionYaml(fields));
      assert.equal(report.verdict, 'fail', JSON.stringify(fields));
    }
  });

  it('end with their last day, and the report says so', async () => {
    const images = { component: [await rpmdbLayer([...clean, openssl()], 'x')] };
    const on = (at: string) => judged(images, { more: exceptionYaml({}), at: new Date(at) });
    assert.equal((await on('2026-07-01T23:59:59Z')).verdict, 'pass');
    assert.ok(rulesOf(await on('2026-06-20T00:00:00Z')).includes('EXC-002'));
    const after = await on('2026-07-02T00:00:00Z');
    assert.equal(after.verdict, 'fail');
    assert.deepEqual(rulesOf(after), ['EXC-001', 'RPM-001']);
  });

  it('are reported when they cover nothing', async () => {
    assert.deepEqual(rulesOf(await withPackages(clean, exceptionYaml({}))), ['EXC-003']);
  });

  it('leave a finding open for the images outside of their scope', async () => {
    const base = await rpmdbLayer([...clean, openssl()], 'x');
    const report = await judged({ component: [base], other: [base] }, { more: exceptionYaml({}) });
    const finding = report.findings.find(({ rule }) => rule === 'RPM-001');
    assert.equal(finding?.status, 'open');
    assert.deepEqual(
      finding.images.map(({ name, exceptions }) => [name, exceptions]),
      [
        ['component', ['one']],
        ['other', []],
      ],
    );
  });
});

describe('the report', () => {
  it('is the same for the same facts in any order', async () => {
    const base = await rpmdbLayer([...clean, { name: 'x' }], 'base');
    const facts = await factsOf(new MemorySource(), {
      b: [base, makeLayer({ b: 'b' })],
      a: [base],
      c: [makeLayer({ c: 'c' })],
    });
    const policy = makePolicy(keys.open, keys.denied);
    const one = judge(facts, policy, { at: AT });
    const other = judge(JSON.parse(JSON.stringify(facts.toReversed())), policy, {
      at: new Date('2026-06-01T23:00:00Z'),
    });
    for (const format of ['json', 'text'] as const) {
      assert.equal(formatAuditReport(one, format), formatAuditReport(other, format));
    }
  });

  it('says in words who, where and by what, and nothing about law', async () => {
    const base = [
      await rpmdbLayer([...clean, { name: 'openssl', ...OPEN, signer: keys.denied }], 'RUN dnf install -y openssl'),
    ];
    const text = formatAuditReport(
      await judged({ base, a: [...base, makeLayer({ a: 'a' })] }, { bases: ['base'] }),
      'text',
    );
    assert.match(text, /^Audit FAILED under policy test/);
    assert.match(text, /DENY RPM-001 openssl-1\.0-1\.el9\.x86_64: signed by Licensed Test Vendor/);
    assert.match(text, /introduced in layer 1 of 1 of base image "base" \(sha256:/);
    assert.match(text, /by RUN dnf install -y openssl/);
    assert.match(text, /inherited by 2 images: a, base/);
    assert.doesNotMatch(text, /illegal|licen[cs]e violation|infring/i);
  });
});
