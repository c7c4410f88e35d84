import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, bytes, count, duration, shortDigest, utc } from './format.ts';

test('durations', () => {
  const cases: [number, string][] = [
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.7, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3720, '1 h 02 min'],
  ];
  for (const [seconds, text] of cases) assert.equal(duration(seconds), text);
});

test('sizes', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [4_404_019, '4.2 MiB'],
    [3 * 1024 ** 3, '3.0 GiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ];
  for (const [size, text] of cases) assert.equal(bytes(size), text);
});

test('ages', () => {
  const now = new Date('2026-11-23T06:00:00Z');
  assert.equal(ago('2026-11-23T05:59:30Z', now), 'just now');
  assert.equal(ago('2026-11-23T05:59:00Z', now), '1 minute ago');
  assert.equal(ago('2026-11-23T03:30:00Z', now), '2 hours ago');
  assert.equal(ago('2026-11-20T06:00:00Z', now), '3 days ago');
  assert.equal(ago('2026-11-23T06:00:05Z', now), 'just now', 'a clock that is a little ahead');
});

test('times are in UTC, whatever zone they were written in', () =>
  assert.equal(utc('2026-11-23T06:26:20.5+01:00'), '2026-11-23 05:26:20 UTC'));

test('counts', () => {
  assert.equal(count('image', 1), '1 image');
  assert.equal(count('package', 1204), '1,204 packages');
});

test('digests and ids are shortened, other words are not', () => {
  assert.equal(shortDigest(`sha256:${'ab'.repeat(32)}`), 'sha256:abababababab…');
  assert.equal(shortDigest('RPM-002:4d3e9096a8110d5e', 6), 'RPM-002:4d3e90…');
  assert.equal(shortDigest('run-17'), 'run-17');
});
