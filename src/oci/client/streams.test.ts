import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { digestOf } from '../format/digest.ts';
import { bodyOf, failsWith, fake } from '../testing/fakes.ts';
import { RegistryClient } from './client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const bytes = Buffer.alloc(100_000, 'x');
const blob = { digest: digestOf(bytes), size: bytes.length };

describe('streams that can be sent once only', () => {
  it('go with the token of the request that opened the upload, also where that was to mount', async (t) => {
    let stored = '';
    const registry: string = await fake(t, async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      // As distribution does: a token is good for its scopes.
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (pathname === '/token')
        response.end(JSON.stringify({ token: Buffer.from(searchParams.getAll('scope').join(' ')).toString('hex') }));
      else if (!Buffer.from(token, 'hex').toString().includes('repository:a:pull,push'))
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token"' }).end();
      else if (request.method === 'POST') response.writeHead(202, { location: '/up' }).end();
      else {
        stored = digestOf(await bodyOf(request));
        response.writeHead(201).end();
      }
    });
    await new RegistryClient({ backoff: 1 })
      .repository(`${registry}/a`)
      .putBlob(blob, Readable.from([bytes], { objectMode: false }), { mountFrom: 'b' });
    assert.equal(stored, blob.digest);
  });

  it('are not sent on to another place', async (t) => {
    const registry = await fake(t, async (request, response) => {
      await bodyOf(request);
      if (request.method === 'POST') response.writeHead(202, { location: '/up' }).end();
      else response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const content = Readable.from([bytes], { objectMode: false });
    await assert.rejects(
      new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).putBlob(blob, content),
      failsWith('OCI_REGISTRY_FAILED', /redirects PUT .*\/up/),
    );
    assert.ok(content.destroyed);
  });

  it('are not kept in memory', async (t) => {
    const size = 64 << 20;
    let kept = Number.POSITIVE_INFINITY;
    const registry = await fake(t, async (request, response) => {
      if (request.method === 'POST') return void response.writeHead(202, { location: '/up' }).end();
      for await (const chunk of request) assert.ok(chunk.length > 0);
      // What a collection frees is given back by another thread, when that gets its turn.
      for (let round = 0; round < 100 && kept >= size / 2; round++) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve, 20));
        kept = process.memoryUsage().arrayBuffers;
      }
      response.writeHead(201).end();
    });
    function* content(): Generator<Buffer> {
      for (let sent = 0; sent < size; sent += 1 << 20) yield Buffer.alloc(1 << 20, sent >> 20);
    }
    await new RegistryClient({ chunkSize: size })
      .repository(`${registry}/a`)
      .putBlob({ ...blob, size }, Readable.from(content(), { objectMode: false }));
    assert.ok(kept < size / 2, `${kept} bytes are kept`);
  });
});

describe('a download that nobody wants any more', () => {
  it('closes its connection at once, also while the registry is silent', { timeout: 20_000 }, async (t) => {
    const closed = Promise.withResolvers<void>();
    let requests = 0;
    const registry = await fake(t, (_request, response) => {
      requests += 1;
      response.once('close', () => closed.resolve());
      response.writeHead(200, { 'content-length': String(bytes.length) });
      response.write(bytes.subarray(0, 1000));
    });
    const stream = await new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).blob(blob);
    await once(stream, 'readable');
    stream.destroy();
    await closed.promise;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(requests, 1);
  });
});

describe('a repository to which something is pushed', () => {
  it('is asked for blobs with the right to push: who may create it may not yet read it', async (t) => {
    const scopes: (string | null)[] = [];
    const registry: string = await fake(t, (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      if (pathname === '/token') {
        scopes.push(searchParams.get('scope'));
        response.end('{"token":"T"}');
      } else if (request.headers.authorization === 'Bearer T') response.writeHead(404).end();
      else response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token"' }).end();
    });
    assert.equal(await new RegistryClient().repository(`${registry}/a`).hasBlob(blob.digest), false);
    assert.deepEqual(scopes, ['repository:a:pull,push']);
  });
});
