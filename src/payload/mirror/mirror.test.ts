import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { digestOf, type ImageSource, MEDIA, MirrorFolder } from '../../oci/index.ts';
import type { SlipwayError } from '../../util/index.ts';
import { loadPayload, newPayload, type Payload } from '../index.ts';
import type { TagReference } from '../stream/types.ts';
import { file, pushImage } from '../testing/images.ts';
import { NIGHTLY, IMAGES as SOURCES, setUp as setUpSources } from '../testing/sources.ts';
import { mirrorPayload } from './copy.ts';
import type { MirrorProgress } from './meter.ts';
import { formatMapping, planMirror } from './plan.ts';

const IMAGES = {
  'cluster-version-operator': SOURCES['cluster-version-operator'],
  etcd: { layers: [[file('usr/bin/etcd', 'etcd'.repeat(100_000))]] },
  'etcd-operator': SOURCES['etcd-operator'],
};

async function setUp(t: TestContext) {
  const { input, options, ...made } = await setUpSources(t, IMAGES, 'quay.io/okd/scos-content');
  const { release } = made;
  await newPayload(input, { ...options, to: release });
  const payload = await loadPayload(release, NIGHTLY, { name: 'quay.io/okd/scos-release' });
  const folder = await mkdtemp(join(tmpdir(), 'slipway-mirror-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { ...made, resolve: options.resolve, payload, folder };
}

describe('the plan of a mirror', () => {
  it('tags every image of the release, and the release last', async (t) => {
    const { payload, specs } = await setUp(t);
    const plan = planMirror(payload, { to: 'reg.local:5000/okd/release' });
    assert.deepEqual(
      plan.images.map(({ component, source, tag }) => [component, source, tag]),
      [
        ...['cluster-version-operator', 'etcd', 'etcd-operator'].map((name) => [
          name,
          specs[name],
          `${NIGHTLY}-x86_64-${name}`,
        ]),
        [undefined, `quay.io/okd/scos-release@${payload.digest}`, `${NIGHTLY}-x86_64`],
      ],
    );
    assert.deepEqual(plan.sources, ['quay.io/okd/scos-content', 'quay.io/okd/scos-release']);
    assert.match(
      formatMapping(plan),
      /^quay\.io\/okd\/scos-release@sha256:\w+ reg\.local:5000\/okd\/release:4\.21\.0-\S+-x86_64\n/,
    );
  });

  it('takes a pattern for the tags, and refuses what can not be one repository', async (t) => {
    const { payload } = await setUp(t);
    const plan = planMirror(payload, { to: `reg.local/mirror:\${version}_\${component}` });
    assert.deepEqual([plan.repository, plan.release.tag], ['reg.local/mirror', `${NIGHTLY}_release-x86_64`]);
    for (const to of [
      `reg.local/\${component}`,
      `reg.local/a:\${component}\${component}`,
      'reg.local/a:tag',
      `reg.local/a@${payload.digest}`,
    ])
      assert.throws(() => planMirror(payload, { to }), { code: 'PAYLOAD_MIRROR_TARGET' }, to);
  });
});

describe('the components of a mirror', () => {
  /** The release, with other tags in its `image-references`. */
  const withTags = (payload: Payload, change: (tags: readonly TagReference[]) => readonly TagReference[]): Payload => ({
    ...payload,
    imageReferences: { ...payload.imageReferences, tags: change(payload.imageReferences.tags) },
  });

  it('all have a digest: one by its tag would be left out', async (t) => {
    const { payload } = await setUp(t);
    for (const from of [
      { kind: 'DockerImage', name: 'quay.io/okd/scos-content:etcd' },
      { kind: 'DockerImage', name: '' },
    ])
      assert.throws(
        () =>
          planMirror(
            withTags(payload, (tags) => tags.map((tag) => (tag.name === 'etcd' ? { ...tag, from } : tag))),
            { to: 'reg.local/a' },
          ),
        ({ code, message, place }: SlipwayError) =>
          code === 'PAYLOAD_COMPONENT_UNPINNED' &&
          message.includes('should only contain pointers to images by digest') &&
          place.field === 'spec.tags[etcd]',
      );
  });

  it('have a name of their own: two would share a tag', async (t) => {
    const { payload, specs } = await setUp(t);
    const second = { kind: 'DockerImage', name: specs['etcd-operator'] ?? '' };
    const twice = withTags(payload, (tags) =>
      tags.flatMap((tag) => (tag.name === 'etcd' ? [tag, { ...tag, from: second }] : [tag])),
    );
    assert.throws(() => planMirror(twice, { to: 'reg.local/a' }), {
      code: 'PAYLOAD_COMPONENT_TWICE',
      message: /"etcd"/,
    });
  });
});

describe('a mirror', () => {
  it('in a registry is complete, and says what it sends', async (t) => {
    const { registry, payload, resolve } = await setUp(t);
    const to = registry.repository('mirror/release');
    const plan = planMirror(payload, { to: 'mirror/release' });
    const seen: MirrorProgress[] = [];
    const done = await mirrorPayload(plan, { resolve, to, onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    assert.deepEqual([last?.bytes, last?.blobs], [last?.totalBytes, last?.totalBlobs]);
    assert.equal(done.images, 4);
    assert.deepEqual(await to.tags(), plan.images.map(({ tag }) => tag).sort());
    const copy = await loadPayload(to, plan.release.tag);
    assert.equal(copy.digest, payload.digest);
    for (const { digest } of payload.images) assert.equal((await to.manifest(digest)).digest, digest);
  });

  it('in a folder and back is the same, bytes sent once only', async (t) => {
    const { registry, payload, resolve, folder } = await setUp(t);
    const plan = planMirror(payload, { to: 'openshift/release' });
    const disk = new MirrorFolder(folder, 'openshift/release');
    const first = await mirrorPayload(plan, { resolve, to: disk });
    assert.equal(first.sent, first.totalBytes);
    assert.equal((await mirrorPayload(plan, { resolve, to: disk })).sent, 0);
    assert.deepEqual(await disk.tags(), plan.images.map(({ tag }) => tag).sort());
    assert.equal(await readlink(join(folder, 'v2/openshift/release/manifests', plan.release.tag)), payload.digest);

    const fromDisk = await loadPayload(disk, plan.release.tag, { name: 'openshift/release' });
    assert.equal(fromDisk.digest, payload.digest);
    const back = registry.repository('back/release');
    await mirrorPayload(planMirror(fromDisk, { to: 'back/release' }), { resolve: () => disk, to: back });
    assert.equal((await loadPayload(back, plan.release.tag)).digest, payload.digest);
  });

  it('that was stopped shows no release, and goes on with what it has', async (t) => {
    const { payload, resolve, folder } = await setUp(t);
    const plan = planMirror(payload, { to: 'openshift/release' });
    const disk = new MirrorFolder(folder, 'openshift/release');
    const stop = new AbortController();
    const onProgress = ({ blobs }: MirrorProgress): void => {
      if (blobs === 2) stop.abort();
    };
    await assert.rejects(mirrorPayload(plan, { resolve, to: disk, concurrency: 1, onProgress, signal: stop.signal }), {
      code: 'PAYLOAD_MIRROR_STOPPED',
    });
    assert.deepEqual(await disk.tags(), []);
    const again = await mirrorPayload(plan, { resolve, to: disk });
    assert.ok(again.sent < again.totalBytes);
    assert.equal((await loadPayload(disk, plan.release.tag)).digest, payload.digest);
  });

  it('of a registry that gives other bytes is refused, the component named, nothing visible', async (t) => {
    const { payload, resolve, folder, specs } = await setUp(t);
    const plan = planMirror(payload, { to: 'openshift/release' });
    const disk = new MirrorFolder(folder, 'openshift/release');
    const etcd = specs.etcd ?? '';
    const lying = (spec: string): ImageSource => {
      const source = resolve(spec);
      if (spec !== etcd) return source;
      const blob: ImageSource['blob'] = async ({ digest, size }) => {
        const bytes = Buffer.concat(await (await source.blob({ digest, size })).toArray());
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        return (await import('node:stream')).Readable.from([bytes], { objectMode: false });
      };
      return { name: source.name, manifest: (reference) => source.manifest(reference), blob };
    };
    await assert.rejects(
      mirrorPayload(plan, { resolve: lying, to: disk }),
      (error: Error & { place?: { image?: string } }) => {
        assert.match(error.message, /^component "etcd": /);
        assert.equal(error.place?.image, etcd);
        return true;
      },
    );
    assert.deepEqual(await disk.tags(), []);
    const left = await readdir(join(folder, 'v2/openshift/release/blobs'));
    assert.deepEqual(
      left.filter((name) => name.endsWith('.part')),
      [],
    );
    for (const name of left)
      assert.equal(digestOf(await readFile(join(folder, 'v2/openshift/release/blobs', name))), name);
  });

  it('takes what stands beside the release: cosign signatures and referrers', async (t) => {
    const { registry, payload, release, resolve, folder } = await setUp(t);
    const signature = await pushImage(release, { layers: [[file('signature', 'x')]] });
    const raw = await release.manifest(signature);
    const tag = `${payload.digest.replace(':', '-')}.sig`;
    await release.putManifest(tag, raw.mediaType, raw.bytes);
    const config = Buffer.from('{}');
    await release.putBlob({ digest: digestOf(config), size: 2 }, config);
    const referrer = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.ociManifest,
        artifactType: 'application/vnd.in-toto+json',
        config: { mediaType: MEDIA.ociEmpty, digest: digestOf(config), size: 2 },
        layers: [],
        subject: { mediaType: payload.image.mediaType, digest: payload.digest, size: payload.image.rawManifest.length },
      }),
    );
    await release.putManifest(digestOf(referrer), MEDIA.ociManifest, referrer);
    // By way of a folder, which has to bring back all that it was given.
    const disk = new MirrorFolder(folder, 'openshift/release');
    const plan = planMirror(payload, { to: 'openshift/release' });
    const { manifests } = await mirrorPayload(plan, { resolve, to: disk });
    assert.deepEqual(
      manifests.slice(-3).map(({ digest, tag }) => [digest, tag]),
      [
        [signature, tag],
        [digestOf(referrer), undefined],
        [payload.digest, plan.release.tag],
      ],
    );
    const to = registry.repository('mirror/release');
    await mirrorPayload(planMirror(payload, { to: 'mirror/release' }), { resolve: () => disk, to });
    for (const repository of [disk, to]) {
      assert.equal((await repository.manifest(tag)).digest, signature);
      assert.deepEqual(
        (await repository.referrers(payload.digest)).map(({ digest }) => digest),
        [digestOf(referrer)],
      );
    }
  });
});

describe('a mirror folder', () => {
  it('refuses names that would leave it', async (t) => {
    const { folder } = await setUp(t);
    assert.throws(() => new MirrorFolder(folder, '../x'), { code: 'OCI_REFERENCE_INVALID' });
    const disk = new MirrorFolder(folder, 'a/b');
    const manifest = Buffer.from(`{"schemaVersion":2,"mediaType":"${MEDIA.ociIndex}","manifests":[]}`);
    await assert.rejects(disk.putManifest('../../evil', MEDIA.ociIndex, manifest), { code: 'OCI_REFERENCE_INVALID' });
    await assert.rejects(disk.manifest('../../evil'), { code: 'OCI_MANIFEST_UNKNOWN' });
  });

  it('is what oc reads', async (t) => {
    const oc = process.env.OC ?? 'oc';
    if (spawnSync(oc, ['version', '--client']).status !== 0) return t.skip('there is no oc; name one in OC');
    const { payload, resolve, folder } = await setUp(t);
    const plan = planMirror(payload, { to: 'openshift/release' });
    await mirrorPayload(plan, { resolve, to: new MirrorFolder(folder, 'openshift/release') });
    const args = [
      'adm',
      'release',
      'info',
      `--dir=${folder}`,
      `file://openshift/release:${plan.release.tag}`,
      '-o',
      'json',
    ];
    const run = spawnSync(oc, args, { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).digest, payload.digest);
  });
});
