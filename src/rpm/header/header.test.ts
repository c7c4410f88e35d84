import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { packagedFiles } from '../files.ts';
import { type ForgedValue, forgedBuild, forgeHeader } from '../testing/forge-header.ts';
import { readHeader } from './header.ts';

const BUILD = forgedBuild('forged');
const read = (extra: readonly (readonly [number, ForgedValue])[] = []) =>
  readHeader(forgeHeader(BUILD, new Map(extra)));
const code = (expected: string) => (error: unknown) => error instanceof SlipwayError && error.code === expected;

test('decodes strings, numbers, lists and binary values', () => {
  const header = read([[261, Buffer.from('0011', 'hex')]]);
  assert.equal(header.string(1000), 'forged');
  assert.equal(header.string(1004), 'A forged package');
  assert.equal(header.number(1003), 1);
  assert.deepEqual(header.strings(1118), ['/usr/share/', '/usr/share/forged/']);
  assert.deepEqual(header.numbers(1030), [0o40755, 0o100644, 0o120777]);
  assert.deepEqual(Buffer.from(header.bytes(261) ?? []).toString('hex'), '0011');
  assert.deepEqual(header.region?.entries, BUILD.size + 1);
});

test('an absent tag is null or empty', () => {
  const header = read();
  assert.equal(header.has(5096), false);
  assert.equal(header.string(5096), null);
  assert.equal(header.number(5096), null);
  assert.equal(header.bytes(5096), null);
  assert.deepEqual(header.strings(5096), []);
  assert.deepEqual(header.numbers(5096), []);
});

test('entries behind the region win, and those that describe the build are named', () => {
  const header = read([
    [1008, { int32: [7] }],
    [1011, 'Somebody else'],
  ]);
  assert.equal(header.string(1011), 'Somebody else');
  assert.deepEqual(header.unsignedClaims, [1011]);
  assert.deepEqual(read([[1008, { int32: [7] }]]).unsignedClaims, []);
});

test('a value of the wrong type is an error that names the tag', () => {
  const header = read();
  for (const decode of [
    () => header.string(1003),
    () => header.number(1000),
    () => header.bytes(1000),
    () => header.strings(1030),
  ]) {
    assert.throws(decode, code('RPM_HEADER_CORRUPT'));
  }
  assert.throws(() => header.number(1000), /tag 1000/);
});

test('lengths, counts, offsets and types that lie are refused', () => {
  const patched = (value: number, at: number) => {
    const blob = forgeHeader(BUILD);
    blob.writeUInt32BE(value >>> 0, at);
    return () => readHeader(blob, 'page 7');
  };
  const lies: [string, () => unknown][] = [
    ['no tags', patched(0, 0)],
    ['too many tags', patched(0x10000, 0)],
    ['a huge index', patched(0xffffffff, 0)],
    ['no data', patched(0, 4)],
    ['too much data', patched(0xffffffff, 4)],
    ['one tag more', patched(BUILD.size + 2, 0)],
    ['a type that is none', patched(99, 8 + 16 + 4)],
    ['a negative offset', patched(-1, 8 + 16 + 8)],
    ['an offset beyond the data', patched(0x7fffffff, 8 + 16 + 8)],
    ['data that another tag has', patched(0, 8 + 2 * 16 + 8)],
    ['no values', patched(0, 8 + 16 + 12)],
    ['two strings in one', patched(2, 8 + 16 + 12)],
    ['four billion numbers', patched(0xffffffff, 8 + 4 * 16 + 12)],
    ['a region of another size', patched(17, 8 + 12)],
    ['a region somewhere else', patched(0, 8 + 8)],
  ];
  for (const [what, read] of lies) assert.throws(read, code('RPM_HEADER_CORRUPT'), what);
  assert.throws(patched(0, 0), (error) => error instanceof SlipwayError && /^page 7/.test(error.place.field ?? ''));
  for (const length of [0, 7, 8, 40]) {
    assert.throws(() => readHeader(forgeHeader(BUILD).subarray(0, length)), code('RPM_HEADER_CORRUPT'));
  }
});

test('a string without an end and a list longer than its data are refused when decoded', () => {
  const unended = Buffer.from(forgeHeader(new Map([[1000, 'x']]), new Map([[1001, 'endless']])));
  unended[unended.length - 1] = 0x21;
  assert.throws(() => readHeader(unended).string(1001), code('RPM_HEADER_CORRUPT'));
  assert.throws(() => readHeader(unended).string(1001), /tag 1001/);
});

test('lists the files a package owns', () => {
  const [folder, file, link] = packagedFiles(read());
  assert.deepEqual(
    [folder?.path, file?.path, link?.path],
    ['/usr/share/forged', '/usr/share/forged/greeting', '/usr/share/forged/link'],
  );
  assert.deepEqual(file, {
    path: '/usr/share/forged/greeting',
    digest: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    digestAlgorithm: 'sha256',
    mode: 0o100644,
    flags: 1,
    size: 5,
    mtime: 2,
    user: 'root',
    group: 'wheel',
    linkTo: '',
    color: 0,
    verifyFlags: 0xffff_ffff,
  });
  assert.equal(link?.linkTo, 'greeting');
  assert.deepEqual(packagedFiles(readHeader(forgeHeader(new Map([[1000, 'empty']])))), []);
  const old = readHeader(forgeHeader(new Map<number, ForgedValue>([[1027, ['/bin/sh']]])));
  assert.deepEqual([packagedFiles(old)[0]?.path, packagedFiles(old)[0]?.digestAlgorithm], ['/bin/sh', 'md5']);
});

test('a file list that contradicts itself is an error', () => {
  const cases: [number, ForgedValue][] = [
    [1116, { int32: [0, 1, 2] }],
    [1116, { int32: [0, 1] }],
    [1118, []],
    [1028, { int32: [1] }],
    [1035, ['', '']],
    [5011, { int32: [77] }],
  ];
  for (const [tag, value] of cases) {
    const build = new Map(
      [...BUILD, [tag, value] as const].filter(([, each]) => !(Array.isArray(each) && each.length === 0)),
    );
    if (Array.isArray(value) && value.length === 0) build.delete(tag);
    assert.throws(() => packagedFiles(readHeader(forgeHeader(build))), code('RPM_HEADER_FILES'), `tag ${tag}`);
  }
});
