import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readAll } from '../bytes/read.ts';
import { copyImage } from '../copy.ts';
import { openLayout } from '../folder/layout.ts';
import { digestOf } from '../format/digest.ts';
import type { Descriptor } from '../format/manifest.ts';
import { MEDIA } from '../format/media.ts';
import { loadImage } from '../image.ts';
import type { ImageTarget } from '../source.ts';
import { debianRegistry } from '../testing/debian-registry.ts';
import { failsWith, holding, lacks } from '../testing/fakes.ts';
import { file, push, scratch, serve } from '../testing/images.ts';
import { RegistryClient } from './client.ts';

/** Attaches an artifact without content to a manifest. */
async function attach(target: ImageTarget, subject: Descriptor, artifactType: string): Promise<void> {
  const empty = { mediaType: MEDIA.ociEmpty, digest: digestOf('{}'), size: 2 };
  await target.putBlob(empty, Buffer.from('{}'));
  const { ociManifest: mediaType } = MEDIA;
  const manifest = { schemaVersion: 2, mediaType, artifactType, config: empty, layers: [empty], subject };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await target.putManifest(digestOf(bytes), mediaType, bytes);
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
});

describe('real counterparts', () => {
  it("speaks with Debian's docker-registry", { skip: lacks('docker-registry') }, async (t) => {
    const host = await debianRegistry(t);
    const client = new RegistryClient({ backoff: 100, retries: 6, chunkSize: 200_000 });
    const repository = client.repository(`${host}/okd/content`);
    const { manifest, layers } = await push(repository, 'v1', [[file('x', 'x'.repeat(3_000_000))]]);
    assert.equal((await loadImage(repository, 'v1')).digest, digestOf(manifest));
    const other = client.repository(`${host}/okd/release`);
    assert.equal(await other.mountBlob(layers[0]?.digest ?? digestOf(''), 'okd/content'), true);
    await copyImage(repository, 'v1', other, 'v2', { mountFrom: 'okd/content' });
    assert.deepEqual(await other.tags(), ['v2']);
    const large = holding(randomBytes(3_000_000));
    await other.putBlob(large.descriptor, await large.source.blob(large.descriptor));
    const { digest, size } = large.descriptor;
    assert.equal(digestOf(await readAll(await other.blob({ digest, size }), size, '')), digest);
    // It knows no referrers: the client keeps the list under a tag.
    assert.deepEqual(await other.referrers(digestOf(manifest)), []);
    const subject = { mediaType: MEDIA.dockerManifest, digest: digestOf(manifest), size: manifest.length };
    for (const artifactType of ['application/sbom', 'application/vsa']) await attach(other, subject, artifactType);
    assert.deepEqual(
      (await other.referrers(digestOf(manifest))).map(({ artifactType }) => artifactType),
      ['application/sbom', 'application/vsa'],
    );
    assert.equal((await other.referrers(digestOf(manifest), 'application/vsa')).length, 1);
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
