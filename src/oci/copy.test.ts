import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../util/index.ts';
import { copyImage } from './copy.ts';
import type { Digest } from './format/digest.ts';
import { LocalRegistry } from './registry/storage/local.ts';
import type { ImageTarget } from './source.ts';
import { file, push, scratch } from './testing/images.ts';

/** A target that counts what it is sent, and may refuse a blob. */
function counting(to: ImageTarget, refuse: (digest: Digest, nth: number) => boolean = () => false) {
  const sent = new Map<Digest, number>();
  const target: ImageTarget = {
    name: to.name,
    hasBlob: async (digest, check) => await to.hasBlob(digest, check),
    mountBlob: async (digest, from) => await to.mountBlob(digest, from),
    putManifest: async (reference, mediaType, bytes) => await to.putManifest(reference, mediaType, bytes),
    putBlob: async (descriptor, content, options) => {
      const nth = (sent.get(descriptor.digest) ?? 0) + 1;
      sent.set(descriptor.digest, nth);
      if (refuse(descriptor.digest, nth)) throw new SlipwayError('OCI_REGISTRY_FAILED', 'refused.');
      await to.putBlob(descriptor, content, options);
    },
  };
  return { target, sent };
}

describe('images copied side by side', () => {
  const base = [file('etc/os-release', 'NAME=base\n')];
  const names = ['a', 'b', 'c', 'd'];

  async function images(t: Parameters<typeof scratch>[0]) {
    const folder = await scratch(t);
    const source = (await LocalRegistry.open(join(folder, 'source'))).repository('from');
    let shared: Digest | undefined;
    for (const name of names) shared = (await push(source, name, [base, [file(name, name)]])).layers[0]?.digest;
    assert.ok(shared);
    return { source, shared, to: (await LocalRegistry.open(join(folder, 'target'))).repository('to') };
  }

  it('send a layer that they share once', async (t) => {
    const { source, shared, to } = await images(t);
    const { target, sent } = counting(to);
    await Promise.all(names.map((name) => copyImage(source, name, target, name)));
    assert.equal(sent.get(shared), 1);
    assert.deepEqual([...new Set(sent.values())], [1]);
    assert.deepEqual(await to.tags(), names);
  });

  it('try a layer again that another of them could not send', async (t) => {
    const { source, shared, to } = await images(t);
    const { target, sent } = counting(to, (digest, nth) => digest === shared && nth === 1);
    const ended = await Promise.allSettled(names.map((name) => copyImage(source, name, target, name)));
    assert.deepEqual(ended.map(({ status }) => status).toSorted(), ['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    assert.equal(sent.get(shared), 2);
    assert.equal((await to.tags()).length, 3);
  });
});
