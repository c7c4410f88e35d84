import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rename, symlink, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { identifyProcess, SlipwayError } from '../../util/index.ts';
import { digestOf } from '../format/digest.ts';
import { type Cleanup, scratch } from '../testing/images.ts';
import { contested } from '../testing/wanting.ts';
import { RegistryClient } from './client.ts';
import { OpenUploads } from './uploads.ts';

const content = Buffer.alloc(1000, 1);
const small = { digest: digestOf(content), size: content.length };
/** Large enough for a record of its own. */
const blob = { digest: small.digest, size: 2 << 20 };
const place = { location: 'http://127.0.0.1:1/v2/a/blobs/uploads/old', leastChunk: 0 };

/** A record that a process which has ended left; its name can be given to others. */
async function leave(folder: string, repository: string, location = place.location): Promise<string> {
  const before = new Set(await readdir(folder).catch(() => []));
  await (await OpenUploads.inFolder(folder, new Date())).track(repository, blob).moved({ ...place, location });
  const name = (await readdir(folder)).find((file) => !before.has(file)) ?? assert.fail('no record');
  return await renamed(folder, name, { startTicks: '1' });
}

async function renamed(folder: string, name: string, other: { startTicks?: string; bootId?: string }) {
  const own = (await identifyProcess(process.pid)) ?? assert.fail('no identity');
  const end = (identity: typeof own) => `.${identity.pid}-${identity.startTicks}-${identity.bootId}.json`;
  assert.ok(name.endsWith(end(own)), name);
  const left = name.replace(end(own), end({ ...own, ...other }));
  await rename(join(folder, name), join(folder, left));
  return left;
}

describe('uploads of processes that have ended', () => {
  for (const other of [{ startTicks: '1' }, { bootId: '00000000-0000-4000-8000-000000000000' }])
    it(`are told from a live one of the same id by ${Object.keys(other)}`, async (t) => {
      const folder = await scratch(t);
      await (await OpenUploads.inFolder(folder, new Date())).track('r', blob).moved(place);
      const [name = ''] = await readdir(folder);
      await renamed(folder, name, other);
      const uploads = await OpenUploads.inFolder(folder, new Date());
      assert.deepEqual(await uploads.left('r', blob.digest), place);
      assert.deepEqual(await readdir(folder), [name], 'it is this one’s now');
    });

  it('go to one of two processes that want them at once; the other has none', async (t) => {
    const folder = await scratch(t);
    const rounds = 60;
    const repositories = Array.from({ length: rounds }, (_, index) => `r${index}`);
    for (const repository of repositories) await leave(folder, repository);
    await contested(t, ['uploads', folder, blob.digest], repositories);
  });

  it('do not stand in the way of the sweep when another takes them meanwhile', async (t) => {
    const folder = await scratch(t);
    // Listed, and gone when it is looked at.
    await symlink(join(folder, 'taken'), join(folder, 'listed.json'));
    const name = await leave(folder, 'r');
    const old = new Date(Date.now() - 8 * 24 * 3_600_000);
    await utimes(join(folder, name), old, old);
    await OpenUploads.inFolder(folder, new Date());
    assert.deepEqual(await readdir(folder), ['listed.json']);
  });
});

describe('an upload that was cut off', () => {
  it('is gone on with by one of two of a process; the other is told', async (t) => {
    const { host, requests } = await registry(t, 404);
    const uploads = OpenUploads.inMemory();
    const track = uploads.track(`${host}/a`, small);
    await track.moved({ location: `http://${host}/v2/a/blobs/uploads/old`, leastChunk: 0 });
    track.cutOff();
    const repository = new RegistryClient({ uploads }).repository(`${host}/a`);
    const rest = () => Readable.from([content.subarray(400)], { objectMode: false });
    const puts = await Promise.allSettled([1, 2].map(() => repository.putBlob(small, rest(), { start: 400 })));
    assert.deepEqual(puts.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { reason } = puts.find((put) => put.status === 'rejected') ?? assert.fail('both');
    assert.ok(reason instanceof SlipwayError && reason.code === 'OCI_UPLOAD_LOST', String(reason));
    assert.equal(requests.filter((line) => line.startsWith('PUT /v2/a/blobs/uploads/old?')).length, 1);
    assert.equal(await uploads.left(`${host}/a`, small.digest), undefined, 'it is whole');
  });

  for (const status of [400, 403, 410])
    it(`and whose location answers ${status} now is forgotten, and the reason is said`, async (t) => {
      const { host } = await registry(t, status);
      const folder = await scratch(t);
      await leave(folder, `${host}/a`, `http://${host}/v2/a/blobs/uploads/old`);
      const notices: string[] = [];
      const uploads = await OpenUploads.inFolder(folder, new Date());
      const client = new RegistryClient({ uploads, notice: (text) => notices.push(text), retries: 0 });
      assert.equal(await client.repository(`${host}/a`).partOfBlob?.(blob.digest), 0);
      assert.match(notices.join('\n'), new RegExp(`is sent anew: .*${status}.*BLOB_UPLOAD_INVALID`));
      assert.deepEqual(await readdir(folder), []);
    });

  for (const status of [408, 429, 503])
    it(`and whose location answers ${status} for now is kept`, async (t) => {
      const { host } = await registry(t, status);
      const folder = await scratch(t);
      await leave(folder, `${host}/a`, `http://${host}/v2/a/blobs/uploads/old`);
      const uploads = await OpenUploads.inFolder(folder, new Date());
      const repository = new RegistryClient({ uploads, retries: 0 }).repository(`${host}/a`);
      await assert.rejects(async () => await repository.partOfBlob?.(blob.digest), new RegExp(`answered ${status}`));
      assert.equal((await readdir(folder)).length, 1);
    });
});

/** A registry that takes blobs, and answers so of uploads that it is asked for. */
async function registry(t: Cleanup, ofUploads: number): Promise<{ host: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url}`);
    request.resume().on('end', () => {
      if (url === '/v2/') response.end('{}');
      else if (method === 'PUT') response.writeHead(201).end();
      else response.writeHead(ofUploads).end('{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') assert.fail('no port');
  return { host: `127.0.0.1:${address.port}`, requests };
}
