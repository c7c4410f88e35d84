import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { forgeNdb } from '../testing/forge-database.ts';
import { forgedBuild, forgeHeader } from '../testing/forge-header.ts';
import { isRpmdbMagic, looksLikeRpmdb, readRpmdb } from './index.ts';

const code = (expected: string) => (error: unknown) => error instanceof SlipwayError && error.code === expected;
const NAMES = Array.from({ length: 20 }, (_, each) => `p${each}`);
const BLOBS = NAMES.map((name, each) => forgeHeader(new Map([...forgedBuild(name), [1005, 'x'.repeat(each * 700)]])));

function lie(change: (main: Buffer) => void): () => unknown {
  const main = forgeNdb(BLOBS);
  change(main);
  return () => readRpmdb(main);
}

test('reads every package of an NDB', () => {
  const main = forgeNdb(BLOBS);
  assert.equal(isRpmdbMagic(main.subarray(0, 16)), 'ndb');
  assert.equal(looksLikeRpmdb(main), true);
  assert.deepEqual(
    readRpmdb(main).packages.map((pkg) => pkg.name),
    NAMES,
  );
});

test('slots and blobs that lie are refused', () => {
  assert.throws(
    lie((main) => main.writeUInt32LE(1, 4)),
    code('RPM_DB_UNSUPPORTED'),
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(0xffffffff, 12)),
    code('RPM_DB_TRUNCATED'),
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(0, 12)),
    code('RPM_DB_TRUNCATED'),
  );
  assert.throws(
    lie((main) => main.fill(0, 32, 4096)),
    code('RPM_DB_CORRUPT'),
    'zeroed slots',
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(0xffffffff, 32 + 8)),
    code('RPM_DB_TRUNCATED'),
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(1, 32 + 8)),
    code('RPM_DB_TRUNCATED'),
    'a blob inside the slots',
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(7, 32 + 4)),
    code('RPM_DB_CORRUPT'),
    'another package’s number',
  );
  assert.throws(
    lie((main) => main.writeUInt32LE(0xfffffff0, 4096 + 12)),
    code('RPM_DB_CORRUPT'),
    'a blob’s length',
  );
  assert.throws(
    lie((main) => main.writeUInt8(0x21, 4096 + 400)),
    /checksum/,
  );
});

test('slots that share one blob can’t multiply it', () => {
  const multiplied = lie((main) => {
    for (let at = 48; at < 4096; at += 16) main.copy(main, at, 32, 48);
  });
  assert.throws(multiplied, /more than the file has left/);
});

test('cut, zeroed and empty databases are errors', () => {
  const main = forgeNdb(BLOBS);
  assert.throws(() => readRpmdb(main.subarray(0, 100)), code('RPM_DB_TRUNCATED'));
  assert.throws(() => readRpmdb(main.subarray(0, main.length - 16)), code('RPM_DB_TRUNCATED'));
  assert.throws(() => readRpmdb(forgeNdb([])), code('RPM_DB_EMPTY'));
});
