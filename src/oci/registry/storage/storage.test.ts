import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../../util/index.ts';
import { digestOf } from '../../format/digest.ts';
import { type Cleanup, file, push, scratch, serve } from '../../testing/images.ts';

describe('registry: storage', () => {
  it('says when the disk is full, and keeps what it had', async (t) => {
    const folder = await scratch(t);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    if (mounted.status !== 0) return t.skip('a small file system can not be mounted here');
    try {
      await fill(t, folder);
    } finally {
      spawnSync('umount', [folder]);
    }
  });
});

async function fill(t: Cleanup, folder: string): Promise<void> {
  const { store, app, url } = await serve(t, folder);
  const repository = store.repository('a');
  await push(repository, 'v1', [[file('x', '1')]]);
  const bytes = randomBytes(3 << 20);
  await assert.rejects(
    repository.putBlob({ digest: digestOf(bytes), size: bytes.length }, bytes),
    (error) => error instanceof SlipwayError && error.code === 'STORAGE_FULL' && error.describe().includes(folder),
  );
  assert.deepEqual(
    (await readdir(join(folder, 'blobs'))).filter((name) => name.endsWith('.tmp')),
    [],
  );
  assert.equal(await repository.hasBlob(digestOf(bytes)), false);
  const post = await fetch(`${url}/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`, { method: 'POST', body: bytes });
  assert.equal(post.status, 507);
  const location = (await fetch(`${url}/v2/a/blobs/uploads/`, { method: 'POST' })).headers.get('location') ?? '';
  const put = await fetch(`${url}${location}?digest=${digestOf(bytes)}`, { method: 'PUT', body: bytes });
  assert.equal(put.status, 507);
  assert.equal((await fetch(`${url}${location}`, { method: 'DELETE' })).status, 204);
  assert.deepEqual(await repository.tags(), ['v1']);
  assert.ok((await repository.manifest('v1')).bytes.length > 0);
  await app.close();
}
