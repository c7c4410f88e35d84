import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { readAll } from '../bytes/read.ts';
import { digestOf } from '../format/digest.ts';
import { MEDIA } from '../format/media.ts';
import { failsWith, fake, nobody } from '../testing/fakes.ts';
import { RegistryClient } from './client.ts';
import { CONNECTIONS } from './http/connections.ts';

const credentials = async () => ({ username: 'u', password: 'p' });

describe('credentials on the way', () => {
  it('takes a token from the service that the registry names, and sends none to another host', async (t) => {
    const seen: string[] = [];
    const storage = await fake(t, (request, response) => {
      seen.push(`storage ${request.headers.authorization ?? 'nothing'}`);
      response.end('blob!');
    });
    const registry: string = await fake(t, (request, response) => {
      seen.push(`${request.url?.split('?')[0]} ${request.headers.authorization ?? 'nothing'}`);
      if (request.url?.startsWith('/token')) response.end('{"token":"T"}');
      else if (request.headers.authorization !== 'Bearer T') {
        const challenge = `Basic realm="x", Bearer realm="http://${request.headers.host}/token",service="s"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      } else response.writeHead(307, { location: `http://${storage}/blob` }).end();
    });
    const repository = new RegistryClient({ credentials }).repository(`${registry}/a`);
    const path = `/v2/a/blobs/${digestOf('blob!')}`;
    assert.equal(
      (await readAll(await repository.blob({ digest: digestOf('blob!'), size: 5 }), 10, '')).toString(),
      'blob!',
    );
    assert.deepEqual(seen, [`${path} nothing`, '/token Basic dTpw', `${path} Bearer T`, 'storage nothing']);
  });

  it('asks for one token for many requests at once', async (t) => {
    let tokens = 0;
    const registry: string = await fake(t, (request, response) => {
      if (request.url?.startsWith('/token')) {
        tokens += 1;
        response.end('{"access_token":"T"}');
      } else if (request.headers.authorization === 'Bearer T') response.writeHead(200).end();
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="/token"` }).end();
    });
    const repository = new RegistryClient().repository(`${registry}/a`);
    const found = await Promise.all(Array.from({ length: 20 }, (_, index) => repository.hasBlob(digestOf(`${index}`))));
    assert.ok(found.every(Boolean));
    assert.equal(tokens, 1);
  });

  it('asks for the right to mount from another repository', async (t) => {
    const scopes: string[] = [];
    const registry: string = await fake(t, (request, response) => {
      if (request.url?.startsWith('/token')) {
        scopes.push(...new URL(request.url, 'http://x').searchParams.getAll('scope'));
        response.end('{"token":"T"}');
      } else if (request.headers.authorization !== 'Bearer T')
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token"' }).end();
      else response.writeHead(201).end();
    });
    assert.equal(await new RegistryClient().repository(`${registry}/a`).mountBlob(digestOf('x'), 'b/c'), true);
    assert.deepEqual(scopes, ['repository:a:pull,push', 'repository:b/c:pull']);
  });

  it('keeps them from a host that the registry gives as the place of an upload, or of the next page', async (t) => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await fake(t, (request, response) => {
      seen.push(request.headers.authorization);
      request.resume();
      response.writeHead(request.method === 'PUT' ? 201 : 200).end('{"tags":["b"]}');
    });
    const registry = await fake(t, (request, response) => {
      request.resume();
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      } else if (request.method === 'POST') response.writeHead(202, { location: `http://${elsewhere}/up` }).end();
      else response.writeHead(200, { link: `<http://${elsewhere}/tags>; rel="next"` }).end('{"tags":["a"]}');
    });
    const repository = new RegistryClient({ credentials }).repository(`${registry}/a`);
    await repository.putBlob({ digest: digestOf('x'), size: 1 }, Buffer.from('x'));
    assert.deepEqual(await repository.tags(), ['a', 'b']);
    assert.deepEqual(seen, [undefined, undefined]);
  });

  it('says what to do about a refusal', async (t) => {
    const body = '{"errors":[{"code":"DENIED","message":"not yours"}]}';
    const registry = await fake(t, (_request, response) => void response.writeHead(403).end(body));
    await assert.rejects(
      new RegistryClient().repository(`${registry}/a`).manifest('t'),
      failsWith('OCI_UNAUTHORIZED', /a:t: .*403: DENIED not yours.*podman login/),
    );
    const strange = await fake(t, (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }).end();
    });
    await assert.rejects(
      new RegistryClient({ credentials }).repository(`${strange}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_PROTOCOL', /file:/),
    );
  });
});

describe('failures', () => {
  it('tries again what failed at the server, and says which image is missing', async (t) => {
    let requests = 0;
    const registry = await fake(t, (_request, response) => {
      requests += 1;
      response.writeHead(requests < 3 ? 503 : 404).end();
    });
    await assert.rejects(
      new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).manifest('t'),
      failsWith('OCI_MANIFEST_UNKNOWN', new RegExp(`${registry}/a:t`)),
    );
    assert.equal(requests, 3);
  });

  it('leaves a registry alone that asks for it, unless for too long', async (t) => {
    const said: string[] = [];
    let after = '';
    let requests = 0;
    const registry = await fake(t, (_request, response) => {
      requests += 1;
      if (after === '') response.writeHead(404).end();
      else response.writeHead(429, { 'retry-after': after }).end();
      if (after === '1') after = '';
    });
    const options = { backoff: 1, notice: (message: string) => void said.push(message) };
    const repository = new RegistryClient(options).repository(`${registry}/a`);
    after = '1';
    await assert.rejects(repository.manifest('t'), failsWith('OCI_MANIFEST_UNKNOWN'));
    assert.deepEqual(
      [requests, said],
      [2, [`${registry}/a: the registry answers 429, and asks to be left alone for 1 s.`]],
    );
    after = '3600';
    const tooLong = failsWith('OCI_REGISTRY_UNAVAILABLE', /answered 429\. .*left alone for 3600 s\./s);
    await assert.rejects(repository.manifest('t'), tooLong);
    await assert.rejects(repository.blob({ digest: digestOf(Buffer.from('x')), size: 1 }), tooLong);
    after = new Date(Date.now() + 3_600_000).toUTCString();
    await assert.rejects(repository.manifest('t'), failsWith('OCI_REGISTRY_UNAVAILABLE', /left alone for 3\d{3}/));
    assert.equal(requests, 5);
  });

  it('gives the connection back where no token can be had', async (t) => {
    for (const realm of ['file:///etc/passwd', `http://${await nobody()}/token`]) {
      const registry = await fake(t, (_request, response) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"`, 'content-length': 5 }).end('No. \n');
      });
      await assert.rejects(
        new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).manifest('t'),
        failsWith(realm.startsWith('file') ? 'OCI_REGISTRY_PROTOCOL' : 'OCI_REGISTRY_UNREACHABLE'),
      );
      const taken = (): string[] => Object.keys(CONNECTIONS.http.sockets).filter((name) => name.startsWith(registry));
      for (let round = 0; round < 50 && taken().length > 0; round++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(taken(), []);
    }
  });

  it('gives up with the reason', async (t) => {
    const options = { backoff: 1, retries: 1 };
    await assert.rejects(
      new RegistryClient(options).repository(`${await nobody()}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_UNREACHABLE', /ECONNREFUSED/),
    );
    const silent = await fake(t, () => {});
    await assert.rejects(
      new RegistryClient({ ...options, timeout: 50 }).repository(`${silent}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_SILENT', /stopped answering: nothing came for 0\.1 s/),
    );
    const broken = await fake(t, (_request, response) => void response.writeHead(500).end('<html>oh</html>'));
    await assert.rejects(
      new RegistryClient(options).repository(`${broken}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_UNAVAILABLE', /500: <html>oh/),
    );
    const other = await fake(t, ({ socket }) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    });
    await assert.rejects(
      new RegistryClient(options).repository(`${other}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_UNREACHABLE', /closed without an answer/),
    );
  });

  it('ends what waits for an answer, or for its next try, when it is stopped', async (t) => {
    const reason = new SlipwayError('TEST_STOPPED', 'stopped.');
    for (const answer of [() => {}, (response: ServerResponse) => void response.writeHead(503).end()]) {
      const stop = new AbortController();
      const asked = Promise.withResolvers<void>();
      const registry = await fake(t, (request, response) => {
        request.resume();
        answer(response);
        asked.resolve();
      });
      const client = new RegistryClient({ backoff: 1e6, signal: stop.signal });
      const repository = client.repository(`${registry}/a`);
      const work = [
        repository.manifest('t'),
        repository.hasBlob(digestOf('x')),
        repository.putManifest('t', MEDIA.dockerManifest, Buffer.from('{"layers":[]}')),
      ];
      const ended = Promise.all(work.map((one) => assert.rejects(one, reason)));
      await asked.promise;
      stop.abort(reason);
      await ended;
    }
  });

  it('lets no registry lead it in circles, or feed it without end', async (t) => {
    let requests = 0;
    const registry = await fake(t, (request, response) => {
      requests += 1;
      if (request.url?.includes('manifests')) response.writeHead(200).end(Buffer.alloc(5 << 20, 0x20));
      else response.writeHead(307, { location: request.url ?? '' }).end();
    });
    const repository = new RegistryClient().repository(`${registry}/a`);
    await assert.rejects(
      repository.hasBlob(digestOf('x')),
      failsWith('OCI_REGISTRY_FAILED', /redirects .* more than 5 times \(307\)/),
    );
    assert.equal(requests, 6);
    await assert.rejects(repository.manifest('t'), failsWith('OCI_TOO_LARGE'));
  });

  it('says where it leads that is no place, and when it does not speak HTTP', async (t) => {
    for (const location of ['file:///etc/passwd', 'http://', 'ftp://127.0.0.1/']) {
      const registry = await fake(t, (_request, response) => void response.writeHead(302, { location }).end());
      await assert.rejects(
        new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).manifest('t'),
        failsWith('OCI_REGISTRY_PROTOCOL', new RegExp(`${registry} redirects to "${location}"`)),
      );
    }
    const wordy = await fake(t, (_request, response) => void response.writeHead(200, { x: 'y'.repeat(1 << 20) }).end());
    await assert.rejects(
      new RegistryClient({ backoff: 1 }).repository(`${wordy}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_PROTOCOL', /does not answer as HTTP has it: .*Header overflow/i),
    );
  });

  it('checks that a manifest is the one that was asked for', async (t) => {
    const registry = await fake(t, (_request, response) => {
      response.writeHead(200, { 'docker-content-digest': digestOf('another') }).end('{"layers":[]}');
    });
    const repository = new RegistryClient().repository(`${registry}/a`);
    await assert.rejects(repository.manifest('t'), failsWith('OCI_DIGEST_MISMATCH', /tampered/));
    await assert.rejects(repository.manifest(digestOf('x')), failsWith('OCI_DIGEST_MISMATCH', /tampered/));
  });
});
