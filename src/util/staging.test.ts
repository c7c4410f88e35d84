import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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

  it('leave nothing when a signal ends them', async (t) => {
    const folder = await scratch(t);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const writing = writeStaged(
      folder,
      async (staging) => {
        await writeFile(join(staging, 'a'), 'a');
        controller.abort(reason);
        return [{ name: 'a' }];
      },
      controller.signal,
    );
    await assert.rejects(writing, reason);
    assert.deepEqual(await readdir(folder), []);
  });

  it('clear up after a process that was killed, not after one that lives, nor what is somebody else’s', async (t) => {
    const folder = await scratch(t);
    const code = `
      import { writeFile } from 'node:fs/promises';
      import { writeStaged } from ${JSON.stringify(new URL('./staging.ts', import.meta.url).href)};
      await writeStaged(${JSON.stringify(folder)}, async (staging) => {
        await writeFile(staging + '/half', 'half');
        process.stdout.write('ready');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await mkdir(join(folder, '.slipway-backup'));
    await writeFile(join(folder, '.slipway-backup', 'mine'), 'mine');
    // Killed before it had locked its folder.
    await mkdir(join(folder, '.slipway-abcdef'));
    const hidden = async () => (await readdir(folder)).filter((name) => name.startsWith('.')).sort();
    const [live] = (await hidden()).filter((name) => !['.slipway-abcdef', '.slipway-backup'].includes(name));
    await write(folder);
    assert.deepEqual(await hidden(), ['.slipway-backup', live].sort());
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(await hidden(), ['.slipway-backup', live].sort());
    await write(folder);
    assert.deepEqual(await hidden(), ['.slipway-backup']);
    assert.equal(await readFile(join(folder, '.slipway-backup', 'mine'), 'utf8'), 'mine');
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
