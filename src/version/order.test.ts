import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  compareReleases,
  compareSemver,
  contains,
  parseOkdVersion,
  parseRange,
  parseSemver,
  releaseKind,
} from './index.ts';

const HISTORY = fileURLToPath(new URL('../../../shared/vectors/okd-releases.json', import.meta.url));

/** From oldest to newest, as OKD released them. */
const ASCENDING = [
  '4.15.0-0.okd-2024-02-10-035534',
  '4.15.0-0.okd-2024-03-10-010116',
  '4.15.0-0.okd-scos-2024-01-18-223523',
  '4.16.0-0.okd-scos-2024-08-01-132038',
  '4.16.0-okd-scos.0',
  '4.16.0-okd-scos.1',
  '4.20.0-0.okd-scos-2025-06-19-225747',
  '4.20.0-0.okd-scos-nightly-2025-07-01-000000',
  '4.20.0-0.okd-scos-2025-08-01-000000',
  '4.20.0-okd-scos.ec.2',
  '4.20.0-okd-scos.ec.14',
  '4.20.0-okd-scos.rc.0',
  '4.20.0-okd-scos.0',
  '4.20.0-okd-scos.17',
  '4.20.1-0.okd-scos-2026-01-01-000000',
  '4.20.1-okd-scos.0',
  '4.22.0-0.nightly-2026-01-01-000000',
  '4.22.0-0.nightly-arm64-2026-01-02-000000',
  '4.22.0-ec.1',
  '4.22.0-ec.2.okd-scos',
  '4.22.0-rc.0',
  '4.22.0',
  '4.22.0-okd-scos.4',
  '5.0.0-okd-scos.ec.9',
  '5.0.0-okd-scos.0',
];

test('the order of releases that OKD made', () => {
  assert.deepEqual(ASCENDING.toSorted(compareReleases), ASCENDING);
  assert.deepEqual(ASCENDING.toReversed().sort(compareReleases), ASCENDING);
});

test('SemVer would put a candidate above the release; this order does not', () => {
  const [ga, ec] = ['4.20.0-okd-scos.17', '4.20.0-okd-scos.ec.2'];
  assert.ok(compareSemver(parseSemver(ga), parseSemver(ec)) < 0);
  assert.ok(compareReleases(ga, ec) > 0);
});

test('OKD’s history: each class ranks as the history says', {
  skip: existsSync(HISTORY) ? false : '../shared is not here',
}, () => {
  const { releases } = JSON.parse(readFileSync(HISTORY, 'utf8')) as {
    releases: { version: string; minor: string; class: string }[];
  };
  assert.ok(releases.length > 150);
  const classes: Readonly<Record<string, string>> = {
    'fcos-release': 'fcos',
    'scos-nightly-or-promoted': 'nightly',
    ec: 'ec',
    ga: 'ga',
  };
  const rank = Object.values(classes);
  for (const one of releases) {
    assert.equal(releaseKind(one.version), classes[one.class], one.version);
    assert.equal(parseOkdVersion(one.version).minor, one.minor);
    for (const other of releases) {
      const [a, b] = [one, other].map(({ class: name }) => rank.indexOf(classes[name] ?? ''));
      if (one.minor === other.minor && a !== b)
        assert.equal(Math.sign(compareReleases(one.version, other.version)), (a ?? 0) < (b ?? 0) ? -1 : 1);
    }
  }
});

const number = fc.integer({ min: 0, max: 25 });
const stamp = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', ''));
const version = fc
  .tuple(
    fc.constantFrom('4.9.0', '4.9.1', '4.20.0', '4.20.1', '5.0.0'),
    fc.oneof(
      number.map((n) => `-okd-scos.${n}`),
      number.map((n) => `-okd-scos.ec.${n}`),
      number.map((n) => `-ec.${n}.okd-scos`),
      number.map((n) => `-rc.${n}`),
      stamp.map((text) => `-0.okd-scos-${text}`),
      stamp.map((text) => `-0.okd-${text}`),
      stamp.map((text) => `-0.okd-scos-nightly-${text}`),
      fc.constantFrom('', '-0.odd', '-alpha', '-okd-scos.next.1', '-0.okd-2024-13-40-000000'),
    ),
    fc.constantFrom('', '+amd64', '+arm64'),
  )
  .map((parts) => parts.join(''));

test('the order is total: antisymmetric, transitive, and equal only for the same text', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareReleases(a, b)), -Math.sign(compareReleases(b, a)) + 0);
      assert.equal(compareReleases(a, b) === 0, a === b);
      if (compareReleases(a, b) <= 0 && compareReleases(b, c) <= 0) assert.ok(compareReleases(a, c) <= 0);
    }),
    { numRuns: 3000 },
  );
});

test('sorting does not depend on the order of the input, and a candidate is never the newest of its X.Y.Z beside a release', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(version, { minLength: 2, maxLength: 20 }),
      fc.infiniteStream(fc.double({ noNaN: true, min: 0, max: 1 })),
      (list, luck) => {
        const shuffled = list
          .map((text) => ({ text, key: luck.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ text }) => text);
        const sorted = list.toSorted(compareReleases);
        assert.deepEqual(shuffled.toSorted(compareReleases), sorted);
        const base = (text: string): string => text.split(/[-+]/, 1)[0] ?? '';
        const newest = sorted.at(-1) ?? '';
        if (sorted.some((text) => base(text) === base(newest) && releaseKind(text) === 'ga'))
          assert.equal(releaseKind(newest), 'ga');
      },
    ),
  );
});

test('ranges: minors, kinds, bounds and alternatives', () => {
  const inside = (range: string): string[] => ASCENDING.filter((text) => contains(parseRange(range), text));
  assert.deepEqual(inside('>=4.22.0-okd-scos.0 <5.0'), ['4.22.0-okd-scos.4']);
  assert.deepEqual(inside('4.20 ga >= 4.20.0-okd-scos.11'), ['4.20.0-okd-scos.17', '4.20.1-okd-scos.0']);
  assert.deepEqual(inside('5.0'), ['5.0.0-okd-scos.ec.9', '5.0.0-okd-scos.0']);
  assert.deepEqual(inside('4.15 fcos || =5.0.0-okd-scos.0'), [ASCENDING[0], ASCENDING[1], '5.0.0-okd-scos.0']);
  assert.deepEqual(inside('<4.16'), ASCENDING.slice(0, 3));
  assert.deepEqual(inside('>4.22'), ASCENDING.slice(-2));
  assert.deepEqual(inside('>=4.22 ec,rc <=4.22'), ['4.22.0-ec.1', '4.22.0-ec.2.okd-scos', '4.22.0-rc.0']);
  assert.deepEqual(inside('*'), ASCENDING);
  assert.ok(contains(parseRange('=4.16.0-okd-scos.0'), '4.16.0-okd-scos.0+amd64'));
  for (const wrong of ['', '>=', '4', '4.x', 'stable', '||', '4.20 |', '>=04.2'])
    assert.throws(() => parseRange(wrong), { code: 'VERSION_RANGE_INVALID' }, wrong);
});
