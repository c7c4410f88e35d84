import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  type Descriptor,
  type Digest,
  digestOf,
  type ImageSource,
  MEDIA,
  MirrorFolder,
  parseReference,
  RegistryClient,
  type Repository,
} from '../../oci/index.ts';
import { debianRegistry } from '../../oci/testing/debian-registry.ts';
import type { SlipwayError } from '../../util/index.ts';
import { loadPayload, newPayload, type Payload } from '../index.ts';
import type { TagReference } from '../stream/types.ts';
import { file, pushImage } from '../testing/images.ts';
import { NIGHTLY, IMAGES as SOURCES, setUp as setUpSources } from '../testing/sources.ts';
import { mirrorImages, mirrorPayload } from './copy.ts';
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

/** Pushes what refers to a manifest, and gives its digest. */
async function attach(to: Repository, subject: string, artifactType: string): Promise<Digest> {
  const config = Buffer.from('{}');
  const blob = { digest: digestOf(config), size: config.length };
  await to.putBlob(blob, config);
  const { mediaType, bytes } = await to.manifest(subject);
  const referrer = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      artifactType,
      config: { mediaType: MEDIA.ociEmpty, ...blob },
      layers: [],
      subject: { mediaType, digest: subject, size: bytes.length },
    }),
  );
  return await to.putManifest(digestOf(referrer), MEDIA.ociManifest, referrer);
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

  it('takes what stands beside the release, and beside that: cosign signatures and referrers', async (t) => {
    const { registry, payload, release, resolve, folder } = await setUp(t);
    const sbom = await attach(release, payload.digest, 'application/spdx+json');
    const statement = await attach(release, sbom, 'application/vnd.dev.sigstore.bundle.v0.3+json');
    const signatures = [];
    for (const subject of [payload.digest, sbom, statement]) {
      const raw = await release.manifest(await pushImage(release, { layers: [[file('signature', subject)]] }));
      const tag = `${subject.replace(':', '-')}.sig`;
      await release.putManifest(tag, raw.mediaType, raw.bytes);
      signatures.push([raw.digest, tag]);
    }
    const [ofRelease, ofSbom, ofStatement] = signatures;
    // By way of a folder, which has to bring back all that it was given, and of a registry that knows no referrers.
    const disk = new MirrorFolder(folder, 'openshift/release');
    const plan = planMirror(payload, { to: 'openshift/release' });
    const { manifests, attachments } = await mirrorPayload(plan, { resolve, to: disk });
    assert.equal(attachments, 5);
    // What refers to another is there before it.
    assert.deepEqual(
      manifests.slice(-6).map(({ digest, tag }) => [digest, tag]),
      [ofStatement, [statement, undefined], ofSbom, [sbom, undefined], ofRelease, [payload.digest, plan.release.tag]],
    );
    const old = new RegistryClient({ retries: 6 }).repository(parseReference(`${await debianRegistry(t)}/old/release`));
    const to = registry.repository('mirror/release');
    await mirrorPayload(planMirror(payload, { to: 'old/release' }), { resolve: () => disk, to: old });
    await mirrorPayload(planMirror(payload, { to: 'mirror/release' }), { resolve: () => old, to });
    for (const repository of [disk, old, to]) {
      for (const [digest, tag] of signatures) assert.equal((await repository.manifest(tag ?? '')).digest, digest);
      for (const [subject, referrer] of [
        [payload.digest, sbom],
        [sbom, statement],
      ] as const)
        assert.deepEqual(
          (await repository.referrers(subject)).map(({ digest }) => digest),
          [referrer],
        );
    }
  });

  it('ends where a list of referrers leads round, or on and on, and says what is left out', async (t) => {
    const { registry, payload, release, resolve } = await setUp(t);
    const first = await attach(release, payload.digest, 'application/first');
    const second = await attach(release, first, 'application/second');
    const round = (pullSpec: string) => {
      const source = resolve(pullSpec);
      return {
        name: source.name,
        manifest: source.manifest.bind(source),
        blob: source.blob.bind(source),
        referrers: async (digest: Digest): Promise<readonly Descriptor[]> => [
          { mediaType: MEDIA.ociManifest, digest: digest === first ? second : first, size: 1 },
        ],
      };
    };
    const plan = planMirror(payload, { to: 'mirror/round' });
    const images = plan.images.slice(-1);
    const done = await mirrorImages(images, { resolve: round, to: registry.repository('mirror/round') });
    assert.equal(done.attachments, 2);

    const unread: string[] = [];
    const blob = { digest: digestOf(Buffer.from('{}')), size: 2 };
    let made = 0;
    const endless = (pullSpec: string) => {
      const source = resolve(pullSpec);
      const manifests = new Map<string, Buffer>();
      return {
        name: source.name,
        blob: source.blob.bind(source),
        async manifest(reference: string) {
          const bytes = manifests.get(reference);
          return bytes === undefined
            ? await source.manifest(reference)
            : { digest: digestOf(bytes), mediaType: MEDIA.ociManifest, bytes };
        },
        async referrers() {
          const config = { mediaType: MEDIA.ociEmpty, ...blob };
          const bytes = Buffer.from(
            JSON.stringify({
              schemaVersion: 2,
              mediaType: MEDIA.ociManifest,
              config,
              layers: [],
              annotations: { n: `${made++}` },
            }),
          );
          manifests.set(digestOf(bytes), bytes);
          return [{ mediaType: MEDIA.ociManifest, digest: digestOf(bytes), size: bytes.length }];
        },
      };
    };
    await mirrorImages(images, {
      resolve: endless,
      to: registry.repository('mirror/endless'),
      onUnread: (reason) => unread.push(reason),
    });
    assert.ok(made < 1_100, `${made} lists were asked for`);
    assert.match(unread.join('\n'), /^the release image: more of what stands beside it can not be read, .*1000/);
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
