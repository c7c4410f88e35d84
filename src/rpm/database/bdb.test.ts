import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { forgeBdb } from '../testing/forge-database.ts';
import { forgedBuild, forgeHeader } from '../testing/forge-header.ts';
import { isRpmdbMagic, looksLikeRpmdb, readRpmdb } from './index.ts';

const code = (expected: string) => (error: unknown) => error instanceof SlipwayError && error.code === expected;
const NAMES = Array.from({ length: 30 }, (_, each) => `p${each}`);
const BLOBS = NAMES.map((name, each) => forgeHeader(new Map([...forgedBuild(name), [1005, 'x'.repeat(each * 700)]])));

for (const bigEndian of [false, true]) {
  for (const pageSize of [512, 4096, 65536]) {
    test(`reads a ${bigEndian ? 'big' : 'little'} endian hash with pages of ${pageSize} bytes`, () => {
      const main = forgeBdb(BLOBS, { bigEndian, pageSize });
      assert.equal(isRpmdbMagic(main.subarray(0, 16)), 'bdb');
      assert.equal(looksLikeRpmdb(main), true);
      const database = readRpmdb(main);
      assert.equal(database.format, 'bdb');
      assert.deepEqual(
        database.packages.map((pkg) => pkg.name),
        NAMES,
      );
    });
  }
}

const PAGE = 4096;
function lie(change: (main: Buffer) => void): () => unknown {
  const main = forgeBdb(BLOBS);
  change(main);
  return () => readRpmdb(main);
}
const pageOfType = (main: Buffer, type: number) => {
  for (let page = 1; page * PAGE < main.length; page++) if (main[page * PAGE + 25] === type) return page * PAGE;
  return assert.fail(`no page of type ${type}`);
};

test('what rpm never writes is refused', () => {
  assert.throws(
    lie((main) => main.writeUInt8(1, 24)),
    code('RPM_DB_UNSUPPORTED'),
  );
  assert.throws(
    lie((main) => main.writeUInt8(1, 26)),
    code('RPM_DB_UNSUPPORTED'),
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(99, 16)),
    code('RPM_DB_UNSUPPORTED'),
  );
  assert.throws(
    lie((main) => main.writeUInt8(9, 25)),
    code('RPM_DB_NOT_RPMDB'),
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(1000, 20)),
    code('RPM_DB_CORRUPT'),
  );
});

test('page pointers and counts that lie are refused', () => {
  assert.throws(
    lie((main) => main.writeUInt32LE(0xfffffff0, 32)),
    code('RPM_DB_TRUNCATED'),
  );
  assert.throws(
    lie((main) => main.writeUInt16LE(0xfffe, pageOfType(main, 13) + 20)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(
    lie((main) => main.writeUInt16LE(3, pageOfType(main, 13) + 20)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(
    lie((main) => main.writeUInt16LE(3, pageOfType(main, 13) + 26)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(
    lie((main) => main.writeUInt8(77, pageOfType(main, 7) + 25)),
    code('RPM_DB_CORRUPT'),
  );
  const overflow = (offset: number, value: number) =>
    lie((main) => {
      const page = pageOfType(main, 7);
      // the last chain of the file is several pages long
      main.writeUInt32LE(value === -1 ? page / PAGE : value, main.length - 3 * PAGE + offset);
    });
  assert.throws(overflow(16, 0x7fffffff), code('RPM_DB_CORRUPT'), 'a next page outside of the file');
  assert.throws(overflow(16, -1), /used twice/, 'a chain that joins another');
  assert.throws(overflow(16, 0), /ends after/, 'a chain that ends early');
});

test('pages that were zeroed are missed', () => {
  assert.throws(
    lie((main) => main.fill(0, pageOfType(main, 13), pageOfType(main, 13) + PAGE)),
    /says it holds 31 entries and 0 are there/,
  );
  assert.throws(
    lie((main) => main.fill(0, PAGE)),
    code('RPM_DB_CORRUPT'),
  );
  assert.throws(() => readRpmdb(forgeBdb([])), code('RPM_DB_EMPTY'));
});

test('another program’s hash is no rpmdb', () => {
  const other = forgeBdb([Buffer.from('a value of some other program')]);
  assert.equal(looksLikeRpmdb(other), false);
  assert.equal(looksLikeRpmdb(forgeBdb([Buffer.from('a broken header first'), ...BLOBS])), true);
  assert.throws(() => readRpmdb(other), code('RPM_HEADER_CORRUPT'));
});
