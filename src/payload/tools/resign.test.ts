import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { machO, verifyCodeSignature } from '../testing/mach-o.ts';
import { MARKERS, MarkerPatch } from './markers.ts';
import { Resign } from './resign.ts';

const VERSION = '4.21.0-okd-scos.0';

async function resign(file: Buffer, piece = 1 << 16): Promise<{ bytes: Buffer; resigned: boolean }> {
  const pieces = Array.from({ length: Math.ceil(file.length / piece) }, (_, index) =>
    file.subarray(index * piece, (index + 1) * piece),
  );
  const stage = new Resign();
  return { bytes: await buffer(Readable.from(pieces).pipe(stage)), resigned: stage.resigned };
}

const patch = () => new MarkerPatch([{ name: 'version', marker: MARKERS.version, value: VERSION }]);

describe('ad-hoc signatures of Mach-O programs', () => {
  it('every page verifies after a change, wherever the stream is cut', async () => {
    const program = machO(Buffer.concat([randomBytes(9000), MARKERS.version, randomBytes(3000)]), 600);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 7, max: 14_000 }), async (piece) => {
        const { bytes, resigned } = await resign(program, piece);
        assert.deepEqual([resigned, bytes.length, verifyCodeSignature(bytes)], [true, program.length, 'a.out']);
      }),
      { numRuns: 20 },
    );
    const { bytes: signed } = await resign(program);
    const stage = new Resign();
    const changed = await buffer(Readable.from([signed]).pipe(patch()).pipe(stage));
    assert.equal(verifyCodeSignature(changed), 'a.out');
    // The check is one that can fail: a patched program with its old signature does not pass.
    assert.throws(() => verifyCodeSignature(Buffer.concat([changed.subarray(0, 12_000), signed.subarray(12_000)])));
  });

  it('an identifier of its own stays', async () => {
    const { bytes } = await resign(machO(randomBytes(5000), 600));
    const start = bytes.indexOf('a.out');
    bytes.write('oc.me', start);
    assert.equal(verifyCodeSignature((await resign(bytes)).bytes), 'oc.me');
  });

  it('what has no signature, or is no Mach-O file, passes as it is', async () => {
    for (const file of [Buffer.alloc(0), Buffer.from('short'), Buffer.from(`ELF${'x'.repeat(200)}`)]) {
      const { bytes, resigned } = await resign(file);
      assert.deepEqual([resigned, bytes], [false, file]);
    }
    const tight = machO(randomBytes(50_000), 100);
    const { bytes, resigned } = await resign(tight);
    assert.deepEqual([resigned, bytes], [false, tight]);
  });

  it('damaged files are refused', async () => {
    const good = machO(randomBytes(5000), 600);
    const changed = (at: number, value: number): Buffer => {
      const file = Buffer.from(good);
      file.writeUInt32LE(value, at);
      return file;
    };
    for (const file of [
      changed(20, 0xffffffff),
      changed(16, 1000),
      changed(36, 0xfffffff0),
      changed(36, 0),
      changed(32 + 72 + 8, 4),
      changed(32 + 72 + 12, 0xf0000000),
      good.subarray(0, 3000),
      good.subarray(0, good.length - 10),
    ])
      await assert.rejects(resign(file), { code: 'PAYLOAD_MACHO_INVALID' });
  });

  it("signs as Go's linker does, byte for byte", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-macho-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const marker = JSON.stringify(MARKERS.version.toString('latin1')).replaceAll('\\u0000', '\\x00');
    await writeFile(join(folder, 'main.go'), `package main\n\nvar v = ${marker}\n\nfunc main() { println(v) }\n`);
    const out = join(folder, 'oc');
    try {
      await promisify(execFile)('go', ['build', '-o', out, 'main.go'], {
        cwd: folder,
        env: { ...process.env, GOOS: 'darwin', GOARCH: 'arm64', CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
      });
    } catch {
      t.skip('no Go compiler here');
      return;
    }
    const linked = await readFile(out);
    const { bytes, resigned } = await resign(linked);
    assert.equal(resigned, true);
    assert.ok(bytes.equals(linked));
    const stage = new Resign();
    const changed = await buffer(Readable.from([linked]).pipe(patch()).pipe(stage));
    assert.ok(!changed.equals(linked) && changed.includes(`${VERSION}\0`));
    assert.equal(verifyCodeSignature(changed), 'a.out');
  });
});
