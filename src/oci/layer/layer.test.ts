import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { SlipwayError } from '../../util/index.ts';
import { digestOf } from '../digest.ts';
import { loadImage } from '../image.ts';
import { MEDIA } from '../media.ts';
import { LocalRegistry } from '../registry/local.ts';
import type { ImageSource } from '../source.ts';
import { file, push, scratch } from '../testing/images.ts';
import { verified } from '../verified.ts';
import { readFiles } from './files.ts';
import { readLayer } from './reader.ts';
import { type NewEntry, writeLayer, writeTar } from './writer.ts';

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** A source that holds one blob, and may state another size or digest than it has. */
function holding(bytes: Uint8Array, stated: Partial<{ digest: ReturnType<typeof digestOf>; size: number }> = {}) {
  const descriptor = { mediaType: MEDIA.dockerLayer, digest: digestOf(bytes), size: bytes.length, ...stated };
  const source: ImageSource = {
    name: 'test',
    manifest: async () => assert.fail('not asked for'),
    blob: async (wanted) => verified(Readable.from(pieces(bytes), { objectMode: false }), wanted, 'test'),
  };
  return { source, descriptor };
}

async function entries(
  bytes: Uint8Array,
  stated = {},
  options = {},
): Promise<{ path: string; type: string; text: string; whiteout?: string | undefined }[]> {
  const { source, descriptor } = holding(bytes, stated);
  const found = [];
  for await (const entry of readLayer(source, descriptor, options))
    found.push({
      path: entry.path,
      type: entry.type,
      whiteout: entry.whiteout,
      text: (await entry.bytes(1 << 20)).toString(),
    });
  return found;
}

const failsWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof SlipwayError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.describe(), /sha256:[0-9a-f]{64}/);
  return true;
};

const sample: NewEntry[] = [
  { path: 'etc/', type: 'directory', mode: 0o755, mtime: 1 },
  file('etc/a', 'A'),
  file('etc/.wh.b', ''),
  file('var/.wh..wh..opq', ''),
  { path: 'l', type: 'symlink', mode: 0o777, mtime: 1, linkname: '../x' },
  { path: 'h', type: 'hardlink', mode: 0o644, mtime: 1, linkname: './etc/a' },
];

describe('readLayer', () => {
  it('reads gzip, zstd and plain archives alike, whatever the media type says', async () => {
    const tar = writeTar(sample);
    const expected = await entries(gzipSync(tar));
    assert.deepEqual(
      expected.map(({ path, type, text, whiteout }) => [path, type, text, whiteout]),
      [
        ['etc', 'directory', '', undefined],
        ['etc/a', 'file', 'A', undefined],
        ['etc/b', 'file', '', 'file'],
        ['var', 'file', '', 'opaque'],
        ['l', 'symlink', '', undefined],
        ['h', 'hardlink', '', undefined],
      ],
    );
    assert.deepEqual(await entries(tar), expected);
    assert.deepEqual(await entries(zstdCompressSync(tar)), expected);
  });

  it('skips bodies that are not read', async () => {
    const { source, descriptor } = holding(writeLayer([file('a', 'x'.repeat(200_000)), file('b', 'y')]).bytes);
    const paths = [];
    for await (const entry of readLayer(source, descriptor)) paths.push(entry.path);
    assert.deepEqual(paths, ['a', 'b']);
  });

  it('names image and layer when the layer is truncated, corrupt or not what its digests state', async () => {
    const { bytes, diffId } = writeLayer([
      file('a', 'x'.repeat(5000)),
      file('b', Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251)).toString('latin1')),
    ]);
    const cut = bytes.subarray(0, bytes.length - 60);
    await assert.rejects(entries(cut), failsWith('OCI_LAYER_TRUNCATED'));
    await assert.rejects(
      entries(cut, { digest: digestOf(bytes), size: bytes.length }),
      (error) => error instanceof SlipwayError && /TRUNCATED/.test(error.code),
    );
    const flipped = Buffer.from(bytes);
    flipped[40] = (flipped[40] ?? 0) ^ 0xff;
    await assert.rejects(
      entries(flipped),
      (error) => error instanceof SlipwayError && /OCI_LAYER_(INVALID|TRUNCATED)/.test(error.code),
    );
    await assert.rejects(entries(bytes, { digest: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH'));
    await assert.rejects(entries(bytes, {}, { diffId: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH'));
    assert.equal((await entries(bytes, {}, { diffId })).length, 2);
    const tar = gunzipSync(bytes);
    await assert.rejects(entries(tar.subarray(0, 1000)), failsWith('OCI_LAYER_TRUNCATED'));
    const badSum = Buffer.from(tar);
    badSum[150] = 0x39;
    await assert.rejects(entries(badSum), failsWith('OCI_LAYER_INVALID'));
  });

  it('refuses names that leave the root', async () => {
    for (const path of ['../etc/passwd', 'a/../../b', '/../x'])
      await assert.rejects(entries(writeTar([file(path, '')])), failsWith('OCI_LAYER_INVALID'));
  });

  it('can be left early without an unhandled error', async () => {
    // More than the streams buffer, so that the wrong digest is not known yet when the reader leaves.
    const noise = randomBytes(8 << 20).toString('latin1');
    const { source, descriptor } = holding(writeLayer([file('a', '1'), file('b', noise)]).bytes, {
      digest: digestOf('other'),
    });
    for await (const entry of readLayer(source, descriptor)) {
      assert.equal(entry.path, 'a');
      break;
    }
  });
});

describe('writeLayer', () => {
  it('writes archives that tar reads, the same bytes every time', () => {
    const long = `deep/${'n'.repeat(120)}/ü`;
    const list = spawnSync('tar', ['-tvf', '-'], {
      input: writeTar([...sample, file(long, 'x')]),
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    assert.equal(list.status, 0, list.stderr);
    assert.match(list.stdout, /-rw-r--r-- 0\/0 +1 2023-11-14 .*etc\/a/);
    assert.match(list.stdout, new RegExp(`${'n'.repeat(120)}/(ü|\\\\303\\\\274)`));
    assert.deepEqual(writeLayer(sample), writeLayer(sample));
  });
});

describe('readFiles', () => {
  it('shows an image as a container would, with whiteouts, opaque directories and hard links', async (t) => {
    const repository = (await LocalRegistry.open(await scratch(t))).repository('a');
    await push(repository, 't', [
      [file('m/a', '1'), file('m/b', '1'), file('o/x', '1'), file('o/y', '1'), file('d/f', '1')],
      [file('m/.wh.b', ''), file('o/.wh..wh..opq', ''), file('o/z', '2'), file('d', 'now a file')],
      [{ path: 'm/c', type: 'hardlink', mode: 0o644, mtime: 1, linkname: 'm/a' }, file('m/a', '3')],
    ]);
    const files = await readFiles(repository, await loadImage(repository, 't'), () => true, { limit: 100 });
    assert.deepEqual([...files].map(([path, { content, layer }]) => [path, content.toString(), layer]).sort(), [
      ['d', 'now a file', 1],
      ['m/a', '3', 2],
      ['m/c', '1', 2],
      ['o/z', '2', 1],
    ]);
    await assert.rejects(
      readFiles(repository, await loadImage(repository, 't'), () => true, { limit: 1 }),
      (error) => error instanceof SlipwayError && error.code === 'OCI_TOO_LARGE',
    );
  });
});
