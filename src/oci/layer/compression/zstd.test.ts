import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { lacks } from '../../testing/fakes.ts';
import { isZstd, zstdFrames } from './zstd.ts';

const skippable = (length: number): Buffer => {
  const frame = Buffer.alloc(8 + length, 7);
  frame.writeUInt32LE(0x184d2a50 + (length % 16));
  frame.writeUInt32LE(length, 4);
  return frame;
};

async function cut(bytes: Buffer, steps: readonly number[]): Promise<Buffer[]> {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0, index = 0; at < bytes.length; index++) {
      const step = steps[index % steps.length] ?? 1;
      yield bytes.subarray(at, at + step);
      at += step;
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of zstdFrames(chunks())) pieces.push(piece);
  return pieces;
}

describe('zstdFrames', () => {
  it('cuts at the ends of frames, however the bytes arrive, and leaves out what is to be skipped', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((content) => ({ frame: zstdCompressSync(content), kept: true })),
      fc.nat(40).map((length) => ({ frame: skippable(length), kept: false })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        async (parts, steps) => {
          const pieces = await cut(Buffer.concat(parts.map(({ frame }) => frame)), steps);
          const kept = parts.filter((each) => each.kept).map(({ frame }) => frame);
          assert.deepEqual(Buffer.concat(pieces), Buffer.concat(kept));
          // Every end of a frame is the end of a piece.
          const ends = new Set(pieces.map((_, index) => Buffer.concat(pieces.slice(0, index + 1)).length));
          for (const index of kept.keys()) assert.ok(ends.has(Buffer.concat(kept.slice(0, index + 1)).length));
        },
      ),
    );
  });

  it("understands every form of header that zstd's own program writes", { skip: lacks('zstd') }, async () => {
    const input = Buffer.from('slipway '.repeat(60_000));
    for (const options of [[], ['--no-check'], ['--long=20'], ['-19'], ['--no-content-size'], ['-B50000', '-T2']]) {
      const { stdout } = spawnSync('/usr/bin/zstd', ['-q', '-c', ...options], { input, maxBuffer: 1 << 26 });
      assert.ok(isZstd(stdout));
      const twice = await cut(Buffer.concat([stdout, stdout]), [1000]);
      const lengths = twice.map((_, index) => Buffer.concat(twice.slice(0, index + 1)).length);
      assert.ok(lengths.includes(stdout.length), options.join(' '));
    }
  });

  it('passes on what is no frame', async () => {
    assert.deepEqual(Buffer.concat(await cut(Buffer.from('no zstd at all'), [3])), Buffer.from('no zstd at all'));
    const frame = zstdCompressSync(Buffer.from('x'));
    assert.deepEqual(Buffer.concat(await cut(frame.subarray(0, 7), [2])), frame.subarray(0, 7));
  });
});
