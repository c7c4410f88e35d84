import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyring, readRpmdb, rpmdbReport } from './index.ts';
import { forgeBdb, forgeNdb, forgeSqlite } from './testing/forge-database.ts';
import { forgedBuild, forgeHeader, forgeInstalled } from './testing/forge-header.ts';
import { forgeCertificate, forgeKey } from './testing/forge-openpgp.ts';

const key = forgeKey('rsa');
const stranger = forgeKey('ed25519');
const unknown = forgeKey('ed25519', { algorithm: 99 });
const BLOBS = [
  forgeInstalled(forgedBuild('signed'), [key]),
  forgeHeader(forgedBuild('bare')),
  forgeInstalled(forgedBuild('foreign'), [stranger]),
  forgeInstalled(forgedBuild('odd'), [unknown]),
  forgeInstalled(forgedBuild('tampered'), [key], new Map([[1014, 'Proprietary']])),
  forgeHeader(
    new Map([
      [1000, 'gpg-pubkey'],
      [1001, 'deadbeef'],
      [1002, '5a5a5a5a'],
    ]),
  ),
];
const keyring = parseKeyring([forgeCertificate(key), forgeCertificate(unknown, { selfSigned: false })]);

test('has exactly the fields that others script against', () => {
  const { format, packages } = rpmdbReport(readRpmdb(forgeSqlite(BLOBS)), keyring);
  assert.equal(format, 'sqlite');
  assert.deepEqual(
    packages.map((pkg) => [pkg.name, pkg.headerDigest, pkg.signature]),
    [
      ['bare', 'absent', 'absent'],
      ['foreign', 'ok', 'no-key'],
      ['gpg-pubkey', 'absent', 'absent'],
      ['odd', 'ok', 'no-key'],
      ['signed', 'ok', 'ok'],
      ['tampered', 'ok', 'bad'],
    ],
  );
  assert.deepEqual(packages[4], {
    name: 'signed',
    epoch: 1,
    version: '1.2',
    release: '3.el9',
    arch: 'x86_64',
    vendor: 'Forgers',
    buildHost: 'builder.example.invalid',
    sourceRpm: 'signed-1.2-3.el9.src.rpm',
    license: 'MIT',
    keyIds: [key.keyId],
    headerDigest: 'ok',
    signature: 'ok',
  });
  assert.deepEqual([packages[2]?.arch, packages[2]?.vendor, packages[2]?.keyIds], [null, null, []]);
});

test('the same packages give the same report from every format', () => {
  const [sqlite, bdb, ndb] = [forgeSqlite(BLOBS), forgeBdb(BLOBS), forgeNdb(BLOBS)].map((main) =>
    rpmdbReport(readRpmdb(main), keyring),
  );
  assert.deepEqual(bdb, { ...sqlite, format: 'bdb' });
  assert.deepEqual(ndb, { ...sqlite, format: 'ndb' });
});

test('without a keyring everything signed is no-key', () => {
  const { packages } = rpmdbReport(readRpmdb(forgeNdb(BLOBS)));
  assert.deepEqual(new Set(packages.map((pkg) => pkg.signature)), new Set(['absent', 'no-key', 'bad']));
});
