// Inputs changed at random: only SlipwayError may come out, quickly, and no changed signed header may verify.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlipwayError } from '../util/index.ts';
import { packagedFiles, parseKeyring, readHeader, readRpmFile, verifyPackage } from './index.ts';
import { installedPackage } from './package.ts';
import { forgeBdb, forgeNdb, forgeSqlite } from './testing/forge-database.ts';
import { forgedBuild, forgeInstalled } from './testing/forge-header.ts';
import { forgeCertificate, forgeKey } from './testing/forge-openpgp.ts';
import { forgeLogged, forgePackageFile, readWhole } from './testing/hostile.ts';
import type { RpmPackage } from './types.ts';

const key = forgeKey('rsa');
const subkey = forgeKey('ed25519');
const CERTIFICATE = forgeCertificate(key, { subkeys: [[subkey, {}]] });
const keyring = parseKeyring([CERTIFICATE]);
const BUILD = forgedBuild('target');
const HEADER = forgeInstalled(BUILD, [key, subkey]);
const BLOBS = [HEADER, ...['a', 'b', 'c'].map((name) => forgeInstalled(forgedBuild(name), [subkey]))];

/** One to eight changes: a byte, or a four-byte number likely to hurt, anywhere. */
const mutations = (length: number) =>
  fc.array(
    fc.record({
      at: fc.nat(length - 4),
      value: fc.oneof(
        fc.nat(255).map((byte) => Buffer.of(byte)),
        fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 0x10000, length).map((number) => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32BE(number);
          return bytes;
        }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      ),
    }),
    { minLength: 1, maxLength: 8 },
  );

function mutated(original: Buffer, changes: readonly { at: number; value: Buffer }[]): Buffer {
  const copy = Buffer.from(original);
  for (const { at, value } of changes) value.copy(copy, at);
  return copy;
}

/** Runs `read`, and lets nothing but SlipwayErrors of this room pass. */
function survives<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SlipwayError && error.code.startsWith('RPM_')) return undefined;
    throw error;
  }
}

function fuzz(name: string, original: Buffer, runs: number, read: (bytes: Buffer) => unknown): void {
  test(`${name}: nothing but SlipwayErrors from ${runs} changed and cut inputs`, () => {
    fc.assert(
      fc.property(mutations(original.length), fc.option(fc.nat(original.length), { freq: 5 }), (changes, cut) => {
        const bytes = mutated(original, changes);
        survives(() => read(cut === null ? bytes : bytes.subarray(0, cut)));
      }),
      { numRuns: runs },
    );
  });
}

const useAll = (main: Buffer, log?: Buffer): unknown => readWhole(keyring, main, log, survives);
const { main: LOG_MAIN, log: LOG } = forgeLogged(BLOBS);

fuzz('SQLite', forgeSqlite(BLOBS, 512), 2000, (main) => useAll(main));
fuzz('SQLite log', LOG, 500, (log) => useAll(LOG_MAIN, log));
fuzz('Berkeley DB', forgeBdb(BLOBS, { pageSize: 512 }), 2000, (main) => useAll(main));
fuzz('NDB', forgeNdb(BLOBS), 1000, (main) => useAll(main));
fuzz('keyring', CERTIFICATE, 1000, (bytes) => parseKeyring([bytes]));

const FILE = forgePackageFile(BUILD, key);

test('the package file that is mutated below is a good one', () => {
  assert.equal(verifyPackage(readRpmFile(FILE).package, keyring).signature, 'ok');
});
fuzz('package file', FILE, 2000, (bytes) => {
  const file = readRpmFile(bytes);
  verifyPackage(file.package, keyring);
  packagedFiles(file.header);
});

/** All that a header says about its build, as readers see it. */
function claims(pkg: RpmPackage): unknown {
  const { name, epoch, version, release, arch, vendor, buildHost, buildTime, packager, sourceRpm, license, size, url } =
    pkg;
  const plain = {
    name,
    epoch,
    version,
    release,
    arch,
    vendor,
    buildHost,
    buildTime,
    packager,
    sourceRpm,
    license,
    size,
    url,
  };
  return { ...plain, files: packagedFiles(pkg.header) };
}
const TRUE_CLAIMS = claims(installedPackage(readHeader(HEADER), 'test'));

test('a changed header never verifies with claims that were not signed', () => {
  assert.equal(verifyPackage(installedPackage(readHeader(HEADER), 'test'), keyring).signature, 'ok');
  let verified = 0;
  fc.assert(
    fc.property(mutations(HEADER.length), (changes) => {
      survives(() => {
        const pkg = installedPackage(readHeader(mutated(HEADER, changes)), 'test');
        if (verifyPackage(pkg, keyring).signature !== 'ok') return;
        verified++;
        assert.deepEqual(claims(pkg), TRUE_CLAIMS);
      });
    }),
    { numRuns: 3000 },
  );
  assert.ok(verified > 0, 'changes outside of the signed region (install times) leave it valid');
});

test('no single changed byte of the signed region leaves the signature valid', () => {
  const { region } = readHeader(HEADER);
  assert.ok(region);
  const data = 8 + 16 * HEADER.readUInt32BE(0);
  const signed = [
    ...Array.from({ length: 16 * region.entries }, (_, at) => 8 + at),
    ...Array.from({ length: region.dataLength }, (_, at) => data + at),
  ];
  for (const at of signed) {
    const copy = Buffer.from(HEADER);
    copy[at] = (copy[at] ?? 0) ^ 0x20;
    const result = survives(() => verifyPackage(installedPackage(readHeader(copy), 'test'), keyring).signature);
    assert.notEqual(result, 'ok', `byte ${at}`);
  }
});
