import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from '../../format/digest.ts';
import { type Cleanup, scratch, serve } from '../../testing/images.ts';

const bytes = Buffer.from('secret');
const digest = digestOf(bytes);

/** A registry in which everybody may do everything but pull from `staging/…`, where a blob is. */
async function started(t: Cleanup) {
  const served = await serve(t, await scratch(t), ({ repository, action }) =>
    repository.startsWith('staging/') && action === 'pull' ? 'unauthorized' : 'allow',
  );
  await served.store.repository('staging/a').putBlob({ digest, size: bytes.length }, bytes);
  const mount = async (query: string): Promise<number> =>
    (await fetch(`${served.url}/v2/b/blobs/uploads/?mount=${digest}${query}`, { method: 'POST' })).status;
  return { ...served, mount };
}

describe('registry: who may mount what', () => {
  it('opens an ordinary upload for what the client may not read, whatever it calls it', async (t) => {
    const { mount, store } = await started(t);
    for (const from of [
      'staging/a',
      'b/../staging/a',
      './staging/a',
      '/staging/a',
      'x//../staging/a',
      '../repositories/staging/a',
      'none',
      '',
    ])
      assert.equal(await mount(`&from=${encodeURIComponent(from)}`), 202, from);
    assert.equal(await mount('&from=none&from=staging/a'), 202);
    assert.equal(await mount(''), 202);
    assert.equal(await store.repository('b').hasBlob(digest), false);
    assert.equal(await store.repository('b').mountBlob(digest, 'b/../staging/a'), false);
  });

  it('mounts from any repository that the client may read when none is named', async (t) => {
    const { mount, store } = await started(t);
    await store.repository('open').putBlob({ digest, size: bytes.length }, bytes);
    assert.equal(await mount(''), 201);
    assert.equal(await store.repository('b').hasBlob(digest), true);
  });
});
