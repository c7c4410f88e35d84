import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { copyImage } from '../../copy.ts';
import { digestOf } from '../../format/digest.ts';
import { MEDIA } from '../../format/media.ts';
import { type Cleanup, file, push, scratch, serve } from '../../testing/images.ts';

async function started(t: Cleanup) {
  const served = await serve(t, await scratch(t));
  const repository = served.store.repository('a');
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    fetch(`${served.url}/v2/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { ...served, repository, call };
}

describe('registry: conditional requests', () => {
  it('knows its tags in a list, and leaves Range to GET and to the content that If-Range names', async (t) => {
    const { call, repository } = await started(t);
    const bytes = Buffer.from('0123456789');
    const digest = digestOf(bytes);
    await repository.putBlob({ digest, size: 10 }, bytes);
    const status = async (headers: Record<string, string>, method = 'GET'): Promise<number> =>
      (await call(method, `a/blobs/${digest}`, headers)).status;
    assert.equal(await status({ 'if-none-match': `"x", W/"${digest}"` }), 304);
    assert.equal(await status({ 'if-none-match': '*' }), 304);
    assert.equal(await status({ 'if-none-match': '"x"' }), 200);
    assert.equal(await status({ range: 'bytes=0-1', 'if-range': `"${digest}"` }), 206);
    assert.equal(await status({ range: 'bytes=0-1', 'if-range': '"x"' }), 200);
    const head = await call('HEAD', `a/blobs/${digest}`, { range: 'bytes=0-1' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '10']);
  });
});

describe('registry: manifests', () => {
  it('knows no image under a reference that is none', async (t) => {
    const { call } = await started(t);
    for (const reference of ['.INVALID', 'sha256:12', 'a%20b', 't'.repeat(129)])
      for (const method of ['GET', 'HEAD']) assert.equal((await call(method, `a/manifests/${reference}`)).status, 404);
  });

  it('refuses one that was sent as another type than it states', async (t) => {
    const { call, repository } = await started(t);
    const { manifest } = await push(repository, 'v1', [[file('x', '1')]]);
    const answer = await call('PUT', 'a/manifests/v2', { 'content-type': MEDIA.ociManifest }, manifest.toString());
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /MANIFEST_INVALID.*mediaType/);
  });

  it('takes and copies an image whose foreign layers nobody may push', async (t) => {
    const { repository, store } = await started(t);
    const { manifest } = await push(repository, 'v1', [[file('x', '1')]]);
    const image = JSON.parse(manifest.toString()) as { layers: object[] };
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    image.layers.unshift({ mediaType, digest: digestOf('far away'), size: 8, urls: ['https://store.example/blob'] });
    const bytes = Buffer.from(JSON.stringify(image));
    await repository.putManifest('v2', MEDIA.dockerManifest, bytes);
    await copyImage(repository, 'v2', store.repository('b'));
    assert.deepEqual(Buffer.from((await store.repository('b').manifest(digestOf(bytes))).bytes), bytes);
  });
});

describe('registry: lists', () => {
  it('begins after `last` whether or not it is there, gives nothing for n=0, and knows a repository without tags', async (t) => {
    const { call, repository } = await started(t);
    const { manifest } = await push(repository, 'a', [[file('x', '1')]]);
    for (const tag of ['c', 'e']) await repository.putManifest(tag, MEDIA.dockerManifest, manifest);
    const tags = async (query: string): Promise<unknown> => {
      const answer = await call('GET', `a/tags/list${query}`);
      return [((await answer.json()) as { tags: string[] }).tags, answer.headers.get('link')];
    };
    assert.deepEqual(await tags('?last=b'), [['c', 'e'], null]);
    assert.deepEqual(await tags('?last=e'), [[], null]);
    assert.deepEqual(await tags('?n=0'), [[], null]);
    assert.deepEqual(await tags('?n=1&n=7'), [['a'], '</v2/a/tags/list?n=1&last=a>; rel="next"']);
    assert.equal((await call('GET', 'a/tags/list?n=-1')).status, 400);
    await repository.deleteManifest(digestOf(manifest));
    assert.deepEqual(await tags(''), [[], null]);
    assert.equal((await call('GET', 'b/tags/list')).status, 404);
  });
});

describe('registry: connections', () => {
  it('closes the file of a download that the client leaves', async (t) => {
    const { repository, url, store } = await started(t);
    const bytes = randomBytes(20 << 20);
    await repository.putBlob({ digest: digestOf(bytes), size: bytes.length }, bytes);
    const hex = digestOf(bytes).slice('sha256:'.length);
    const opened = async (): Promise<number> => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
      return (await Promise.all(links)).filter((link) => link.includes(hex)).length;
    };
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET /v2/a/blobs/${digestOf(bytes)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    assert.equal(await opened(), 1);
    socket.destroy();
    const unread = store.repository('a').rawBlob(digestOf(bytes), { start: 0, end: bytes.length - 1 });
    unread.once('open', () => unread.destroy());
    for (let tries = 0; tries < 200 && (await opened()) > 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await opened(), 0);
  });
});
