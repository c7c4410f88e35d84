import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { copyImage } from '../copy.ts';
import { openLayout } from '../folder/layout.ts';
import { loadImage } from '../image.ts';
import { writeLayer } from '../layer/writer.ts';
import { lacks } from '../testing/fakes.ts';
import { file, scratch, serve } from '../testing/images.ts';
import { digestOf, hexOf } from './digest.ts';
import { environmentOf, labelsOf, parseConfig, parseIndex, parseManifest, statedMediaType } from './manifest.ts';
import { MEDIA } from './media.ts';

const run = promisify(execFile);
const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const LAYER = writeLayer([file('a', 'x')]);
const DESCRIPTOR = { mediaType: MEDIA.ociLayerGzip, digest: LAYER.digest, size: LAYER.size };

/** What builders in Go write for what they have not set. */
const CONFIG = bytesOf({
  architecture: 'amd64',
  os: 'linux',
  created: null,
  author: null,
  config: { Labels: null, Env: null, Entrypoint: null, Volumes: null },
  container_config: null,
  rootfs: { type: 'layers', diff_ids: [LAYER.diffId] },
  history: [{ created: null, created_by: null, author: null, comment: null, empty_layer: null }],
});
const MANIFEST = bytesOf({
  schemaVersion: 2,
  mediaType: MEDIA.ociManifest,
  artifactType: null,
  subject: null,
  manifests: null,
  config: { mediaType: MEDIA.ociConfig, digest: digestOf(CONFIG), size: CONFIG.length, annotations: null, urls: null },
  layers: [{ ...DESCRIPTOR, annotations: null, platform: null, artifactType: null }],
  annotations: null,
});

describe('documents with null where nothing is', () => {
  it('are read as Go reads them: as if the field were not there', () => {
    const { config: asIs, ...config } = parseConfig(CONFIG, {});
    assert.deepEqual(config, {
      architecture: 'amd64',
      os: 'linux',
      // A field that nobody here reads stays as it is.
      container_config: null,
      rootfs: { type: 'layers', diff_ids: [LAYER.diffId] },
      history: [{}],
    });
    assert.deepEqual(asIs, { Entrypoint: null, Volumes: null });
    const minimal = { architecture: 'amd64', os: 'linux', config: null, history: null, rootfs: { type: 'layers' } };
    const empty = parseConfig(bytesOf({ ...minimal, rootfs: { type: 'layers', diff_ids: null } }), {});
    assert.deepEqual(empty.rootfs.diff_ids, []);
    assert.deepEqual([labelsOf(empty), environmentOf(empty), empty.history], [{}, {}, undefined]);

    const manifest = parseManifest(MANIFEST, {});
    assert.deepEqual(manifest.layers, [DESCRIPTOR]);
    assert.equal('annotations' in manifest || 'subject' in manifest || 'artifactType' in manifest, false);
    assert.deepEqual(parseManifest(bytesOf({ ...JSON.parse(MANIFEST.toString()), layers: null }), {}).layers, []);
    // Registries in Go answer so when nothing refers to an image.
    assert.deepEqual(parseIndex(bytesOf({ schemaVersion: 2, manifests: null, annotations: null }), {}).manifests, []);
  });

  it('have an empty text for null in a list or map of texts', () => {
    const config = { Labels: { a: null, b: 'c' }, Env: ['A=1', null] };
    const rootfs = { type: 'layers', diff_ids: [] };
    const parsed = parseConfig(bytesOf({ architecture: 'amd64', os: 'linux', config, rootfs }), {});
    assert.deepEqual(labelsOf(parsed), { a: '', b: 'c' });
    assert.deepEqual(parsed.config?.Env, ['A=1', '']);
  });

  it('are of the type that what is there shows', () => {
    const { mediaType: _, ...manifest } = JSON.parse(MANIFEST.toString());
    assert.equal(statedMediaType(bytesOf(manifest), {}), MEDIA.ociManifest);
    assert.equal(statedMediaType(bytesOf({ ...manifest, mediaType: null, layers: null }), {}), MEDIA.ociManifest);
    const index = { schemaVersion: 2, mediaType: null, manifests: [], layers: null, config: null };
    assert.equal(statedMediaType(bytesOf(index), {}), MEDIA.ociIndex);
    assert.deepEqual(parseIndex(bytesOf(index), {}).manifests, []);
    assert.throws(() => parseIndex(bytesOf({ ...index, layers: [] }), {}), { message: /an image and of an index/ });
  });

  it('are refused where something has to be, and where it is of another type', () => {
    const manifest = JSON.parse(MANIFEST.toString());
    const refused = (change: object, field: string): void =>
      assert.throws(() => parseManifest(bytesOf({ ...manifest, ...change }), { image: 'a' }), {
        code: 'OCI_MANIFEST_INVALID',
        place: { image: 'a', field },
      });
    refused({ config: null }, 'config');
    refused({ layers: [null] }, 'layers.0');
    refused({ layers: [{ ...DESCRIPTOR, digest: null }] }, 'layers.0.digest');
    refused({ annotations: { a: 1 } }, 'annotations.a');
    refused({ schemaVersion: null }, 'schemaVersion');
    assert.throws(() => parseConfig(Buffer.from('null'), {}), { code: 'OCI_CONFIG_INVALID' });
    assert.throws(() => parseConfig(bytesOf({ ...JSON.parse(CONFIG.toString()), os: null }), {}), {
      place: { field: 'os' },
    });
  });

  it('are pulled and pushed byte for byte, also by skopeo', { skip: lacks('skopeo') }, async (t) => {
    const { store, host } = await serve(t, await scratch(t));
    const repository = store.repository('okd/nulls');
    for (const bytes of [CONFIG, LAYER.bytes])
      await repository.putBlob({ digest: digestOf(bytes), size: bytes.length }, bytes);
    const digest = await repository.putManifest('v', MEDIA.ociManifest, MANIFEST);

    const folder = await scratch(t);
    const layout = join(folder, 'layout');
    await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${host}/okd/nulls:v`, `oci:${layout}:v`]);
    assert.deepEqual(await readFile(join(layout, 'blobs/sha256', hexOf(digest))), MANIFEST);
    const { stdout } = await run('skopeo', ['inspect', '--config', '--raw', `oci:${layout}:v`]);
    assert.deepEqual(Buffer.from(stdout), CONFIG);

    const opened = await openLayout(layout);
    const image = await loadImage(opened, 'v');
    assert.deepEqual([image.digest, image.config.created], [digest, undefined]);
    const copied = store.repository('okd/copied');
    assert.equal((await copyImage(opened, 'v', copied)).digest, digest);
    assert.deepEqual((await copied.manifest(digest)).bytes, MANIFEST);
  });
});
