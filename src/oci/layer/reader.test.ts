import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { SlipwayError } from '../../util/index.ts';
import { verified } from '../bytes/verified.ts';
import { digestOf } from '../format/digest.ts';
import type { ImageSource } from '../source.ts';
import { failsWith, holding } from '../testing/fakes.ts';
import { file, scratch } from '../testing/images.ts';
import type { LayerEntry } from './entry.ts';
import { readLayer } from './reader.ts';
import { type NewEntry, writeLayer, writeTar } from './writer.ts';

const NAMED = /test, layer sha256:[0-9a-f]{64}/;

async function entries(bytes: Uint8Array, stated = {}, options = {}, step = 65_536) {
  const { source, descriptor } = holding(bytes, stated, step);
  const found = [];
  for await (const entry of readLayer(source, descriptor, options)) {
    const { path, type, whiteout } = entry;
    found.push({ path, type, whiteout, text: (await entry.bytes(1 << 24)).toString('latin1') });
  }
  return found;
}

const sample: NewEntry[] = [
  { path: 'etc/', type: 'directory', mode: 0o755, mtime: 1 },
  file('./etc//a', 'A'),
  file('etc/.wh.b', ''),
  file('var/.wh..wh..opq', ''),
  file('var/.wh..wh.plnk', ''),
  { path: 'l', type: 'symlink', mode: 0o777, mtime: 1, linkname: '../x' },
  { path: 'h', type: 'hardlink', mode: 0o644, mtime: 1, linkname: './etc/a' },
];

describe('readLayer', () => {
  it('reads gzip, zstd and plain archives alike, whatever the media type says and however the bytes arrive', async () => {
    const tar = writeTar([...sample, file('big', 'b'.repeat(300_000))]);
    const expected = await entries(tar);
    assert.deepEqual(
      expected.slice(0, 7).map(({ path, type, text, whiteout }) => [path, type, text, whiteout]),
      [
        ['etc', 'directory', '', undefined],
        ['etc/a', 'file', 'A', undefined],
        ['etc/b', 'file', '', 'file'],
        ['var', 'file', '', 'opaque'],
        ['var/.wh..wh.plnk', 'file', '', undefined],
        ['l', 'symlink', '', undefined],
        ['h', 'hardlink', '', undefined],
      ],
    );
    const [first, second] = [tar.subarray(0, 100_000), tar.subarray(100_000)];
    for (const [kind, bytes] of Object.entries({
      tar,
      gzip: gzipSync(tar),
      members: Buffer.concat([gzipSync(first), gzipSync(second)]),
      padded: Buffer.concat([gzipSync(tar), Buffer.alloc(5_000_000)]),
      zstd: zstdCompressSync(tar),
      // As podman's zstd:chunked has it: a frame for every part, and one to be skipped.
      frames: Buffer.concat([
        zstdCompressSync(first),
        Buffer.from('502a4d1804000000deadbeef', 'hex'),
        zstdCompressSync(second),
      ]),
    }))
      for (const step of bytes.length > 100_000 ? [65_536, 7777] : [65_536, 1])
        assert.deepEqual(await entries(bytes, {}, { diffId: digestOf(tar) }, step), expected, `${kind}, ${step}`);
  });

  it('reads what tar writes, in each of its formats', async (t) => {
    const folder = await scratch(t);
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
    await mkdir(join(folder, long), { recursive: true });
    await writeFile(join(folder, long, 'file'), 'content');
    await symlink('s'.repeat(150), join(folder, 'link'));
    for (const format of ['gnu', 'pax', 'ustar', 'v7', 'oldgnu']) {
      const names = format === 'v7' || format === 'ustar' ? [`./${'d'.repeat(90)}`] : ['.'];
      const made = spawnSync('tar', [
        '-C',
        folder,
        `--format=${format}`,
        '--mtime=@12',
        '--numeric-owner',
        '-cf',
        '-',
        ...names,
      ]);
      const { source, descriptor } = holding(made.stdout);
      const found = new Map<string, { size: number; mtime: number; linkname?: string | undefined }>();
      for await (const { path, size, mtime, linkname } of readLayer(source, descriptor))
        found.set(path, { size, mtime, linkname });
      if (format !== 'v7')
        assert.deepEqual(found.get(`${long}/file`), { size: 7, mtime: 12, linkname: undefined }, format);
      if (names[0] === '.') assert.deepEqual(found.get('link')?.linkname, 's'.repeat(150), format);
      assert.equal(found.get('d'.repeat(90))?.mtime, 12, format);
    }
    await writeFile(join(folder, 'sparse'), '');
    await truncate(join(folder, 'sparse'), 10_000_000);
    for (const format of ['gnu', 'pax']) {
      const made = spawnSync('tar', ['-C', folder, '-S', `--format=${format}`, '-cf', '-', 'sparse']);
      await assert.rejects(entries(made.stdout), failsWith('OCI_LAYER_INVALID', /sparse/));
    }
  });

  it('gives content as a stream, as a whole, by its beginning, or not at all', async () => {
    const content = randomBytes(3 << 20);
    const files = ['a', 'b', 'c', 'd'].map((path) => ({ ...file(path, ''), content }));
    const { source, descriptor } = holding(writeLayer([...files, file('empty', ''), file('end', '!')]).bytes);
    const seen: string[] = [];
    const late: Promise<Buffer[]>[] = [];
    for await (const entry of readLayer(source, descriptor)) {
      assert.deepEqual(
        entry.head(4),
        entry.size >= 4 ? content.subarray(0, 4) : Buffer.from(entry.size === 1 ? '!' : ''),
      );
      if (entry.path === 'a') assert.deepEqual(await entry.bytes(4 << 20), content);
      if (entry.path === 'b') assert.deepEqual(Buffer.concat(await entry.body().toArray()), content);
      // Not waited for: it is delivered while the next entry is asked for.
      if (entry.path === 'c') late.push(entry.body().toArray());
      if (entry.path === 'd') for await (const piece of entry.body()) if (piece.length > 0) break;
      seen.push(entry.path);
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'empty', 'end']);
    assert.deepEqual(Buffer.concat((await Promise.all(late)).flat()), content);
  });

  it('does not take content that was passed over for an empty file', async () => {
    const { source, descriptor } = holding(writeTar([file('a', 'x'), file('b', 'y')]));
    const seen: LayerEntry[] = [];
    for await (const entry of readLayer(source, descriptor)) seen.push(entry);
    for (const entry of seen) {
      assert.throws(() => entry.body(), /"[ab]" was passed over/);
      assert.throws(() => entry.head(1), RangeError);
      await assert.rejects(entry.bytes(9), RangeError);
    }
  });

  it('can be left early, without an error and without waiting for the rest', async () => {
    const noise = randomBytes(8 << 20).toString('latin1');
    const { bytes } = writeLayer([file('a', '1'), file('b', noise)]);
    const content = new Readable({ read() {} });
    content.push(bytes.subarray(0, 100_000));
    const { descriptor } = holding(bytes);
    const source: ImageSource = { ...holding(bytes).source, blob: async () => content };
    for await (const entry of readLayer(source, descriptor)) {
      assert.equal(entry.path, 'a');
      break;
    }
    assert.ok(content.destroyed);
  });

  it('reads what comes behind the compressed data, and what is wrong with it', { timeout: 20_000 }, async () => {
    const { bytes } = writeLayer([file('a', '1')]);
    const waiting = async (pieces: readonly Uint8Array[], stated = {}): Promise<number> => {
      const { descriptor, source } = holding(Buffer.concat(pieces), stated);
      async function* slowly(): AsyncGenerator<Uint8Array> {
        for (const piece of pieces) {
          yield piece;
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
      }
      const blob: ImageSource['blob'] = async (wanted) =>
        verified(Readable.from(slowly(), { objectMode: false }), wanted, 'test');
      const found = [];
      for await (const entry of readLayer({ ...source, blob }, descriptor)) found.push(entry.path);
      // nothing fails later, with nobody to tell
      await new Promise((resolve) => setTimeout(resolve, 20));
      return found.length;
    };
    const zeroes = Buffer.alloc((512 << 10) - bytes.length);
    const other = Buffer.alloc(100_000, 'x');
    assert.equal(await waiting([bytes, zeroes]), 1);
    assert.equal(await waiting([bytes, zeroes, other]), 1);
    assert.equal(await waiting([Buffer.concat([bytes, zeroes, other])]), 1);
    assert.equal(await waiting([Buffer.concat([bytes, zeroes.subarray(0, 5000)]), other, other]), 1);
    for (const pieces of [[bytes, zeroes], [bytes, zeroes, other], [Buffer.concat([bytes, zeroes, zeroes, zeroes])]]) {
      await assert.rejects(waiting(pieces, { digest: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH'));
      await assert.rejects(waiting(pieces, { size: 2 << 20 }), failsWith('OCI_BLOB_TRUNCATED'));
    }
  });

  it('asks for no more of a layer that is broken than it had to', async () => {
    const broken = writeLayer([
      file('a', '1'),
      file('b', 'x'),
      file('c', randomBytes(1 << 20).toString('latin1')),
    ]).bytes;
    const bytes = Buffer.from(broken);
    bytes.fill(0xff, 200_000, 300_000);
    let asked = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (let at = 0; ; at += 65_536) {
        asked += 1;
        yield at < bytes.length ? bytes.subarray(at, at + 65_536) : Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const { descriptor, source } = holding(bytes, { size: 1 << 40 });
    const blob: ImageSource['blob'] = async () => Readable.from(endless(), { highWaterMark: 1 });
    await assert.rejects(async () => {
      for await (const entry of readLayer({ ...source, blob }, descriptor)) {
        assert.ok(entry.path);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    }, failsWith('OCI_LAYER_INVALID'));
    assert.ok(asked < 100, `${asked} chunks were read`);
  });

  it('runs in a worker', async () => {
    const worker = new Worker(
      `const { writeLayer, readLayer } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
       const { Readable } = await import('node:stream');
       const { parentPort } = await import('node:worker_threads');
       const layer = writeLayer([{ path: 'a', type: 'file', mode: 0, mtime: 0, content: Buffer.from('x') }]);
       const source = { name: 'worker', blob: async () => Readable.from([layer.bytes], { objectMode: false }) };
       const paths = [];
       for await (const entry of readLayer(source, { mediaType: '', ...layer }, layer)) paths.push(entry.path);
       parentPort.postMessage(paths);`,
      { eval: true },
    );
    const paths = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    assert.deepEqual(paths, ['a']);
  });
});

describe('readLayer and bad layers', () => {
  const { bytes, diffId } = writeLayer([file('a', 'x'.repeat(5000)), file('b', randomBytes(3000).toString('latin1'))]);
  const tar = gunzipSync(bytes);
  /** The archive with a header changed and its checksum set right again. */
  const altered = (change: (header: Buffer) => void): Buffer => {
    const copy = Buffer.from(tar);
    change(copy);
    copy.write('        ', 148, 'latin1');
    const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return copy;
  };
  const refused = (layer: Uint8Array, code: string, pattern = NAMED): Promise<void> =>
    assert.rejects(entries(layer), (error) => failsWith(code, NAMED)(error) && failsWith(code, pattern)(error));

  it('says that a layer is truncated', async () => {
    await refused(bytes.subarray(0, bytes.length - 60), 'OCI_LAYER_TRUNCATED');
    await refused(zstdCompressSync(tar).subarray(0, 1000), 'OCI_LAYER_TRUNCATED');
    for (const length of [100, 1000, 6000]) await refused(tar.subarray(0, length), 'OCI_LAYER_TRUNCATED');
    await assert.rejects(
      entries(bytes.subarray(0, bytes.length - 60), { digest: digestOf(bytes), size: bytes.length }),
      (error) => error instanceof SlipwayError && /TRUNCATED/.test(error.code),
    );
  });

  it('says that a digest does not fit', async () => {
    await assert.rejects(entries(bytes, { digest: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH'));
    await assert.rejects(entries(bytes, {}, { diffId: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH', NAMED));
    assert.equal((await entries(bytes, {}, { diffId })).length, 2);
    // What follows the archive belongs to the layer all the same.
    await assert.rejects(
      entries(gzipSync(Buffer.concat([tar, Buffer.alloc(1 << 20)])), {}, { diffId }),
      failsWith('OCI_DIGEST_MISMATCH'),
    );
  });

  it('says that a layer is corrupt', async () => {
    const flipped = Buffer.from(bytes);
    flipped[40] = (flipped[40] ?? 0) ^ 0xff;
    await assert.rejects(
      entries(flipped),
      (error) => error instanceof SlipwayError && /^OCI_LAYER_(INVALID|TRUNCATED)$/.test(error.code),
    );
    await refused(Buffer.concat([bytes, Buffer.from('garbage')]), 'OCI_LAYER_INVALID');
    await refused(Buffer.from('this is not a layer. '.repeat(100)), 'OCI_LAYER_INVALID');
    const sum = Buffer.from(tar);
    sum[150] = 0x39;
    await refused(sum, 'OCI_LAYER_INVALID');
  });

  it('refuses names that leave the root', async () => {
    for (const path of ['../etc/passwd', 'a/../../b', '/../x', '..'])
      await refused(writeTar([file(path, '')]), 'OCI_LAYER_INVALID', /leaves the layer's root/);
  });

  it('refuses absurd headers', async () => {
    const base256 = (header: Buffer, byte: number) => header.fill(byte, 124, 136);
    await refused(
      altered((header) => base256(header, 0xff)),
      'OCI_LAYER_INVALID',
      /size .* absurd/,
    );
    await refused(
      altered((header) => base256(header, 0x8f)),
      'OCI_LAYER_INVALID',
      /size .* absurd/,
    );
    await refused(
      altered((header) => header.write('9x', 124)),
      'OCI_LAYER_INVALID',
      /size .* not a number/,
    );
    // Allowed by the format, but not there.
    const huge = holding(altered((header) => header.write('77777777777', 124)));
    const all = async (): Promise<void> => {
      for await (const entry of readLayer(huge.source, huge.descriptor)) assert.equal(entry.path, 'a');
    };
    await assert.rejects(all(), failsWith('OCI_LAYER_TRUNCATED', NAMED));
    await refused(Buffer.concat([Buffer.alloc(512), tar]), 'OCI_LAYER_INVALID', /zeroes/);
  });

  it('is not unpacked without end: to 1 GiB, or 200 times its size', async () => {
    const plain = writeTar([file('big', 'b'.repeat(4 << 20)), file('end', 'e')]);
    const names = async (bytes: Uint8Array, expansion?: { floor: number; ratio: number }) => {
      const { source, descriptor } = holding(bytes);
      const found = [];
      for await (const { path } of readLayer(source, descriptor, expansion === undefined ? {} : { expansion }))
        found.push(path);
      return found;
    };
    for (const bytes of [gzipSync(plain), zstdCompressSync(plain)]) {
      assert.deepEqual(await names(bytes), ['big', 'end']);
      assert.deepEqual(await names(bytes, { floor: plain.length, ratio: 1 }), ['big', 'end']);
      assert.deepEqual(await names(bytes, { floor: 0, ratio: Math.ceil(plain.length / bytes.length) }), ['big', 'end']);
      await assert.rejects(names(bytes, { floor: 1 << 20, ratio: 20 }), failsWith('OCI_TOO_LARGE', NAMED));
    }
    assert.deepEqual(await names(plain, { floor: 0, ratio: 0 }), ['big', 'end'], 'nothing to unpack');
    const header = altered((block) => block.write('77777777777', 124)).subarray(0, 512);
    const zeroes = zstdCompressSync(Buffer.alloc(64 << 20));
    const bomb = Buffer.concat([zstdCompressSync(header), ...Array.from({ length: 17 }, () => zeroes)]);
    await assert.rejects(names(bomb), failsWith('OCI_TOO_LARGE', /unpacks to more than 1073741824/));
  });

  it('is not made to fill the memory by an extended header', async () => {
    for (const flag of ['x', 'g', 'L', 'K']) {
      const header = altered((block) => {
        block.write('77777777777', 124);
        block.write(flag, 156);
      }).subarray(0, 512);
      // A gigabyte of zeroes would be a megabyte compressed; the header alone must decide.
      const bomb = gzipSync(Buffer.concat([header, Buffer.alloc(1 << 22)]));
      await refused(bomb, 'OCI_LAYER_INVALID', /extended header claims 8589934591 bytes/);
    }
  });

  it('refuses malformed extended headers', async () => {
    const pax = (records: string): Buffer => {
      const [body] = [Buffer.alloc(512)];
      body.write(records);
      const head = altered((block) => {
        block.write(records.length.toString(8).padStart(11, '0'), 124);
        block.write('x', 156);
      }).subarray(0, 512);
      return Buffer.concat([head, body, tar]);
    };
    for (const records of [
      '12 path=a',
      '999 path=abcd\n',
      'x path=a\n',
      '9 path=ab\n',
      '0 a=b\n',
      '-5 a=b\n',
      '5 ab\n\n',
    ])
      await refused(pax(records), 'OCI_LAYER_INVALID', /extended header/);
    await refused(pax('12 size=-10\n'), 'OCI_LAYER_INVALID', /size .* absurd/);
    await refused(pax('11 path=a\0\n'), 'OCI_LAYER_INVALID', /zero byte/);
    await refused(pax('14 path=../..\n'), 'OCI_LAYER_INVALID', /root/);
    assert.equal((await entries(pax('14 path=other\n')))[0]?.path, 'other');
    await refused(pax('14 path=other\n').subarray(0, 1024), 'OCI_LAYER_TRUNCATED');
  });
});
