import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { identifyProcess } from '../../util/index.ts';
import { digestOf } from '../format/digest.ts';
import { scratch } from '../testing/images.ts';
import { contested } from '../testing/wanting.ts';
import { BlobParts } from './blob-parts.ts';

const digest = digestOf('blob');

/** A part that a process left which is, or was, of another start or boot than this one. */
async function leave(folder: string, other: { startTicks?: string; bootId?: string }, of = digest): Promise<string> {
  const own = (await identifyProcess(process.pid)) ?? assert.fail('no identity');
  const { pid, startTicks, bootId } = { ...own, ...other };
  const name = `.${of}.${pid}-${startTicks}-${bootId}.part`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), 'bl');
  return name;
}

describe('parts of blobs', () => {
  for (const other of [{ startTicks: '1' }, { bootId: '00000000-0000-4000-8000-000000000000' }])
    it(`of a process that has ended are told from a live one of the same id by ${Object.keys(other)}`, async (t) => {
      const folder = join(await scratch(t), 'blobs');
      await leave(folder, other);
      assert.equal(await new BlobParts(folder).left(digest), 2);
      assert.deepEqual(await readdir(folder), [await leave(folder, {})], 'it is this one’s now');
    });

  it('of a live process are left to it', async (t) => {
    const folder = await scratch(t);
    const parent = (await identifyProcess(process.ppid)) ?? assert.fail('no parent');
    const name = `.${digest}.${parent.pid}-${parent.startTicks}-${parent.bootId}.part`;
    await writeFile(join(folder, name), 'bl');
    assert.equal(await new BlobParts(folder).left(digest), 0);
    assert.deepEqual(await readdir(folder), [name]);
  });

  it('go to one of two processes that want them at once; the other has none', async (t) => {
    const folder = await scratch(t);
    const digests = Array.from({ length: 60 }, (_, index) => digestOf(`${index}`));
    for (const of of digests) await leave(folder, { startTicks: '1' }, of);
    await contested(t, ['parts', folder], digests);
  });

  it('are none where there is no folder yet', async (t) => {
    assert.equal(await new BlobParts(join(await scratch(t), 'none')).left(digest), 0);
  });
});
