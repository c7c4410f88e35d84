import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { readAll } from '../../bytes/read.ts';
import { copyBlob } from '../../copy.ts';
import { digestOf } from '../../format/digest.ts';
import { bodyOf, failsWith, fake, holding } from '../../testing/fakes.ts';
import { scratch, serve } from '../../testing/images.ts';
import { RegistryClient } from '../client.ts';

const bytes = randomBytes(500_000);
const blob = { digest: digestOf(bytes), size: bytes.length };

describe('download', () => {
  it('goes on with a broken one by Range, and notices wrong bytes', async (t) => {
    const starts: number[] = [];
    const registry = await fake(t, (request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      starts.push(start);
      const headers = {
        'content-length': String(bytes.length - start),
        'content-range': `bytes ${start}-499999/500000`,
      };
      response.writeHead(start === 0 ? 200 : 206, headers);
      if (starts.length > 1) response.end(bytes.subarray(start));
      else response.write(bytes.subarray(0, 200_000), () => setTimeout(() => response.destroy(), 50));
    });
    const repository = new RegistryClient({ backoff: 1 }).repository(`${registry}/a`);
    const read = async (wanted: typeof blob) => await readAll(await repository.blob(wanted), 1e6, '');
    assert.deepEqual(await read(blob), bytes);
    assert.deepEqual(starts, [0, 200_000]);
    await assert.rejects(read({ ...blob, digest: digestOf('other') }), failsWith('OCI_DIGEST_MISMATCH'));
    await assert.rejects(read({ ...blob, size: 500_001 }), failsWith('OCI_BLOB_TRUNCATED', /500000 of 500001/));
    await assert.rejects(read({ ...blob, size: 499_999 }), failsWith('OCI_DIGEST_MISMATCH', /longer/));
  });

  it('begins anew with a server that does not know ranges, and gives up where nothing comes', async (t) => {
    let requests = 0;
    const registry = await fake(t, (_request, response) => {
      requests += 1;
      response.writeHead(200, { 'content-length': String(bytes.length) });
      if (requests === 2) response.end(bytes);
      else
        response.write(bytes.subarray(0, requests === 1 ? 200_000 : 0), () => setTimeout(() => response.destroy(), 50));
    });
    const repository = new RegistryClient({ backoff: 1 }).repository(`${registry}/a`);
    assert.deepEqual(await readAll(await repository.blob(blob), 1e6, ''), bytes);
    await assert.rejects(async () => readAll(await repository.blob(blob), 1e6, ''));
    assert.ok(requests < 10, String(requests));
  });
});

describe('upload', () => {
  /** A registry that keeps what is patched, and fails at the requests it is told. */
  async function flaky(t: Parameters<typeof fake>[0], fails: (request: number) => boolean) {
    const state = { stored: Buffer.alloc(0), patches: 0, whole: false };
    const host = await fake(t, async (request, response) => {
      const location = `/up/${state.stored.length}?state=a%3D`;
      if (request.method === 'POST')
        return void response.writeHead(202, { location, 'oci-chunk-min-length': '60000' }).end();
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      if (request.method === 'PATCH') {
        state.patches += 1;
        const [start = -1] = (request.headers['content-range'] ?? '').split('-').map(Number);
        const body = await bodyOf(request);
        if (start !== state.stored.length) return void response.writeHead(416).end();
        const failed = fails(state.patches);
        state.stored = Buffer.concat([state.stored, failed ? body.subarray(0, 1000) : body]);
        if (failed) return void response.destroy();
        return void response.writeHead(202, { location }).end();
      }
      if (request.method === 'GET')
        return void response.writeHead(204, { location, range: `0-${Math.max(0, state.stored.length - 1)}` }).end();
      await bodyOf(request);
      state.whole = digestOf(state.stored) === new URL(request.url ?? '', 'http://x').searchParams.get('digest');
      response.writeHead(state.whole ? 201 : 400).end();
    });
    return { state, host };
  }

  it('sends large blobs in chunks, and resumes each where it broke off', async (t) => {
    const { state, host } = await flaky(t, (patch) => patch === 2 || patch === 3);
    const { source } = holding(bytes);
    const repository = new RegistryClient({ backoff: 1, chunkSize: 50_000 }).repository(`${host}/a`);
    await repository.putBlob(blob, await source.blob(blob));
    assert.ok(state.whole);
    // 9 chunks of the 60,000 bytes that the registry asks for, two of them sent anew.
    assert.equal(state.patches, 9 + 2);
  });

  it('gives up on a chunk that never arrives', async (t) => {
    const { host } = await flaky(t, () => true);
    const { source } = holding(bytes);
    const repository = new RegistryClient({ backoff: 1, retries: 0, chunkSize: 50_000 }).repository(`${host}/a`);
    await assert.rejects(repository.putBlob(blob, await source.blob(blob)), failsWith('OCI_REGISTRY_UNREACHABLE'));
  });

  it('says that the source is wrong, not the registry it was meant for', async (t) => {
    const served = await serve(t, await scratch(t));
    for (const chunkSize of [1 << 20, 10_000]) {
      const repository = new RegistryClient({ backoff: 1, chunkSize }).repository(`${served.host}/a`);
      const other = holding(bytes, { digest: digestOf('other') });
      await assert.rejects(copyBlob(other.source, other.descriptor, repository), failsWith('OCI_DIGEST_MISMATCH'));
      const short = holding(bytes, { size: 600_000 });
      await assert.rejects(copyBlob(short.source, short.descriptor, repository), failsWith('OCI_BLOB_TRUNCATED'));
      const long = holding(bytes, { size: 400_000 });
      await assert.rejects(copyBlob(long.source, long.descriptor, repository), failsWith('OCI_DIGEST_MISMATCH'));
    }
    assert.equal(await served.store.repository('a').hasBlob(blob.digest), false);
  });

  it('copies a blob anew when the connection broke', async (t) => {
    let puts = 0;
    let stored: Buffer = Buffer.alloc(0);
    const host = await fake(t, async (request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method === 'POST') response.writeHead(202, { location: '/up' }).end();
      else {
        puts += 1;
        if (puts === 1) return void request.once('data', () => response.destroy());
        stored = await bodyOf(request);
        response.writeHead(201).end();
      }
    });
    const { source } = holding(bytes);
    await copyBlob(source, blob, new RegistryClient({ backoff: 1 }).repository(`${host}/a`));
    assert.equal(puts, 2);
    assert.deepEqual(stored, bytes);
  });
});
