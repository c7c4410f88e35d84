// Registries that lie, stall or lead astray: a clear error each, in bounded time and memory.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { readAll } from '../bytes/read.ts';
import { digestOf } from '../format/digest.ts';
import { MEDIA } from '../format/media.ts';
import { bodyOf, failsWith, fake } from '../testing/fakes.ts';
import { RegistryClient } from './client.ts';
import type { TransportOptions } from './transport.ts';

const bytes = randomBytes(100_000);
const blob = { digest: digestOf(bytes), size: bytes.length };
const image = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: { mediaType: MEDIA.dockerConfig, digest: blob.digest, size: blob.size },
    layers: [],
  }),
);
/** Short, for registries that stall; all others have as long as they need. */
const PATIENCE = { backoff: 1, retries: 0, timeout: 1500 };

/** A repository whose registry answers every request by a function. */
async function repositoryOf(
  t: Parameters<typeof fake>[0],
  answer: (response: ServerResponse, method: string, url: string) => void,
  options: TransportOptions = { backoff: 1 },
) {
  const host = await fake(t, (request, response) => answer(response, request.method ?? '', request.url ?? ''));
  return new RegistryClient(options).repository(`${host}/a`);
}
const read = async (repository: Awaited<ReturnType<typeof repositoryOf>>, wanted = blob) =>
  await readAll(await repository.blob(wanted), 1e6, 'a');

describe('a registry that stalls', () => {
  it('before its answer', async (t) => {
    const repository = await repositoryOf(t, () => {}, PATIENCE);
    await assert.rejects(
      repository.manifest('x'),
      failsWith('OCI_REGISTRY_SILENT', /127\.0\.0\.1:\d+ stopped answering: nothing came for 1\.5 s/),
    );
    await assert.rejects(repository.tags(), failsWith('OCI_REGISTRY_SILENT'));
    await assert.rejects(repository.hasBlob(blob.digest), failsWith('OCI_REGISTRY_SILENT'));
  });

  it('is asked once more on another connection, which is said, and given up when the time is over', async (t) => {
    let asked = 0;
    const said: string[] = [];
    const options = { backoff: 1, timeout: 900, notice: (message: string) => void said.push(message) };
    const repository = await repositoryOf(
      t,
      (response) => {
        asked += 1;
        if (asked === 2) response.writeHead(200, { 'content-type': MEDIA.dockerManifest }).end(image);
      },
      options,
    );
    assert.deepEqual((await repository.manifest('x')).bytes, image);
    assert.match(said.join('\n'), /^127\.0\.0\.1:\d+\/a: nothing has come for 0\.3 s; the registry is asked again\.$/);
    asked = 2;
    await assert.rejects(repository.manifest('x'), failsWith('OCI_REGISTRY_SILENT', /nothing came for 0\.9 s/));
    assert.deepEqual([asked, said.length], [4, 2]);
  });

  it('in the middle of a blob, again and again', async (t) => {
    const repository = await repositoryOf(
      t,
      (response) => {
        response.writeHead(200, { 'content-length': String(bytes.length) });
        response.write(bytes.subarray(0, 10));
      },
      PATIENCE,
    );
    await assert.rejects(
      read(repository),
      failsWith('OCI_REGISTRY_SILENT', /download stopped after 10 bytes: next to nothing came for 1\.5 s/),
    );
  });

  it('in the middle of a manifest, or lets it trickle', async (t) => {
    const stalled = await repositoryOf(
      t,
      (response) => {
        response.writeHead(200, { 'content-type': MEDIA.dockerManifest, 'content-length': String(image.length) });
        response.write(image.subarray(0, 10));
      },
      PATIENCE,
    );
    await assert.rejects(stalled.manifest('x'), failsWith('OCI_REGISTRY_SILENT', /nothing came for 1\.5 s/));
    const trickling = await repositoryOf(
      t,
      (response) => {
        response.writeHead(200, { 'content-type': MEDIA.dockerManifest });
        let at = 0;
        const timer = setInterval(() => response.write(image.subarray(at % 9, (at++ % 9) + 1)), 20);
        response.once('close', () => clearInterval(timer));
      },
      PATIENCE,
    );
    await assert.rejects(
      trickling.manifest('x'),
      failsWith('OCI_REGISTRY_SILENT', /: next to nothing came for 1\.5 s/),
    );
  });

  it('and lets a blob trickle, which goes on where it was for a while', async (t) => {
    const asked: string[] = [];
    const said: string[] = [];
    const host = await fake(t, (request, response) => {
      asked.push(request.headers.range ?? '');
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      response.writeHead(start === 0 ? 200 : 206, {
        'content-length': String(bytes.length - start),
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      });
      let at = start;
      const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 20);
      response.once('close', () => clearInterval(timer));
    });
    const options = { ...PATIENCE, notice: (message: string) => void said.push(message) };
    await assert.rejects(
      read(new RegistryClient(options).repository(`${host}/a`)),
      failsWith('OCI_REGISTRY_SILENT', /download stopped after \d+ bytes: next to nothing came for 1\.5 s/),
    );
    assert.equal(asked.length, 2);
    assert.match(asked[1] ?? '', /^bytes=[1-9]\d*-$/);
    assert.match(said.join('\n'), /^127\.0\.0\.1:\d+\/a: next to nothing has come for 0\.5 s; the download is asked/);
  });

  it('but is read slowly itself', async (t) => {
    const repository = await repositoryOf(t, (response) => void response.end(bytes), { ...PATIENCE, timeout: 600 });
    const content = await repository.blob(blob);
    let seen = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      seen += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    assert.equal(seen, bytes.length);
  });

  it('while it is sent something', async (t) => {
    const host = await fake(t, async (request, response) => {
      if (request.method === 'POST') return void response.writeHead(202, { location: '/up' }).end();
      // The upload is taken, and never answered.
      await bodyOf(request);
    });
    const repository = new RegistryClient({ ...PATIENCE, timeout: 80 }).repository(`${host}/a`);
    await assert.rejects(
      repository.putBlob(blob, Readable.from([bytes], { objectMode: false })),
      failsWith('OCI_REGISTRY_SILENT', /stopped answering/),
    );
  });
});

describe('a registry that lies', () => {
  it('about the length of a blob', async (t) => {
    const given = (content: Buffer, length: number) =>
      repositoryOf(t, (response) => {
        response.writeHead(200, { 'content-length': String(length) });
        response.end(content);
      });
    await assert.rejects(read(await given(bytes.subarray(0, 99), 99)), failsWith('OCI_BLOB_TRUNCATED', /99 of 100000/));
    const longer = Buffer.concat([bytes, Buffer.from('more')]);
    await assert.rejects(read(await given(longer, longer.length)), failsWith('OCI_DIGEST_MISMATCH', /longer/));
    const short = await repositoryOf(t, (response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(bytes.subarray(0, 500), () => response.destroy());
    });
    await assert.rejects(read(short), failsWith('OCI_REGISTRY_UNREACHABLE', /broke off/));
  });

  it('about digests', async (t) => {
    const other = Buffer.from(bytes);
    other[5] = (other[5] ?? 0) ^ 1;
    const repository = await repositoryOf(t, (response, _method, url) => {
      if (url.includes('/blobs/')) return void response.end(other);
      response.writeHead(200, { 'content-type': MEDIA.dockerManifest, 'docker-content-digest': blob.digest });
      response.end(image);
    });
    await assert.rejects(read(repository), failsWith('OCI_DIGEST_MISMATCH'));
    await assert.rejects(repository.manifest('tag'), failsWith('OCI_DIGEST_MISMATCH', /tampered/));
    await assert.rejects(repository.manifest(digestOf('other')), failsWith('OCI_DIGEST_MISMATCH'));
  });

  it('about types', async (t) => {
    const typed = (type: string, content: Buffer = image) =>
      repositoryOf(t, (response) => void response.writeHead(200, { 'content-type': type }).end(content));
    for (const type of [MEDIA.ociIndex, MEDIA.dockerList, MEDIA.ociManifest])
      await assert.rejects((await typed(type)).manifest('x'), failsWith('OCI_MANIFEST_INVALID', /but was given as/));
    assert.equal((await (await typed('text/plain')).manifest('x')).mediaType, MEDIA.dockerManifest);
    for (const content of ['<html>', '[]', '{}', 'null'])
      await assert.rejects(
        (await typed(MEDIA.dockerManifest, Buffer.from(content))).manifest('x'),
        failsWith('OCI_MANIFEST_INVALID'),
      );
  });

  it('about the size of a manifest or of a list: no more than 4 and 16 MiB of them are read', async (t) => {
    const endless = await repositoryOf(t, (response) => {
      const chunk = Buffer.alloc(1 << 20, '{');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) {}
      };
      response.on('drain', write);
      write();
    });
    await assert.rejects(endless.manifest('x'), failsWith('OCI_TOO_LARGE', /4194304/));
    await assert.rejects(endless.tags(), failsWith('OCI_TOO_LARGE', /16777216/));
  });
});

describe('a registry that leads astray', () => {
  it('with ten thousand tags, in one page or in many; with pages in circles', async (t) => {
    const all = Array.from({ length: 10_000 }, (_, index) => `4.21.0-okd-scos.${String(index).padStart(5, '0')}`);
    const whole = await repositoryOf(t, (response) => void response.end(JSON.stringify({ name: 'a', tags: all })));
    assert.deepEqual(await whole.tags(), all);
    const paged = await repositoryOf(t, (response, _method, url) => {
      const start = Number(/last=(\d+)/.exec(url)?.[1] ?? 0);
      if (start + 100 < all.length)
        response.setHeader('link', `</v2/a/tags/list?last=${start + 100}&n=100>; rel="next"`);
      response.end(JSON.stringify({ name: 'a', tags: all.slice(start, start + 100) }));
    });
    assert.deepEqual(await paged.tags(), all);
    const circle = await repositoryOf(t, (response) => {
      response.setHeader('link', '</v2/a/tags/list>; rel="next"');
      response.end('{"tags":[]}');
    });
    await assert.rejects(circle.tags(), failsWith('OCI_REGISTRY_PROTOCOL', /more than 10000 pages/));
  });

  it('with names that are none, which would become paths', async (t) => {
    const asked: string[] = [];
    const repository = await repositoryOf(t, (response, _method, url) => {
      asked.push(url);
      response.end(JSON.stringify({ tags: ['ok', '../../etc/passwd'] }));
    });
    await assert.rejects(repository.tags(), failsWith('OCI_REGISTRY_PROTOCOL', /etc\/passwd.*no tag/));
    asked.length = 0;
    for (const name of ['../../b/manifests/x', '..', 'a/b', 'x?y', 'x#y', '', 'sha256:short', '%2e%2e']) {
      await assert.rejects(repository.manifest(name), failsWith('OCI_REFERENCE_INVALID'));
      await assert.rejects(
        repository.putManifest(name, MEDIA.dockerManifest, image),
        failsWith('OCI_REFERENCE_INVALID'),
      );
      await assert.rejects(repository.deleteTag(name), failsWith('OCI_REFERENCE_INVALID'));
    }
    assert.deepEqual(asked, []);
    for (const text of [
      '127.0.0.1:1/../a',
      '127.0.0.1:1/a/../../b',
      '127.0.0.1:1/a:../b',
      '127.0.0.1:1//a',
      '127.0.0.1:1/a%2f..',
    ])
      assert.throws(() => new RegistryClient().repository(text), failsWith('OCI_REFERENCE_INVALID'));
  });

  it('with redirects that do not end', async (t) => {
    const repository = await repositoryOf(t, (response, _method, url) => {
      response.writeHead(307, { location: `${url}x` }).end();
    });
    await assert.rejects(repository.manifest('x'), failsWith('OCI_REGISTRY_FAILED', /307/));
  });
});
