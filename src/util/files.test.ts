import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SlipwayError } from './errors.ts';
import { makeFolders, storageError, sweepTemporary, writeFileAtomic } from './files.ts';

test('what killed writers left is removed, and nothing else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-files-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const now = new Date('2026-11-23T05:15:00Z');
  const hourAgo = new Date(now.getTime() - 3_600_000);
  await writeFileAtomic(join(folder, 'a/kept'), 'kept');
  const old = ['a/.0e81aadc-7907-4063-bbfb-63e1c319da4d.tmp', 'a/.notes.tmp', 'a/other.tmp'];
  await mkdir(join(folder, 'a'), { recursive: true });
  for (const name of [...old, 'a/kept']) {
    if (name !== 'a/kept') await writeFile(join(folder, name), 'half');
    await utimes(join(folder, name), new Date(0), new Date(0));
  }
  const fresh = join(folder, 'a/.11111111-7907-4063-bbfb-63e1c319da4d.tmp');
  await writeFile(fresh, 'being written');
  await utimes(fresh, now, now);
  await sweepTemporary(folder, hourAgo);
  assert.deepEqual((await readdir(join(folder, 'a'))).sort(), [
    '.11111111-7907-4063-bbfb-63e1c319da4d.tmp',
    '.notes.tmp',
    'kept',
    'other.tmp',
  ]);
  await sweepTemporary(join(folder, 'not there'), hourAgo);
});

test('what can not be written is told by the path, also where a read-only file system hides behind another error', () => {
  const failed = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });
  for (const [code, syscall, expected] of [
    ['EROFS', 'open', 'STORAGE_DENIED'],
    ['ENOENT', 'mkdir', 'STORAGE_DENIED'],
    ['ENOTDIR', 'stat', 'STORAGE_NOT_A_FOLDER'],
    ['ENOSPC', 'write', 'STORAGE_FULL'],
    ['EISDIR', 'rename', 'STORAGE_NOT_A_FILE'],
    ['ENOENT', 'open', 'ENOENT'],
  ] as const) {
    const error = storageError(failed(code, syscall), '/a/b');
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, expected);
    if (error instanceof SlipwayError) assert.equal(error.place.file, '/a/b');
  }
});

test('a folder is made with those above it; where nothing can be made it is said at once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-files-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  assert.equal(await makeFolders(join(folder, 'a/b/c')), join(folder, 'a'));
  assert.equal(await makeFolders(join(folder, 'a/b/c')), undefined);
  await symlink(join(folder, 'a'), join(folder, 'link'));
  assert.equal(await makeFolders(join(folder, 'link/d')), join(folder, 'link/d'));
  await Promise.all(Array.from({ length: 8 }, () => makeFolders(join(folder, 'many/at/once'))));
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(makeFolders(join(folder, 'file')), { code: 'EEXIST' });
  await assert.rejects(makeFolders(join(folder, 'file/x/y')), { code: 'ENOTDIR' });
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
  await assert.rejects(makeFolders(join(folder, 'dangling')), { code: 'EEXIST' });
  // Node's recursive mkdir does not come back from here.
  if (process.platform === 'linux') {
    await assert.rejects(makeFolders('/proc/slipway'), { code: 'ENOENT' });
    await assert.rejects(writeFileAtomic('/proc/slipway/a/b', ''), { code: 'STORAGE_DENIED' });
  }
});
