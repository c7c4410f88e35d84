import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { digestOf } from '../format/digest.ts';
import { failsWith, holding } from '../testing/fakes.ts';
import { file } from '../testing/images.ts';
import { readLayer } from './reader.ts';
import { type NewEntry, writeLayer, writeTar } from './writer.ts';

const GOLDEN = join(import.meta.dirname, '../../../../shared/vectors/payload/golden/outputs/release-layer.tar.gz');
const mtime = 1_700_000_000;
const abc = Buffer.from('abc');

describe('writeTar', () => {
  it('writes the bytes of Go: short names, long ones that can be split, and those that need PAX', () => {
    const files = [
      'a/b',
      `deep/${'n'.repeat(120)}/ü`,
      `x/${'p'.repeat(90)}/${'q'.repeat(60)}`,
      'r'.repeat(130),
      `${'s'.repeat(150)}/${'t'.repeat(40)}`,
      'é',
      `${'u'.repeat(99)}/${'v'.repeat(120)}`,
      `k/${'ü'.repeat(60)}`,
    ].map((path): NewEntry => ({ path, type: 'file', mode: 0o444, mtime, content: abc }));
    const folder = (path: string): NewEntry => ({ path, type: 'directory', mode: 0o777, mtime });
    const link = (path: string, linkname: string): NewEntry => ({
      path,
      type: 'symlink',
      mode: 0o777,
      mtime,
      linkname,
    });
    const entries: NewEntry[] = [
      folder('release-manifests'),
      ...files.slice(0, 5),
      folder(`${'d'.repeat(60)}/${'e'.repeat(60)}/`),
      ...files.slice(5),
      link('l', `../${'w'.repeat(120)}`),
      { path: 'h', type: 'hardlink', mode: 0o644, mtime, linkname: 'a/b' },
      link('y'.repeat(101), 'ö'),
    ];
    // What archive/tar of Go 1.26 wrote for these headers.
    assert.equal(
      digestOf(writeTar(entries)),
      'sha256:a5078d8f560ab57a575bbbc9fa1a06e29355d30cec667c5286dc0b1d56af3977',
    );
  });

  it("writes the archive of oc's own release layer again", async (t) => {
    if (!existsSync(GOLDEN)) return t.skip('../shared is not here');
    const golden = readFileSync(GOLDEN);
    const { source, descriptor } = holding(golden);
    const entries: NewEntry[] = [];
    for await (const entry of readLayer(source, descriptor)) {
      const { path, type, mode } = entry;
      assert.ok(type === 'file' || type === 'directory');
      entries.push({ path, type, mode, mtime: entry.mtime, content: await entry.bytes(1 << 20) });
    }
    assert.ok(entries.length > 3);
    assert.deepEqual(writeTar(entries), gunzipSync(golden));
  });

  it('writes archives that tar reads', () => {
    const long = `deep/${'n'.repeat(120)}/x`;
    const { status, stdout, stderr } = spawnSync('tar', ['-tvf', '-'], {
      input: writeTar([file('etc/a', 'A'), file(long, 'x')]),
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /-rw-r--r-- 0\/0 +1 2023-11-14 .*etc\/a/);
    assert.ok(stdout.includes(long));
  });

  it('refuses what a header can not hold', () => {
    for (const wrong of [{ mtime: 0.5 }, { mtime: -1 }, { mtime: 2 ** 40 }, { path: 'a\0b' }])
      assert.throws(() => writeTar([{ ...file('a', ''), ...wrong }]), failsWith('OCI_LAYER_INVALID'));
  });
});

describe('writeLayer', () => {
  it('gives the same bytes every time and everywhere', () => {
    const { bytes, digest, diffId, size } = writeLayer([file('a', 'x')]);
    assert.deepEqual([digest, size], [digestOf(bytes), bytes.length]);
    assert.equal(diffId, digestOf(gunzipSync(bytes)));
    // Neither a time nor the system it was made on.
    assert.deepEqual([...bytes.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });
});
