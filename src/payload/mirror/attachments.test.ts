import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { type Digest, digestOf, type ImageSource, imageContent, MEDIA, MirrorFolder } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { file, pushImage, temporaryRegistry } from '../testing/images.ts';
import { attachmentsOf } from './attachments.ts';
import { mirrorImages } from './copy.ts';
import type { MirrorProgress } from './meter.ts';

const EMPTY = Buffer.from('{}');

type Lacks = 'nothing' | 'the configuration' | 'half of the layer';

/** Mirrors an image of each repository with a referrer, whose configuration is `{}`; says what became of it. */
async function mirror(t: TestContext, repositories: Readonly<Record<string, Lacks>>) {
  const registry = await temporaryRegistry(t);
  const sources = new Map<
    string,
    ImageSource & { referrers(digest: Digest): Promise<readonly { digest: Digest }[]> }
  >();
  const referrers: Digest[] = [];
  const images = [];
  for (const [component, lacks] of Object.entries(repositories)) {
    const repository = registry.repository(`okd/${component}`);
    const digest = await pushImage(repository, { layers: [[file('name', component)]] });
    const image = await repository.manifest(digest);
    const bytes = Buffer.from(`bill of materials of ${component}`);
    const config = { mediaType: MEDIA.ociEmpty, digest: digestOf(EMPTY), size: EMPTY.length };
    const layer = { mediaType: 'application/spdx+json', digest: digestOf(bytes), size: bytes.length };
    await repository.putBlob(config, EMPTY);
    await repository.putBlob(layer, bytes);
    const subject = { mediaType: image.mediaType, digest, size: image.bytes.length };
    const referrer = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [layer], subject }),
    );
    referrers.push(await repository.putManifest(digestOf(referrer), MEDIA.ociManifest, referrer));
    const name = `quay.io/okd/${component}`;
    sources.set(name, {
      name,
      manifest: repository.manifest.bind(repository),
      referrers: repository.referrers.bind(repository),
      async blob(blob) {
        if (lacks === 'the configuration' && blob.digest === config.digest)
          throw new SlipwayError('OCI_BLOB_UNKNOWN', `${name} lacks it.`);
        if (lacks !== 'half of the layer' || blob.digest !== layer.digest) return await repository.blob(blob);
        async function* half() {
          yield bytes.subarray(0, 9);
          throw new SlipwayError('OCI_BLOB_TRUNCATED', `${name} breaks off.`);
        }
        return Readable.from(half(), { objectMode: false });
      },
    });
    images.push({ component, source: `${name}@${digest}`, digest, tag: component });
  }
  const folder = await mkdtemp(join(tmpdir(), 'slipway-attachments-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const unread: string[] = [];
  const states: MirrorProgress[] = [];
  const { manifests, ...done } = await mirrorImages(images, {
    resolve: (pullSpec) => sources.get(pullSpec.replace(/@.*/, '')) ?? assert.fail(pullSpec),
    to: new MirrorFolder(folder, 'okd/all'),
    onUnread: (reason) => unread.push(reason),
    onProgress: (state) => states.push(state),
  });
  const last = states.at(-1);
  // What is left out is not counted as copied, nor waited for.
  assert.deepEqual([last?.bytes, last?.blobs], [last?.totalBytes, last?.totalBlobs]);
  assert.deepEqual([done.totalBytes, done.blobs], [last?.totalBytes, last?.totalBlobs]);
  const copied = new Set(manifests.map(({ digest }) => digest));
  return { ...done, unread, referrers: referrers.map((digest) => copied.has(digest)) };
}

describe('what stands beside images and shares a blob', () => {
  it('takes it from the repository that has it', async (t) => {
    const { unread, referrers, blobs } = await mirror(t, { etcd: 'the configuration', cli: 'nothing' });
    assert.deepEqual([unread, referrers, blobs], [[], [true, true], 7]);
  });

  it('is left out, each told with its own repository, where none has it', async (t) => {
    const { unread, referrers, blobs } = await mirror(t, { etcd: 'the configuration', cli: 'the configuration' });
    assert.deepEqual([referrers, blobs], [[false, false], 6]);
    assert.equal(unread.length, 2);
    for (const [index, name] of ['etcd', 'cli'].entries())
      assert.match(unread[index] ?? '', new RegExp(`^component "${name}": sha256:.* quay\\.io/okd/${name} lacks it`));
  });

  it('is left out alone where the blob that breaks off is its own', async (t) => {
    const { unread, referrers, blobs } = await mirror(t, { etcd: 'half of the layer', cli: 'nothing' });
    assert.deepEqual([referrers, blobs], [[false, true], 6]);
    assert.equal(unread.length, 1);
    assert.match(unread[0] ?? '', /^component "etcd": sha256:.* breaks off/);
  });
});

describe('a list of referrers that are gone', () => {
  it('is not asked for without end, and takes no signature away', async (t) => {
    const repository = (await temporaryRegistry(t)).repository('okd/release');
    const digest = await pushImage(repository, { layers: [[file('name', 'release')]] });
    const signature = await repository.manifest(await pushImage(repository, { layers: [[file('name', 'signature')]] }));
    const tag = `${digest.replace(':', '-')}.sig`;
    await repository.putManifest(tag, signature.mediaType, signature.bytes);
    let asked = 0;
    const source = {
      name: 'quay.io/okd/release',
      blob: repository.blob.bind(repository),
      async manifest(reference: string) {
        asked++;
        return await repository.manifest(reference);
      },
      referrers: async (subject: Digest) =>
        Array.from({ length: subject === digest ? 3_000 : 0 }, (_, index) => ({
          mediaType: MEDIA.ociManifest,
          digest: digestOf(Buffer.from(`${index}`)),
          size: 1,
        })),
    };
    const { found, unread } = await attachmentsOf(source, await imageContent(source, digest));
    assert.ok(asked < 1_100, `${asked} manifests were asked for`);
    assert.deepEqual(
      found.map(({ name }) => name),
      [tag],
    );
    assert.equal(unread.length, 1_000);
    assert.match(unread.at(-1)?.error.message ?? '', /more than 1000/);
  });
});
