import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { digestOf } from '../../format/digest.ts';
import { type Cleanup, scratch, serve } from '../../testing/images.ts';
import { LocalRegistry } from './local.ts';

async function started(t: Cleanup) {
  const folder = await scratch(t);
  const served = await serve(t, folder);
  const call = (method: string, path: string, body?: Uint8Array, headers: Record<string, string> = {}) =>
    fetch(new URL(path, served.url), { method, headers, ...(body === undefined ? {} : { body }) });
  const location = String((await call('POST', '/v2/a/blobs/uploads/')).headers.get('location'));
  const received = async (): Promise<string | null> => (await call('GET', location)).headers.get('range');
  /** Begins to send a chunk, and then says nothing more. */
  const stall = async (bytes: Uint8Array): Promise<Socket> => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1').on('error', () => {});
    socket.write(`PATCH ${location} HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes.length * 2}\r\n\r\n`);
    socket.write(bytes);
    for (let tries = 0; tries < 200 && (await received()) !== `0-${bytes.length - 1}`; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await received(), `0-${bytes.length - 1}`);
    return socket;
  };
  return { ...served, folder, call, location, received, stall };
}

describe('uploads', () => {
  it('lets a client go on whose broken connection nobody noticed', { timeout: 10_000 }, async (t) => {
    const { call, location, stall } = await started(t);
    const bytes = randomBytes(50_000);
    const socket = await stall(bytes.subarray(0, 20_000));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const rest = await call('PATCH', location, bytes.subarray(20_000), { 'content-range': '20000-49999' });
    assert.equal(rest.status, 202);
    assert.equal(rest.headers.get('range'), '0-49999');
    await closed;
    assert.equal((await call('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
  });

  it('takes the same chunk once only, whoever sends it', async (t) => {
    const { call, location, received } = await started(t);
    const bytes = randomBytes(400_000);
    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, () => call('PATCH', location, bytes, { 'content-range': '0-399999' })),
    );
    const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.status : 'broken off'));
    assert.ok(statuses.filter((status) => status === 202).length <= 1, statuses.join());
    const have = Number(String(await received()).slice(2)) + 1;
    assert.ok(have <= bytes.length);
    if (have < bytes.length) await call('PATCH', location, bytes.subarray(have), { 'content-range': `${have}-399999` });
    assert.equal((await call('PUT', `${location}?digest=${digestOf(bytes)}`)).status, 201);
  });

  it('finishes an upload once', async (t) => {
    const { call, location } = await started(t);
    const bytes = randomBytes(3_000_000);
    await call('PATCH', location, bytes);
    const finish = async (): Promise<number> => (await call('PUT', `${location}?digest=${digestOf(bytes)}`)).status;
    assert.deepEqual((await Promise.all([finish(), finish()])).sort(), [201, 404]);
    assert.equal((await call('HEAD', `/v2/a/blobs/${digestOf(bytes)}`)).headers.get('content-length'), '3000000');
  });

  it('cancels while a chunk is on its way', { timeout: 10_000 }, async (t) => {
    const { call, location, stall, folder } = await started(t);
    await stall(randomBytes(1000));
    assert.equal((await call('DELETE', location)).status, 204);
    assert.equal((await call('GET', location)).status, 404);
    assert.deepEqual(await readdir(join(folder, 'uploads')), []);
  });

  it('refuses a chunk whose length is not that of its range', async (t) => {
    const { call, location, received } = await started(t);
    const answer = await call('PATCH', location, randomBytes(50), { 'content-range': '0-99' });
    assert.equal(answer.status, 400);
    assert.equal(await received(), '0-0');
  });

  it('forgets uploads that nobody went on with for a week, and only those', async (t) => {
    const { call, location, folder, app } = await started(t);
    const old = location.split('/').at(-1) ?? '';
    const long =
      String((await call('POST', '/v2/a/blobs/uploads/')).headers.get('location'))
        .split('/')
        .at(-1) ?? '';
    await app.close();
    const now = new Date();
    const past = new Date(now.getTime() - 8 * 24 * 3_600_000);
    for (const path of [old, join(old, 'data'), long]) await utimes(join(folder, 'uploads', path), past, past);
    const { uploads } = await LocalRegistry.open(folder, now);
    assert.deepEqual(await readdir(join(folder, 'uploads')), [long]);
    assert.equal(await uploads.received(long, 'a'), 0);
  });
});
