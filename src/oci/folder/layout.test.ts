import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readAll } from '../bytes/read.ts';
import { digestOf, hexOf } from '../format/digest.ts';
import { MEDIA } from '../format/media.ts';
import { loadImage } from '../image.ts';
import { writeLayer } from '../layer/writer.ts';
import { failsWith } from '../testing/fakes.ts';
import { type Cleanup, file, scratch } from '../testing/images.ts';
import { openLayout } from './layout.ts';

const LAYER = writeLayer([file('a', 'x')]);
const OTHER = writeLayer([file('b', 'x')]);

/** A layout of one image; documents can be changed before they are written. */
async function layout(
  t: Cleanup,
  change: { config?: object; manifest?: object; names?: string[]; mediaType?: string } = {},
) {
  const folder = await scratch(t);
  const put = async (content: Uint8Array | object) => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    await writeFile(join(folder, 'blobs/sha256', hexOf(digestOf(bytes))), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const rootfs = { type: 'layers', diff_ids: [LAYER.diffId] };
  const config = await put({ architecture: 'amd64', os: 'linux', rootfs, ...change.config });
  const manifest = await put({
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: { mediaType: MEDIA.ociConfig, ...config },
    layers: [{ mediaType: MEDIA.ociLayerGzip, ...(await put(LAYER.bytes)) }],
    ...change.manifest,
  });
  const manifests = (change.names ?? ['image:1']).map((name) => ({
    mediaType: change.mediaType ?? MEDIA.ociManifest,
    ...manifest,
    annotations: { 'org.opencontainers.image.ref.name': name },
  }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return { folder, manifest };
}

describe('openLayout', () => {
  it('finds images by name and by digest', async (t) => {
    const { folder, manifest } = await layout(t);
    const opened = await openLayout(folder);
    assert.deepEqual(
      opened.images().map(({ name, descriptor }) => [name, descriptor.digest]),
      [['image:1', manifest.digest]],
    );
    const image = await loadImage(opened, 'image:1');
    assert.equal(image.digest, manifest.digest);
    assert.deepEqual(await loadImage(opened, manifest.digest), image);
    const [first] = image.manifest.layers;
    assert.ok(first);
    assert.deepEqual(await readAll(await opened.blob(first), 1000, ''), LAYER.bytes);
  });

  it('says what is missing, or not what it should be', async (t) => {
    const { folder, manifest } = await layout(t);
    const opened = await openLayout(folder);
    await assert.rejects(opened.manifest('other'), failsWith('OCI_MANIFEST_UNKNOWN', /:other: /));
    await assert.rejects(opened.manifest(digestOf('x')), failsWith('OCI_MANIFEST_UNKNOWN'));
    await assert.rejects(opened.blob({ digest: digestOf('x'), size: 1 }), failsWith('OCI_BLOB_UNKNOWN'));
    const cut = await opened.blob({ digest: LAYER.digest, size: LAYER.size + 1 });
    await assert.rejects(readAll(cut, 1000, ''), failsWith('OCI_BLOB_TRUNCATED'));
    await writeFile(join(folder, 'blobs/sha256', hexOf(LAYER.digest)), OTHER.bytes);
    const wrong = await opened.blob({ digest: LAYER.digest, size: OTHER.size });
    await assert.rejects(readAll(wrong, 1000, ''), failsWith('OCI_DIGEST_MISMATCH'));
    await writeFile(join(folder, 'blobs/sha256', hexOf(manifest.digest)), '{}');
    await assert.rejects(opened.manifest('image:1'), failsWith('OCI_DIGEST_MISMATCH'));
  });

  it('refuses a folder that is none, and names that are given twice', async (t) => {
    await assert.rejects(openLayout(await scratch(t)), failsWith('OCI_LAYOUT_INVALID'));
    const { folder } = await layout(t, { names: ['a', 'a'] });
    await assert.rejects(openLayout(folder), failsWith('OCI_LAYOUT_INVALID', /two images are named "a"/));
    await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manifests":[{}]}');
    await assert.rejects(openLayout(folder), failsWith('OCI_MANIFEST_INVALID', /index\.json: manifests\.0/));
  });
});

describe('loadImage', () => {
  const refuses = async (t: Cleanup, change: Parameters<typeof layout>[1], code: string, pattern: RegExp) => {
    const { folder } = await layout(t, change);
    const opened = await openLayout(folder);
    await assert.rejects(loadImage(opened, 'image:1'), failsWith(code, pattern));
  };

  it('refuses documents that contradict each other', async (t) => {
    await refuses(t, { manifest: { manifests: [] } }, 'OCI_MANIFEST_INVALID', /at once/);
    await refuses(t, { mediaType: MEDIA.dockerManifest }, 'OCI_MANIFEST_INVALID', /given as/);
    const rootfs = { type: 'layers', diff_ids: [] };
    await refuses(t, { config: { rootfs } }, 'OCI_CONFIG_INVALID', /0 diffIDs, the manifest 1 layers/);
  });

  it('names the field that does not fit', async (t) => {
    await refuses(
      t,
      { manifest: { layers: [{ digest: 'sha256:../..' }] } },
      'OCI_MANIFEST_INVALID',
      /image:1: layers\.0/,
    );
    await refuses(t, { config: { config: { Labels: { a: 1 } } } }, 'OCI_CONFIG_INVALID', /config/);
    await refuses(t, { manifest: { layers: 'none' } }, 'OCI_MANIFEST_INVALID', /layers/);
  });
});
