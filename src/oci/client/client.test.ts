import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { copyImage } from '../copy.ts';
import { digestOf } from '../digest.ts';
import { loadImage } from '../image.ts';
import { openLayout } from '../layout.ts';
import { MEDIA } from '../media.ts';
import { readAll } from '../read.ts';
import { type Cleanup, file, push, scratch, serve } from '../testing/images.ts';
import { RegistryClient } from './client.ts';
import { dockerCredentials } from './credentials.ts';

const lacks = (program: string): string | false =>
  existsSync(`/usr/bin/${program}`) ? false : `${program} is not installed`;
const failsWith =
  (code: string, pattern = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof SlipwayError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.describe(), pattern);
    return true;
  };

/** Answers every request by a function; closed when the test ends. */
async function fake(t: Cleanup, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

describe('RegistryClient', () => {
  it('copies images between repositories, by mount where it can, and finds nothing to do the second time', async (t) => {
    const served = await serve(t, await scratch(t));
    const client = new RegistryClient();
    const source = client.repository(`${served.host}/a`);
    const { manifest } = await push(source, 'v1', [[file('x', '1')], [file('y', '2')]]);
    const target = client.repository(`${served.host}/b`);
    const descriptor = await copyImage(source, 'v1', target, 'v2', { mountFrom: 'a' });
    assert.equal(descriptor.digest, digestOf(manifest));
    assert.deepEqual(await target.tags(), ['v2']);
    assert.equal((await loadImage(target, 'v2')).manifest.layers.length, 2);
    await copyImage(source, 'v1', target, 'v2');
    await target.deleteTag('v2');
    await assert.rejects(loadImage(target, 'v2'), failsWith('OCI_MANIFEST_UNKNOWN', /\/b:v2/));
  });

  it('follows a manifest list to the architecture asked for', async (t) => {
    const served = await serve(t, await scratch(t));
    const repository = new RegistryClient().repository(`${served.host}/a`);
    const { manifest } = await push(repository, 'amd', [[file('x', '1')]]);
    const list = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.dockerList,
        manifests: [
          {
            mediaType: MEDIA.dockerManifest,
            digest: digestOf(manifest),
            size: manifest.length,
            platform: { os: 'linux', architecture: 'amd64' },
          },
        ],
      }),
    );
    await repository.putManifest('multi', MEDIA.dockerList, list);
    assert.equal((await loadImage(repository, 'multi')).listDigest, digestOf(list));
    await assert.rejects(
      loadImage(repository, 'multi', { architecture: 'arm64' }),
      failsWith('OCI_PLATFORM_UNKNOWN', /linux\/amd64/),
    );
  });

  it('takes a token from the service that the registry names, and sends no credentials to another host', async (t) => {
    const seen: string[] = [];
    const storage = await fake(t, (request, response) => {
      seen.push(`storage ${request.headers.authorization ?? 'nothing'}`);
      response.end('blob!');
    });
    const registry: string = await fake(t, (request, response) => {
      seen.push(`${request.url?.split('?')[0]} ${request.headers.authorization ?? 'nothing'}`);
      if (request.url?.startsWith('/token'))
        response.setHeader('content-type', 'application/json').end('{"token":"T"}');
      else if (request.headers.authorization !== 'Bearer T')
        response
          .writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="s"` })
          .end();
      else response.writeHead(307, { location: `http://${storage}/blob` }).end();
    });
    const client = new RegistryClient({ credentials: async () => ({ username: 'u', password: 'p' }) });
    const blob = await client.repository(`${registry}/a`).blob({ digest: digestOf('blob!'), size: 5 });
    assert.equal((await readAll(blob, 10, '')).toString(), 'blob!');
    assert.deepEqual(seen, [
      `/v2/a/blobs/${digestOf('blob!')} nothing`,
      '/token Basic dTpw',
      `/v2/a/blobs/${digestOf('blob!')} Bearer T`,
      'storage nothing',
    ]);
  });

  it('goes on with a broken download by Range, and notices wrong bytes', async (t) => {
    const bytes = randomBytes(500_000);
    let requests = 0;
    const registry = await fake(t, (request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': String(bytes.length - start) });
      requests += 1;
      if (requests === 1) response.write(bytes.subarray(0, 200_000), () => setTimeout(() => response.destroy(), 50));
      else response.end(bytes.subarray(start));
    });
    const repository = new RegistryClient({ backoff: 1 }).repository(`${registry}/a`);
    assert.deepEqual(
      await readAll(await repository.blob({ digest: digestOf(bytes), size: bytes.length }), 1e6, ''),
      bytes,
    );
    assert.equal(requests, 2);
    await assert.rejects(
      async () => readAll(await repository.blob({ digest: digestOf('other'), size: bytes.length }), 1e6, ''),
      failsWith('OCI_DIGEST_MISMATCH'),
    );
    await assert.rejects(
      async () => readAll(await repository.blob({ digest: digestOf(bytes), size: bytes.length + 1 }), 1e6, ''),
      failsWith('OCI_BLOB_TRUNCATED'),
    );
  });

  it('tries again what failed at the server, and says so when the registry is not there', async (t) => {
    let requests = 0;
    const registry = await fake(t, (_request, response) => {
      requests += 1;
      if (requests < 3) response.writeHead(503).end();
      else response.writeHead(404).end();
    });
    await assert.rejects(
      new RegistryClient({ backoff: 1 }).repository(`${registry}/a`).manifest('t'),
      failsWith('OCI_MANIFEST_UNKNOWN', new RegExp(`${registry}/a:t`)),
    );
    assert.equal(requests, 3);
    const socket = createSocket().listen(0, '127.0.0.1');
    await new Promise((resolve) => socket.once('listening', resolve));
    const address = socket.address();
    assert.ok(typeof address === 'object' && address !== null);
    await new Promise((resolve) => socket.close(resolve));
    await assert.rejects(
      new RegistryClient({ backoff: 1, retries: 1 }).repository(`127.0.0.1:${address.port}/a`).manifest('t'),
      failsWith('OCI_REGISTRY_UNREACHABLE', /ECONNREFUSED/),
    );
  });
});

describe('dockerCredentials', () => {
  it('finds the most specific entry, in the first file that has one', async (t) => {
    const folder = await scratch(t);
    const auth = (user: string) => ({ auth: Buffer.from(`${user}:p:w`).toString('base64') });
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({
        auths: { 'quay.io': auth('host'), 'quay.io/okd': auth('okd'), 'https://reg.example/v1/': auth('old') },
      }),
    );
    const source = dockerCredentials({ env: { DOCKER_CONFIG: folder, HOME: join(folder, 'none') }, uid: 12345678 });
    assert.deepEqual(await source('quay.io', 'okd/scos'), { username: 'okd', password: 'p:w' });
    assert.deepEqual((await source('quay.io', 'other'))?.username, 'host');
    assert.deepEqual((await source('reg.example', 'x'))?.username, 'old');
    assert.equal(await source('elsewhere.example', 'x'), undefined);
    await assert.rejects(
      dockerCredentials({ file: join(folder, 'missing') })('quay.io', 'a'),
      failsWith('OCI_CREDENTIALS_INVALID', /missing/),
    );
    await writeFile(join(folder, 'bad'), '{');
    await assert.rejects(
      dockerCredentials({ file: join(folder, 'bad') })('quay.io', 'a'),
      failsWith('OCI_CREDENTIALS_INVALID', /bad/),
    );
  });
});

describe('real counterparts', () => {
  it("speaks with Debian's docker-registry", { skip: lacks('docker-registry') }, async (t) => {
    const folder = await scratch(t);
    const probe = createSocket().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const address = probe.address();
    assert.ok(typeof address === 'object' && address !== null);
    await new Promise((resolve) => probe.close(resolve));
    const host = `127.0.0.1:${address.port}`;
    await writeFile(
      join(folder, 'config.yml'),
      `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\n  delete:\n    enabled: true\nhttp:\n  addr: ${host}\n`,
    );
    const peer = spawn('/usr/bin/docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    t.after(async () => {
      peer.kill('SIGKILL');
    });
    const client = new RegistryClient({ backoff: 100, retries: 6 });
    const repository = client.repository(`${host}/okd/content`);
    const { manifest, layers } = await push(repository, 'v1', [[file('x', 'x'.repeat(3_000_000))]]);
    assert.equal((await loadImage(repository, 'v1')).digest, digestOf(manifest));
    const other = client.repository(`${host}/okd/release`);
    assert.equal(await other.mountBlob(layers[0]?.digest ?? digestOf(''), 'okd/content'), true);
    await copyImage(repository, 'v1', other, 'v2', { mountFrom: 'okd/content' });
    assert.deepEqual(await other.tags(), ['v2']);
    assert.deepEqual(await other.referrers(digestOf(manifest)), []);
    await other.deleteManifest(digestOf(manifest));
    await assert.rejects(other.manifest('v2'), failsWith('OCI_MANIFEST_UNKNOWN'));
  });

  it('lets skopeo copy in and out of the embedded registry, byte for byte', { skip: lacks('skopeo') }, async (t) => {
    const folder = await scratch(t);
    const served = await serve(t, join(folder, 'registry'));
    const { manifest } = await push(served.store.repository('a'), 'v1', [
      [file('x', 'x'.repeat(100_000))],
      [file('y', '2')],
    ]);
    const skopeo = (...args: string[]) =>
      new Promise<void>((resolve, reject) => {
        let output = '';
        const child = spawn('/usr/bin/skopeo', ['--insecure-policy', ...args]);
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
        child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output))));
      });
    await skopeo('copy', '--src-tls-verify=false', `docker://${served.host}/a:v1`, `dir:${folder}/dir`);
    assert.ok((await readdir(`${folder}/dir`)).includes('manifest.json'));
    await skopeo('copy', '--dest-tls-verify=false', `dir:${folder}/dir`, `docker://${served.host}/b/c:v2`);
    assert.deepEqual(Buffer.from((await served.store.repository('b/c').manifest('v2')).bytes), manifest);
    await skopeo(
      'copy',
      '--dest-tls-verify=false',
      '--format',
      'oci',
      `dir:${folder}/dir`,
      `docker://${served.host}/b/c:oci`,
    );
    await skopeo('copy', '--src-tls-verify=false', `docker://${served.host}/b/c:oci`, `oci:${folder}/layout:named`);
    const layout = await openLayout(`${folder}/layout`);
    assert.equal((await loadImage(layout, 'named')).mediaType, MEDIA.ociManifest);
    assert.equal(spawnSync('/usr/bin/skopeo', ['--version']).status, 0);
  });
});
