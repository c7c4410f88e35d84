// Holds this room's reading against Debian's rpm: packages built, signed and installed here by its own tools.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packagedFiles, parseKeyring, readRpmdb, readRpmFile, verifyPackage } from './index.ts';
import type { RpmKeyring, RpmPackage } from './types.ts';

const TOOLS = ['/usr/bin/rpmbuild', '/usr/bin/rpmsign', '/usr/bin/rpm', '/usr/bin/gpg'];
const missing = TOOLS.find((tool) => !existsSync(tool));
const skip = missing === undefined ? false : `${missing} is not installed`;

const SPECS = [
  {
    name: 'signed-rsa',
    key: 'RSA Forger',
    head: 'Epoch: 1\nVendor: CentOS\nPackager: Some One <one@example.invalid>\nURL: https://example.invalid',
  },
  { name: 'signed-eddsa', key: 'EdDSA Forger', head: 'Epoch: 0\nBuildArch: noarch' },
  { name: 'unsigned', key: undefined, head: 'Vendor: Red Hat, Inc.' },
] as const;

const spec = (name: string, head: string) => `Name: ${name}
Version: 1.2~rc1
Release: 3.el9_4
Summary: Fixture with an ümlaut
License: MIT and GPLv2+
${head}
%description
fixture
%install
mkdir -p %{buildroot}/etc %{buildroot}/usr/share/${name}
echo setting > %{buildroot}/etc/${name}.conf
echo data > %{buildroot}/usr/share/${name}/data
ln -s data %{buildroot}/usr/share/${name}/link
%files
%config(noreplace) /etc/${name}.conf
%dir %attr(0750,daemon,adm) /usr/share/${name}
%doc /usr/share/${name}/data
/usr/share/${name}/link
%ghost /var/log/${name}.log
`;

let work = '';
let keyring: RpmKeyring = parseKeyring([]);
const run = (tool: string, ...args: readonly string[]) =>
  execFileSync(tool, args, {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', GNUPGHOME: join(work, 'gnupg') },
  });
const rpm = (...args: readonly string[]) =>
  run('rpm', '--dbpath', join(work, 'db'), '--define', '_db_backend sqlite', ...args);
const fileOf = (name: string) =>
  join(
    work,
    'RPMS',
    name === 'signed-eddsa' ? 'noarch' : 'x86_64',
    `${name}-1.2~rc1-3.el9_4.${name === 'signed-eddsa' ? 'noarch' : 'x86_64'}.rpm`,
  );

function build(): void {
  mkdirSync(join(work, 'gnupg'), { mode: 0o700 });
  for (const [owner, kind] of [
    ['RSA Forger', 'rsa2048'],
    ['EdDSA Forger', 'ed25519'],
  ] as const) {
    run('gpg', '--batch', '--passphrase', '', '--quick-gen-key', owner, kind, 'sign', 'never');
    writeFileSync(join(work, `${kind}.asc`), run('gpg', '--armor', '--export', owner));
  }
  for (const { name, key, head } of SPECS) {
    writeFileSync(join(work, `${name}.spec`), spec(name, head));
    run(
      'rpmbuild',
      '-bb',
      '--quiet',
      '--target',
      'x86_64',
      '--define',
      `_topdir ${work}`,
      '--define',
      '_buildshell /bin/bash',
      '--define',
      '_build_id_links none',
      '--define',
      'debug_package %{nil}',
      '--define',
      '__os_install_post %{nil}',
      '--define',
      '_buildhost builder.example.invalid',
      `${name}.spec`,
    );
    if (key !== undefined)
      run('rpmsign', '--addsign', '--define', `_gpg_name ${key}`, '--define', '__gpg /usr/bin/gpg', fileOf(name));
  }
  mkdirSync(join(work, 'db'));
  rpm('--import', 'rsa2048.asc');
  rpm('-i', '--justdb', '--nodeps', '--nosignature', ...SPECS.map(({ name }) => fileOf(name)));
  keyring = parseKeyring(['rsa2048.asc', 'ed25519.asc'].map((file) => readFileSync(join(work, file))));
}

before(() => {
  if (skip !== false) return;
  work = mkdtempSync(join(tmpdir(), 'slipway-rpm-'));
  build();
});
after(() => {
  if (skip !== false) return;
  run('gpgconf', '--kill', 'all');
  rmSync(work, { recursive: true });
});

const database = () => readRpmdb(readFileSync(join(work, 'db', 'rpmdb.sqlite')));
const orNone = (value: string | number | null) => (value === null ? '(none)' : String(value));
/** The issuer, as rpm's `:pgpsig` prints it at the end. */
const keyId = (pkg: RpmPackage, tag: number) =>
  orNone(pkg.signatures.find((each) => each.tag === tag)?.packet?.keyId ?? null);

test('reads from the database what rpm -qa prints', { skip }, () => {
  const tags = [
    'NEVRA',
    'NAME',
    'EPOCH',
    'VERSION',
    'RELEASE',
    'ARCH',
    'VENDOR',
    'BUILDHOST',
    'SOURCERPM',
    'LICENSE',
    'PACKAGER',
    'URL',
    'SUMMARY',
    'BUILDTIME',
    'INSTALLTIME',
    'INSTALLTID',
    'SIZE',
    'SHA256HEADER',
    'RSAHEADER:pgpsig',
    'DSAHEADER:pgpsig',
  ];
  const printed = rpm('-qa', '--qf', `${tags.map((tag) => `%{${tag}}`).join('|')}\n`)
    .trim()
    .split('\n');
  const expected = printed.map((line) => line.replaceAll(/[^|]*Key ID ([0-9a-f]{16})/g, '$1')).sort();
  const { packages, keys } = database();
  const read = [...packages, ...keys].map((pkg) =>
    [
      pkg.nevra,
      ...[
        pkg.name,
        pkg.epoch,
        pkg.version,
        pkg.release,
        pkg.arch,
        pkg.vendor,
        pkg.buildHost,
        pkg.sourceRpm,
        pkg.license,
      ].map(orNone),
      ...[pkg.packager, pkg.url, pkg.summary, pkg.buildTime, pkg.installTime, pkg.installTid, pkg.size].map(orNone),
      pkg.headerDigest === 'ok' ? pkg.headerSha256 : orNone(pkg.header.string(273)),
      keyId(pkg, 268),
      keyId(pkg, 267),
    ].join('|'),
  );
  assert.equal(packages.length, 3);
  assert.equal(keys.length, 1);
  assert.deepEqual(read.sort(), expected);
});

test('lists the files that rpm lists', { skip }, () => {
  const format =
    '[%{FILENAMES}|%{FILEDIGESTS}|%{FILEMODES}|%{FILEFLAGS}|%{FILESIZES}|%{FILEMTIMES}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILELINKTOS}\n]';
  for (const pkg of database().packages) {
    const read = packagedFiles(pkg.header).map((file) =>
      [file.path, file.digest, file.mode, file.flags, file.size, file.mtime, file.user, file.group, file.linkTo].join(
        '|',
      ),
    );
    assert.deepEqual(read, rpm('-q', '--qf', format, pkg.name).trim().split('\n'));
  }
});

test('verifies what rpmsign signed, once installed and in the file', { skip }, () => {
  const expected = { 'signed-rsa': 'ok', 'signed-eddsa': 'ok', unsigned: 'absent' };
  const verdicts = (packages: readonly RpmPackage[]) =>
    Object.fromEntries(packages.map((pkg) => [pkg.name, verifyPackage(pkg, keyring).signature]));
  assert.deepEqual(verdicts(database().packages), expected);
  const files = SPECS.map(({ name }) => readRpmFile(readFileSync(fileOf(name))));
  assert.deepEqual(verdicts(files.map((file) => file.package)), expected);
  assert.deepEqual(
    files.map((file) => file.payloadDigest),
    ['ok', 'ok', 'ok'],
  );
});

test('agrees with rpmkeys about a good and a tampered package file', { skip }, () => {
  const good = fileOf('signed-rsa');
  assert.match(rpm('-Kv', good), /Header V4 RSA\/SHA\d+ Signature, key ID [0-9a-f]+: OK/);
  const bytes = readFileSync(good);
  const license = bytes.indexOf('MIT and GPLv2+');
  bytes.write('GPL and MITv2+', license);
  const tampered = join(work, 'tampered.rpm');
  writeFileSync(tampered, bytes);
  assert.throws(
    () => rpm('-Kv', tampered),
    (error) => error instanceof Error && 'stdout' in error && /Signature.*: BAD/.test(String(error.stdout)),
  );
  const { signature, checks } = verifyPackage(readRpmFile(bytes).package, keyring);
  assert.equal(signature, 'bad');
  assert.equal(checks[0]?.result, 'bad');
});
