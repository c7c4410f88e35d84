import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { writeStaged } from './staging.ts';

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-staging-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const write = (folder: string, size = 1) =>
  writeStaged(folder, async (staging) => {
    for (const name of NAMES) await writeFile(join(staging, name), Buffer.alloc(size, name), { flush: true });
    return NAMES.map((name) => ({ name }));
  });

describe('files written all or none', () => {
  it('replace what is there, links too, and leave the rest', async (t) => {
    const folder = join(await scratch(t), 'x/y');
    await write(folder);
    await writeFile(join(folder, 'mine'), 'mine');
    const outside = join(await scratch(t), 'outside');
    await writeFile(outside, 'untouched');
    await rm(join(folder, 'b'));
    await symlink(outside, join(folder, 'b'));
    await write(folder, 2);
    assert.deepEqual((await readdir(folder)).sort(), [...NAMES, 'mine']);
    assert.equal(await readFile(join(folder, 'b'), 'utf8'), 'bb');
    assert.equal(await readFile(outside, 'utf8'), 'untouched');
  });

  it('change nothing where one of them can not be, as a folder has its name', async (t) => {
    const folder = await scratch(t);
    await mkdir(join(folder, 'c'));
    await assert.rejects(write(folder), { code: 'STORAGE_NOT_A_FILE', place: { file: join(folder, 'c') } });
    assert.deepEqual(await readdir(folder), ['c']);
  });

  it('change nothing when the disk is full', async (t) => {
    const folder = await scratch(t);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder]);
    if (mounted.status !== 0) return t.skip('a small file system can not be mounted here');
    try {
      await assert.rejects(write(folder, 6000), { code: 'STORAGE_FULL', place: { file: folder } });
      assert.deepEqual(await readdir(folder), []);
    } finally {
      spawnSync('umount', [folder]);
    }
  });
});
