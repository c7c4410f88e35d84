// The databases, package files and keys of ../shared/vectors/rpmdb (INDEX.md there says what each is).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '../util/index.ts';
import {
  looksLikeRpmdb,
  packagedFiles,
  parseKeyring,
  readHeader,
  readRpmdb,
  readRpmFile,
  rpmdbReport,
  verifyPackage,
} from './index.ts';
import { vector, vectorNames, vectorsMissing } from './testing/vectors.ts';
import type { RpmKeyring } from './types.ts';

const skip = vectorsMissing;
const code = (expected: string) => (error: unknown) => error instanceof SlipwayError && error.code === expected;
const database = (path: string, wal?: string) =>
  readRpmdb(vector(`rpmdb/${path}`), wal === undefined ? undefined : vector(`rpmdb/${wal}`));
const allKeys = () => parseKeyring(vectorNames('policy/keys').map((name) => vector(`policy/keys/${name}`)));
const testKeys = (...names: readonly string[]) => parseKeyring(names.map((name) => vector(`rpmdb/rpm/keys/${name}`)));
const file = (name: string) => readRpmFile(vector(`rpmdb/rpm/RPMS/${name}`));
const verdict = (name: string, keyring: RpmKeyring) => verifyPackage(file(name).package, keyring);

function counted(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const REDHAT = '199e2f91fd431d51';
const MICROSOFT = '0cd9fed33135ce90';
const SUSE = '70af9e8139db7c82';
const MARINER = 'Microsoft Corporation';

const DATABASES = [
  { path: 'go-rpmdb/libuuid/Packages', format: 'bdb', packages: 1, vendor: 'Red Hat, Inc.', key: REDHAT },
  { path: 'go-rpmdb/cbl-mariner-2.0/rpmdb.sqlite', format: 'sqlite', packages: 129, vendor: MARINER, key: MICROSOFT },
  {
    path: 'go-rpmdb/sle15-bci/Packages.db',
    format: 'ndb',
    packages: 35,
    vendor: 'SUSE LLC <https://www.suse.com/>',
    key: SUSE,
  },
  { path: 'made-bdb/Packages', format: 'bdb', packages: 20, vendor: MARINER, key: MICROSOFT },
  { path: 'made-bdb/Packages-bigendian', format: 'bdb', packages: 20, vendor: MARINER, key: MICROSOFT },
  { path: 'made-wal/rpmdb.sqlite', format: 'sqlite', packages: 50, vendor: MARINER, key: MICROSOFT },
  {
    path: 'made-wal/rpmdb.sqlite',
    wal: 'made-wal/rpmdb.sqlite-wal',
    format: 'sqlite',
    packages: 85,
    vendor: MARINER,
    key: MICROSOFT,
  },
] as const;

for (const { path, format, packages, vendor, key, ...more } of DATABASES) {
  const wal = 'wal' in more ? more.wal : undefined;
  test(`${path}${wal === undefined ? '' : ' with its log'}: ${packages} signed packages`, { skip }, () => {
    const db = database(path, wal);
    assert.equal(db.format, format);
    assert.equal(looksLikeRpmdb(vector(`rpmdb/${path}`)), true);
    assert.deepEqual(counted(db.packages.map((pkg) => String(pkg.vendor))), { [vendor]: packages });
    assert.deepEqual(counted(db.packages.flatMap((pkg) => pkg.keyIds)), { [key]: packages });
    assert.deepEqual(counted(db.packages.map((pkg) => pkg.headerDigest)), { ok: packages });
    assert.deepEqual(
      db.packages.flatMap((pkg) => pkg.header.unsignedClaims),
      [],
    );
    const keyring = allKeys();
    // Microsoft's and SUSE's public keys are not among the vectors; where they are, every signature must verify.
    const expected = keyring.withId(key).length > 0 ? 'ok' : 'no-key';
    assert.deepEqual(counted(db.packages.map((pkg) => verifyPackage(pkg, keyring).signature)), {
      [expected]: packages,
    });
    for (const pkg of db.packages) packagedFiles(pkg.header);
  });
}

test('the Red Hat package is proven, to the key’s fingerprint', { skip }, () => {
  const [pkg] = database('go-rpmdb/libuuid/Packages').packages;
  assert.ok(pkg);
  assert.equal(pkg.nevra, 'libuuid-2.32.1-42.el8_8.x86_64');
  assert.equal(pkg.buildHost, 'x86-038.build.eng.bos.redhat.com');
  assert.deepEqual(
    pkg.signatures.map((each) => [each.tag, each.covers, each.packet?.version]),
    [
      [268, 'header', 3],
      [259, 'header+payload', 3],
    ],
  );
  const { signature, by } = verifyPackage(pkg, allKeys());
  assert.equal(signature, 'ok');
  assert.deepEqual(by, { keyId: REDHAT, fingerprint: '567e347ad0044ade55ba8a5f199e2f91fd431d51' });
  assert.equal(verifyPackage(pkg, parseKeyring([])).signature, 'no-key');
});

test('SLE’s packages are those of go-rpmdb’s expected list', { skip }, () => {
  const lists = JSON.parse(vector('rpmdb/go-rpmdb/expected-packages.json').toString()) as Record<
    string,
    Record<string, string>[]
  >;
  const expected = lists.SLE15WithNDB ?? assert.fail('the list is missing');
  const read = database('go-rpmdb/sle15-bci/Packages.db').packages;
  assert.deepEqual(
    read
      .map(({ name, version, release, arch, sourceRpm, license, vendor, size }) =>
        [name, version, release, arch, sourceRpm, license, vendor, String(size)].join('|'),
      )
      .sort(),
    expected
      .map((pkg) =>
        ['name', 'version', 'release', 'arch', 'sourcerpm', 'license', 'vendor', 'size']
          .map((key) => pkg[key])
          .join('|'),
      )
      .sort(),
  );
});

test('unsigned packages and imported keys', { skip }, () => {
  const own = database('rpm/rpmdb.sqlite');
  assert.deepEqual(own.packages.map((pkg) => pkg.name).sort(), ['foo', 'hlinktest']);
  assert.deepEqual(
    own.keys.map((pkg) => pkg.nevra),
    ['gpg-pubkey-1964c5fc-58e63918'],
  );
  assert.deepEqual(counted(own.packages.map((pkg) => verifyPackage(pkg, allKeys()).signature)), { absent: 2 });
  assert.equal(rpmdbReport(own).packages.length, 3);
  const [dive] = database('syft/Packages').packages;
  assert.equal(dive?.nevra, 'dive-0.9.2-1.x86_64');
  assert.equal(dive?.buildHost, 'alexs-mbp.lan');
  assert.deepEqual(dive?.signatures, []);
});

test('transactions are told apart by their ids', { skip }, () => {
  const db = database('go-rpmdb/cbl-mariner-2.0/rpmdb.sqlite');
  // As `rpm -qa --qf %{INSTALLTID}` counts them; INDEX.md counts the six install times.
  assert.deepEqual(counted(db.packages.map((pkg) => String(pkg.installTid))), {
    1643279451: 2,
    1643279452: 126,
    1644389348: 1,
  });
});

test('single headers: one whole, one whose file list points out of its folders', { skip }, () => {
  const whole = readHeader(vector('rpmdb/claircore/rpmdb/package.header'));
  assert.equal(whole.string(1000), 'crypto-policies');
  assert.equal(packagedFiles(whole).length, 152);
  const lying = readHeader(vector('rpmdb/go-rpmdb/blob.bin'));
  assert.equal(lying.string(1000), 'publicsuffix-list-dafsa');
  assert.throws(() => packagedFiles(lying), code('RPM_HEADER_FILES'));
});

test('SQLite files of other programs are no rpmdb', { skip }, () => {
  for (const path of [
    'claircore/rpmdb/no_packages.sqlite',
    'claircore/dnf4/history.sqlite',
    'claircore/dnf5/transaction_history.sqlite',
  ]) {
    assert.throws(() => database(path), code('RPM_DB_NOT_RPMDB'), path);
    assert.equal(looksLikeRpmdb(vector(`rpmdb/${path}`)), false, path);
  }
});

test('package files of every signature kind verify with their key', { skip }, () => {
  const rsa = testKeys('rpm.org-rsa-2048-test.pub');
  for (const [name, tags] of [
    ['hello-2.0-1.x86_64-signed.rpm', [268, 259]],
    ['hello-2.0-1.x86_64-v3-signed.rpm', [268, 259]],
    ['hello-2.0-1.x86_64-badima.rpm', [268]],
    ['hlinktest-1.0-1.noarch-v3sig.rpm', [268, 259]],
  ] as const) {
    const { signature, checks } = verdict(name, rsa);
    assert.equal(signature, 'ok', name);
    assert.deepEqual(
      checks.map((check) => [check.tag, check.result]),
      tags.map((tag) => [tag, 'ok']),
      name,
    );
    assert.equal(file(name).payloadDigest, 'ok', name);
  }
  assert.equal(verdict('hello-2.0-1.x86_64.rpm', rsa).signature, 'absent');
  assert.equal(verdict('mwe-rpm-lua-problem-1.0.0-1.noarch.rpm', rsa).signature, 'no-key');
});

test('every package file is read, its header digest as rpm says', { skip }, () => {
  const names = vectorNames('rpmdb/rpm/RPMS');
  assert.equal(names.length, 21);
  for (const name of names) {
    const read = file(name);
    assert.equal(read.package.headerDigest, name.endsWith('.rpm-v3') ? 'absent' : 'ok', name);
    assert.equal(read.payloadDigest, name.includes('corrupted') ? 'bad' : 'ok', name);
    if (name.startsWith('hello-2'))
      assert.ok(
        packagedFiles(read.header).some(({ path }) => path.endsWith('/hello')),
        name,
      );
  }
});

test('a corrupted payload keeps a true header signature and fails its digest', { skip }, () => {
  assert.equal(verdict('hello-2.0-1.x86_64-corrupted.rpm', testKeys('rpm.org-rsa-2048-test.pub')).signature, 'ok');
  assert.equal(file('hello-2.0-1.x86_64-corrupted.rpm').payloadDigest, 'bad');
});

test('subkeys: good, added later, revoked, expired', { skip }, () => {
  const signed = 'hello-2.0-1.x86_64-signed-with-subkey.rpm';
  const result = verdict(signed, testKeys('alice.asc'));
  assert.equal(result.signature, 'ok');
  assert.equal(result.by?.keyId, '1f71177215217ee0');
  const revoked = verdict(signed, testKeys('alice-revoked-subkey.asc'));
  assert.equal(revoked.signature, 'unverifiable');
  assert.match(revoked.checks[0]?.reason ?? '', /revoked \(it was the maid\)/);
  const expired = verdict(signed, testKeys('alice-expired-subkey.asc'));
  assert.equal(expired.signature, 'unverifiable');
  assert.match(expired.checks[0]?.reason ?? '', /expired/);
  assert.equal(verdict(signed, testKeys('alice.asc', 'alice-revoked-subkey.asc')).signature, 'unverifiable');
  const added = 'hello-2.0-1.x86_64-signed-with-new-subkey.rpm';
  assert.equal(verdict(added, testKeys('rpm.org-rsa-2048-test.pub')).signature, 'no-key');
  const eddsa = verdict(added, testKeys('rpm.org-rsa-2048-test.pub', 'rpm.org-rsa-2048-add-subkey.asc'));
  assert.deepEqual([eddsa.signature, eddsa.by?.keyId, eddsa.checks[0]?.tag], ['ok', '6323c42711450b6c', 267]);
});

test('post-quantum: both signatures of tag 278 verify, and RSA alone is enough', { skip }, () => {
  const name = 'hello-2.0-1.x86_64-signed-mldsa87.rpm';
  const both = verdict(name, testKeys('rpm.org-v6-mldsa87-test.asc', 'rpm.org-rsa-2048-test.pub'));
  assert.equal(both.signature, 'ok');
  assert.deepEqual(
    both.checks.map((check) => [check.tag, check.result, check.algorithm]),
    [
      [278, 'ok', 'ML-DSA-87+Ed448/SHA512'],
      [278, 'ok', 'RSA/SHA512'],
      [268, 'ok', 'RSA/SHA256'],
      [259, 'ok', 'RSA/SHA256'],
    ],
  );
  const rsaOnly = verdict(name, testKeys('rpm.org-rsa-2048-test.pub'));
  assert.equal(rsaOnly.signature, 'ok');
  assert.equal(rsaOnly.checks[0]?.result, 'no-key');
  assert.deepEqual(file(name).package.keyIds, ['db11ab41d7ae9cd3', '4344591e1964c5fc']);
});

test('subkeys without a true binding are recorded and never used (CVE-2021-3521)', { skip }, () => {
  for (const name of ['CVE-2021-3521-badbind.asc', 'CVE-2021-3521-nosubsig-last.asc', 'type-confusion.asc']) {
    const [key] = testKeys(name).certificates;
    assert.equal(key?.primary.bound, true, name);
    assert.deepEqual(
      key?.subkeys.map((each) => [each.keyId, each.bound, each.maySign]),
      [['185e6146f00650f8', false, false]],
      name,
    );
  }
  // Here the same subkey comes a second time, with its true binding, for encryption.
  const [repeated] = testKeys('CVE-2021-3521-nosubsig.asc').certificates;
  assert.deepEqual(
    repeated?.subkeys.map((each) => [each.bound, each.maySign]),
    [[true, false]],
  );
});

test('keys with one 64-bit id are told apart by their fingerprints', { skip }, () => {
  const ring = testKeys('keyidcollision1.pub', 'keyidcollision2.pub');
  const keys = ring.withId('42655a75156b3de0');
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys.map((key) => key.fingerprint)).size, 2);
  assert.ok(keys.every((key) => key.bound && key.maySign));
  assert.throws(() => testKeys('keyidcollision1.asc'), code('RPM_KEY_SECRET'));
});

test('every published key is read, proves itself, and has the fingerprint on record', { skip }, () => {
  const { keys } = JSON.parse(vector('policy/signing-keys.json').toString()) as {
    keys: { keyId: string; fingerprint: string }[];
  };
  const recorded = new Map(keys.map((key) => [key.fingerprint, key.keyId]));
  const { certificates } = allKeys();
  assert.ok(certificates.length > 80);
  for (const { primary, userIds } of certificates) {
    assert.equal(recorded.get(primary.fingerprint), primary.keyId, userIds[0]);
    assert.equal(primary.bound, true, userIds[0]);
  }
});
