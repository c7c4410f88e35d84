import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LocalRegistry, loadImage, readFiles, writeLayer } from '../../oci/index.ts';
import { withOwnStore } from './own-store.ts';

const STORE = 'http://localhost:8080/signatures';
const OWN = 'http://localhost:9000/signatures';

test('the update keys name the store of the engine that signs, and nothing else of them changes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const repository = (await LocalRegistry.open(folder)).repository('content');
  const file = (path: string, text: string) =>
    ({ path, type: 'file', mode: 0o644, mtime: 1, content: Buffer.from(text) }) as const;
  const layer = writeLayer([
    file('manifests/keys.yaml', `data:\n  store-a: ${STORE}\n  store-b: ${STORE}/more\n  note: x\n`),
    file('manifests/other.yaml', 'kind: Other\n'),
  ]);
  await repository.putBlob(layer, layer.bytes);
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const { digestOf, MEDIA } = await import('../../oci/index.ts');
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { a: 'b' } },
    // As builders in Go write a list that was never made.
    history: null,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  });
  await repository.putBlob({ digest: digestOf(config), size: config.length }, config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: MEDIA.ociLayerGzip, digest: layer.digest, size: layer.size }],
  });
  const image = await loadImage(repository, await repository.putManifest('v', MEDIA.ociManifest, manifest));
  const change = { component: 'cluster-update-keys', from: STORE, to: OWN };

  const made = await withOwnStore(repository, image, change);
  const read = await loadImage(repository, made.digest);
  const files = await readFiles(repository, read, () => true, { limit: 1 << 20 });
  assert.equal(
    files.get('manifests/keys.yaml')?.content.toString(),
    `data:\n  store-a: ${OWN}\n  store-b: ${STORE}/more\n  note: x\n`,
  );
  assert.equal(files.get('manifests/other.yaml')?.layer, 0);
  assert.deepEqual(read.config.config?.Labels, { a: 'b' });
  assert.equal((await withOwnStore(repository, image, change)).digest, made.digest);
  await assert.rejects(withOwnStore(repository, image, { ...change, from: 'http://elsewhere' }), {
    code: 'RELEASE_STORE_UNKNOWN',
    place: { image: 'cluster-update-keys', field: 'signing.store.address' },
  });
});
