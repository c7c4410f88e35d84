import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { digestOf } from '../../format/digest.ts';
import { MEDIA } from '../../format/media.ts';
import { type Cleanup, file, push, scratch, serve } from '../../testing/images.ts';

async function started(t: Cleanup) {
  const folder = await scratch(t);
  const served = await serve(t, folder);
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array | string) =>
    fetch(new URL(path, served.url), { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) });
  const code = async (answer: Response): Promise<[number, string]> => [
    answer.status,
    ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code ?? '',
  ];
  const begin = async (repository: string): Promise<string> => {
    const answer = await call('POST', `/v2/${repository}/blobs/uploads/`);
    assert.equal(answer.status, 202);
    return String(answer.headers.get('location'));
  };
  return { ...served, folder, call, code, begin };
}

describe('registry: distribution-spec 1.1', () => {
  it('answers the API check, and errors in its own form', async (t) => {
    const { call, code } = await started(t);
    assert.equal((await call('GET', '/v2/')).status, 200);
    assert.deepEqual(await code(await call('GET', '/v2/a/manifests/missing')), [404, 'MANIFEST_UNKNOWN']);
    assert.deepEqual(await code(await call('GET', `/v2/a/blobs/${digestOf('x')}`)), [404, 'BLOB_UNKNOWN']);
    assert.deepEqual(await code(await call('GET', '/v2/a/tags/list')), [404, 'NAME_UNKNOWN']);
    assert.deepEqual(await code(await call('GET', '/v2/A/tags/list')), [400, 'NAME_INVALID']);
    assert.deepEqual(await code(await call('GET', '/v2/a/blobs/sha256:xyz')), [400, 'DIGEST_INVALID']);
    assert.deepEqual(await code(await call('GET', '/v2/a/..%2f..%2fetc/manifests/t')), [400, 'NAME_INVALID']);
    assert.deepEqual(await code(await call('GET', '/v2/nothing')), [404, 'NAME_UNKNOWN']);
    assert.deepEqual(await code(await call('PUT', '/v2/a/tags/list')), [405, 'UNSUPPORTED']);
  });

  it('takes blobs monolithic, in one request, and in chunks; sha256 and sha512', async (t) => {
    const { call, begin, code } = await started(t);
    const bytes = randomBytes(300_000);
    const digest = digestOf(bytes);
    const one = await call(
      'POST',
      `/v2/a/blobs/uploads/?digest=${digest}`,
      { 'content-type': 'application/octet-stream' },
      bytes,
    );
    assert.equal(one.status, 201);
    assert.equal(one.headers.get('docker-content-digest'), digest);
    const sha512 = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
    const put = await call(
      'PUT',
      `${await begin('a')}?digest=${sha512}`,
      { 'content-type': 'application/octet-stream' },
      bytes,
    );
    assert.equal(put.status, 201);
    assert.deepEqual(Buffer.from(await (await call('GET', String(put.headers.get('location')))).arrayBuffer()), bytes);

    let location = await begin('b');
    for (const [start, end] of [
      [0, 99_999],
      [100_000, 249_999],
    ] as const) {
      const chunk = await call(
        'PATCH',
        location,
        { 'content-range': `${start}-${end}` },
        bytes.subarray(start, end + 1),
      );
      assert.equal(chunk.status, 202);
      assert.equal(chunk.headers.get('range'), `0-${end}`);
      location = String(chunk.headers.get('location'));
    }
    const wrong = await call('PATCH', location, { 'content-range': '100000-100001' }, 'xx');
    assert.equal(wrong.status, 416);
    assert.equal(wrong.headers.get('range'), '0-249999');
    assert.equal((await call('GET', location)).headers.get('range'), '0-249999');
    assert.equal(
      (await call('PUT', `${location}?digest=${digest}`, { 'content-range': '250000-299999' }, bytes.subarray(250_000)))
        .status,
      201,
    );
    assert.equal((await call('HEAD', `/v2/b/blobs/${digest}`)).headers.get('content-length'), '300000');

    assert.deepEqual(await code(await call('PUT', `${await begin('a')}?digest=${digestOf('other')}`, {}, bytes)), [
      400,
      'DIGEST_INVALID',
    ]);
    assert.equal((await call('HEAD', `/v2/a/blobs/${digestOf('other')}`)).status, 404);
  });

  it('goes on with an upload after the connection broke and the process was restarted', async (t) => {
    const first = await started(t);
    const bytes = randomBytes(2_000_000);
    const location = await first.begin('a');
    const socket = connect(Number(new URL(first.url).port), '127.0.0.1');
    socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes.subarray(0, 700_000));
    const received = async (url: string): Promise<number> => {
      const status = await fetch(new URL(location, url));
      return Number(/^0-(\d+)$/.exec(status.headers.get('range') ?? '')?.[1] ?? -1) + 1;
    };
    while ((await received(first.url)) <= 1) await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await first.app.close();

    const second = await serve(t, first.folder);
    const kept = await received(second.url);
    assert.ok(kept > 1 && kept <= 700_000, String(kept));
    const rest = await fetch(new URL(location, second.url), {
      method: 'PATCH',
      headers: { 'content-range': `${kept}-${bytes.length - 1}` },
      body: bytes.subarray(kept),
    });
    assert.equal(rest.status, 202);
    assert.equal(
      (await fetch(new URL(`${location}?digest=${digestOf(bytes)}`, second.url), { method: 'PUT' })).status,
      201,
    );
    assert.deepEqual(
      Buffer.from(await (await fetch(new URL(`/v2/a/blobs/${digestOf(bytes)}`, second.url))).arrayBuffer()),
      bytes,
    );
  });

  it('keeps repositories apart, and mounts between them', async (t) => {
    const { call, code, store } = await started(t);
    const bytes = Buffer.from('shared');
    const digest = digestOf(bytes);
    await store.repository('a').putBlob({ digest, size: bytes.length }, bytes);
    assert.deepEqual(await code(await call('GET', `/v2/b/blobs/${digest}`)), [404, 'BLOB_UNKNOWN']);
    const mounted = await call('POST', `/v2/b/blobs/uploads/?mount=${digest}&from=a`);
    assert.equal(mounted.status, 201);
    assert.equal(await (await call('GET', `/v2/b/blobs/${digest}`)).text(), 'shared');
    const missing = await call('POST', `/v2/b/blobs/uploads/?mount=${digestOf('no')}&from=a`);
    assert.equal(missing.status, 202);
  });

  it('serves ranges', async (t) => {
    const { call, store } = await started(t);
    const bytes = Buffer.from('0123456789');
    await store.repository('a').putBlob({ digest: digestOf(bytes), size: 10 }, bytes);
    const range = async (header: string) => {
      const answer = await call('GET', `/v2/a/blobs/${digestOf(bytes)}`, { range: header });
      return [answer.status, answer.headers.get('content-range'), answer.status === 416 ? '' : await answer.text()];
    };
    assert.deepEqual(await range('bytes=2-4'), [206, 'bytes 2-4/10', '234']);
    assert.deepEqual(await range('bytes=7-'), [206, 'bytes 7-9/10', '789']);
    assert.deepEqual(await range('bytes=-3'), [206, 'bytes 7-9/10', '789']);
    assert.deepEqual(await range('bytes=10-'), [416, 'bytes */10', '']);
    assert.deepEqual(await range('bytes=0-1,3-4'), [200, null, '0123456789']);
  });

  it('takes manifests whose content it has, and refuses others', async (t) => {
    const { call, code, store } = await started(t);
    const { manifest } = await push(store.repository('a'), 'v1', [[file('x', '1')]]);
    const pulled = await call('GET', '/v2/a/manifests/v1');
    assert.equal(pulled.headers.get('content-type'), MEDIA.dockerManifest);
    assert.equal(pulled.headers.get('docker-content-digest'), digestOf(manifest));
    assert.deepEqual(Buffer.from(await pulled.arrayBuffer()), manifest);
    const headed = await call('HEAD', `/v2/a/manifests/${digestOf(manifest)}`);
    assert.equal(headed.headers.get('content-length'), String(manifest.length));
    const type = { 'content-type': MEDIA.dockerManifest };
    assert.deepEqual(await code(await call('PUT', '/v2/b/manifests/v1', type, manifest)), [
      404,
      'MANIFEST_BLOB_UNKNOWN',
    ]);
    assert.deepEqual(await code(await call('PUT', '/v2/a/manifests/v1', type, '{')), [400, 'MANIFEST_INVALID']);
    assert.deepEqual(await code(await call('PUT', '/v2/a/manifests/v1', { 'content-type': 'text/plain' }, manifest)), [
      400,
      'MANIFEST_INVALID',
    ]);
    assert.deepEqual(await code(await call('PUT', `/v2/a/manifests/${digestOf('x')}`, type, manifest)), [
      400,
      'DIGEST_INVALID',
    ]);
    assert.deepEqual(await code(await call('PUT', '/v2/a/manifests/v1', type, Buffer.alloc(5 << 20, 0x20))), [
      413,
      'SIZE_INVALID',
    ]);
  });

  it('lists tags and repositories page by page', async (t) => {
    const { call, store } = await started(t);
    for (const tag of ['c', 'a', 'b', 'd']) await push(store.repository('x/y'), tag, [[file('x', tag)]]);
    await push(store.repository('x'), 't', [[file('x', '')]]);
    const first = await call('GET', '/v2/x/y/tags/list?n=2');
    assert.deepEqual(await first.json(), { name: 'x/y', tags: ['a', 'b'] });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await call('GET', next);
    assert.deepEqual(await second.json(), { name: 'x/y', tags: ['c', 'd'] });
    assert.equal(second.headers.get('link'), null);
    assert.deepEqual(await (await call('GET', '/v2/_catalog')).json(), { repositories: ['x', 'x/y'] });
  });

  it('answers the referrers API', async (t) => {
    const { call, store } = await started(t);
    const repository = store.repository('a');
    const { manifest } = await push(repository, 'v1', [[file('x', '1')]]);
    const subject = { mediaType: MEDIA.dockerManifest, digest: digestOf(manifest), size: manifest.length };
    const empty = Buffer.from('{}');
    await repository.putBlob({ digest: digestOf(empty), size: 2 }, empty);
    const attach = async (artifactType: string) => {
      const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.ociManifest,
        artifactType,
        config: { mediaType: MEDIA.ociEmpty, digest: digestOf(empty), size: 2 },
        layers: [],
        subject,
        annotations: { a: artifactType },
      });
      const answer = await call(
        'PUT',
        `/v2/a/manifests/${digestOf(body)}`,
        { 'content-type': MEDIA.ociManifest },
        body,
      );
      assert.equal(answer.headers.get('oci-subject'), subject.digest);
      return digestOf(body);
    };
    const sbom = await attach('application/sbom');
    await attach('application/vsa');
    const all = await call('GET', `/v2/a/referrers/${subject.digest}`);
    assert.equal(all.headers.get('content-type'), MEDIA.ociIndex);
    assert.equal(((await all.json()) as { manifests: unknown[] }).manifests.length, 2);
    const some = await call('GET', `/v2/a/referrers/${subject.digest}?artifactType=application/sbom`);
    assert.equal(some.headers.get('oci-filters-applied'), 'artifactType');
    assert.deepEqual(
      (
        (await some.json()) as { manifests: { digest: string; artifactType: string; annotations: unknown }[] }
      ).manifests.map(({ digest, artifactType, annotations }) => [digest, artifactType, annotations]),
      [[sbom, 'application/sbom', { a: 'application/sbom' }]],
    );
    assert.equal((await call('DELETE', `/v2/a/manifests/${sbom}`)).status, 202);
    assert.equal(
      ((await (await call('GET', `/v2/a/referrers/${subject.digest}`)).json()) as { manifests: unknown[] }).manifests
        .length,
      1,
    );
    assert.deepEqual(
      ((await (await call('GET', `/v2/a/referrers/${digestOf('none')}`)).json()) as { manifests: unknown[] }).manifests,
      [],
    );
  });

  it('deletes tags, manifests and blobs', async (t) => {
    const { call, store } = await started(t);
    const { manifest, layers } = await push(store.repository('a'), 'v1', [[file('x', '1')]]);
    await store.repository('a').putManifest('v2', MEDIA.dockerManifest, manifest);
    assert.equal((await call('DELETE', '/v2/a/manifests/v1')).status, 202);
    assert.equal((await call('GET', '/v2/a/manifests/v1')).status, 404);
    assert.equal((await call('GET', '/v2/a/manifests/v2')).status, 200);
    assert.equal((await call('DELETE', `/v2/a/manifests/${digestOf(manifest)}`)).status, 202);
    assert.equal((await call('GET', '/v2/a/manifests/v2')).status, 404);
    assert.equal((await call('DELETE', `/v2/a/blobs/${layers[0]?.digest}`)).status, 202);
    assert.equal((await call('HEAD', `/v2/a/blobs/${layers[0]?.digest}`)).status, 404);
    assert.equal((await call('DELETE', `/v2/a/blobs/${layers[0]?.digest}`)).status, 404);
  });

  it('asks for credentials where the caller says so, also for mounting from there', async (t) => {
    const served = await serve(t, await scratch(t), ({ repository, action, authorization }) =>
      repository.startsWith('secret')
        ? authorization === 'Basic eA=='
          ? 'allow'
          : 'unauthorized'
        : action === 'pull'
          ? 'allow'
          : 'deny',
    );
    await push(served.store.repository('secret'), 't', [[file('x', '1')]]);
    const open = await fetch(`${served.url}/v2/secret/manifests/t`);
    assert.equal(open.status, 401);
    assert.match(open.headers.get('www-authenticate') ?? '', /^Basic /);
    assert.equal(
      (await fetch(`${served.url}/v2/secret/manifests/t`, { headers: { authorization: 'Basic eA==' } })).status,
      200,
    );
    assert.equal((await fetch(`${served.url}/v2/other/blobs/uploads/`, { method: 'POST' })).status, 403);
    assert.deepEqual(await (await fetch(`${served.url}/v2/_catalog`)).json(), { repositories: [] });
  });

  it('leaves nothing behind of a blob that breaks off, and clears what a killed writer left', async (t) => {
    const { store, folder } = await started(t);
    const bytes = Buffer.from('whole');
    await assert.rejects(
      store.repository('a').putBlob({ digest: digestOf(bytes), size: 5 }, Buffer.from('who')),
      /3 bytes instead of 5/,
    );
    assert.deepEqual(
      (await readdir(join(folder, 'blobs'))).filter((name) => name.endsWith('.tmp')),
      [],
    );
    assert.equal(await store.repository('a').hasBlob(digestOf(bytes)), false);
  });
});
