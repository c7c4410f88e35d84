import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readBounded, readFileBounded, readFileBoundedSync } from './read.ts';

const tooLarge = (file: string, limit = 16 << 20) => ({
  code: 'FILE_TOO_LARGE',
  message: `the file has more than the ${limit} bytes that are read.`,
  place: { file },
});

describe('what a person names', () => {
  it('is read up to its limit, whatever it is', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-read-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'file');
    await writeFile(file, 'x'.repeat(200_000));
    for (const limit of [200_000, undefined]) {
      const options = limit === undefined ? {} : { limit };
      assert.equal((await readFileBounded(file, options)).length, 200_000);
      assert.equal(readFileBoundedSync(file, options).length, 200_000);
      const opened = openSync(file, 'r');
      assert.equal(readFileBoundedSync(file, { ...options, opened }).length, 200_000);
      closeSync(opened);
    }
    await assert.rejects(readFileBounded(file, { limit: 199_999 }), tooLarge(file, 199_999));
    assert.throws(() => readFileBoundedSync(file, { limit: 199_999 }), tooLarge(file, 199_999));
    await truncate(file, 3 * 2 ** 30);
    await assert.rejects(readFileBounded(file), tooLarge(file));
    assert.throws(() => readFileBoundedSync(file), tooLarge(file));
  });

  it('ends a device without end, and a program that writes for ever', async () => {
    await assert.rejects(readFileBounded('/dev/zero'), tooLarge('/dev/zero'));
    assert.throws(() => readFileBoundedSync('/dev/zero'), tooLarge('/dev/zero'));
    const yes = spawn('yes', { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => yes.once('close', resolve));
    await assert.rejects(readBounded(yes.stdout as AsyncIterable<Uint8Array>, '-'), tooLarge('-'));
    assert.notEqual(await ended, 0);
  });

  it('keeps the errors of the system', async () => {
    await assert.rejects(readFileBounded('/nowhere/x'), { code: 'ENOENT' });
    await assert.rejects(readFileBounded('/'), { code: 'EISDIR' });
    assert.throws(() => readFileBoundedSync('/nowhere/x'), { code: 'ENOENT' });
  });
});
