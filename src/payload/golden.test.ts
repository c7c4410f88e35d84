import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { digestOf, writeTar } from '../oci/index.ts';
import { layerEntries } from './assemble/assemble.ts';
import { releaseImage } from './assemble/release-image.ts';
import {
  diffPayloads,
  extractTools,
  formatContents,
  formatDiff,
  formatDiffJson,
  formatInfo,
  formatInfoJson,
  formatInfoSizes,
  formatList,
  formatVerified,
  gatherFacts,
  imageFor,
  lintFacts,
  loadComponents,
  payloadInfo,
  preparePayload,
  reproducePayload,
} from './index.ts';
import { recorded } from './testing/recorded.ts';
import { readTarGz } from './testing/shared.ts';

const RELEASE = '127.0.0.1:5099/okd/release';
const VERSION = '4.99.0-0.okd-scos-2024-06-01-000000';
const INCLUDE = ['cli', 'cli-artifacts', 'installer', 'installer-artifacts', 'cloud-credential-operator'];

describe('recorded runs of oc 4.20', () => {
  it('release new: same files, same tar, same configuration and manifest', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const release = await golden.load(RELEASE, VERSION);
    const lines: string[] = [];
    const made = await preparePayload(
      { imageStream: golden.stream('is.json') },
      {
        name: VERSION,
        creationTimestamp: new Date('2026-11-23T02:54:20Z'),
        resolve: golden.resolve,
        previous: ['4.98.1', '4.98.0'],
        metadata: { url: 'https://okd.io/x' },
        include: INCLUDE,
        recordInputs: false,
        onProgress: (line) => lines.push(line),
      },
    );
    assert.deepEqual(
      made.files.map(({ name }) => name),
      release.files.map(({ name }) => name),
    );
    for (const [index, { name, bytes }] of made.files.entries())
      assert.equal(Buffer.from(bytes).toString(), Buffer.from(release.files[index]?.bytes ?? []).toString(), name);
    assert.equal(made.layer.diffId, release.image.config.rootfs.diff_ids.at(-1));
    assert.deepEqual(made.pruned, ['unused-image']);
    assert.ok(lines.includes('Found 14 images in image stream'));
    assert.ok(lines.includes('Included 13 images from 4 input operators into the release'));

    // Go's deflate writes other bytes; with its blob, configuration and manifest are oc's to the byte.
    const base = made.baseSource.manifest(
      release.imageReferences.tags.find(({ name }) => name === 'cluster-version-operator')?.from?.name.split('@')[1] ??
        '',
    );
    const { digest, mediaType, bytes } = await base;
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    const rawConfig = Buffer.concat(await (await made.baseSource.blob(manifest.config)).toArray());
    const layer = release.image.manifest.layers.at(-1);
    assert.ok(layer);
    const image = releaseImage(
      { digest, mediaType, manifest, rawConfig, config: JSON.parse(rawConfig.toString()) },
      { ...layer, diffId: made.layer.diffId },
      VERSION,
      made.created,
    );
    assert.equal(Buffer.from(image.config).toString(), Buffer.from(release.image.rawConfig).toString());
    assert.equal(image.digest, release.digest);
  });

  it('release new --to-file: the tar of the layer, byte for byte', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const recordedLayer = readFileSync(`${golden.folder}outputs/release-layer.tar.gz`);
    const files = (await readTarGz(recordedLayer)).filter(({ type }) => type === 'file');
    const made = await preparePayload(
      { imageStream: golden.stream('is.json') },
      {
        name: VERSION,
        // the recording's own, an input like any other
        creationTimestamp: new Date(JSON.parse(files[0]?.content.toString() ?? '').metadata.creationTimestamp),
        resolve: golden.resolve,
        previous: ['4.98.1', '4.98.0'],
        metadata: { url: 'https://okd.io/x' },
      },
    );
    assert.equal(digestOf(writeTar(layerEntries(made.files))), digestOf(gunzipSync(recordedLayer)));
  });

  it('release new --from-release: the same release again', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const release = await golden.load(RELEASE, '4.99.4');
    const made = await preparePayload(
      { fromRelease: release },
      { creationTimestamp: new Date(0), resolve: golden.resolve, anyVersion: true },
    );
    assert.equal(made.reproduced, true);
    assert.equal(made.layer.diffId, release.image.config.rootfs.diff_ids.at(-1));
  });

  it('release new --from-release with an override: pinned, pruned, previous kept', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const expected = await golden.load(RELEASE, '4.99.5');
    const made = await preparePayload(
      { fromRelease: await golden.load(RELEASE, '4.99.4') },
      {
        name: '4.99.5',
        creationTimestamp: new Date('2026-11-23T02:55:02Z'),
        resolve: golden.resolve,
        overrides: [{ source: 'second-operator', destination: '127.0.0.1:5099/okd/content:unused-image' }],
        anyVersion: true,
      },
    );
    assert.equal(made.layer.diffId, expected.image.config.rootfs.diff_ids.at(-1));
  });

  it('release new --keep-manifest-list: each image of the list again, and the list as oc words it', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const release = await golden.load('127.0.0.1:5099/multi/release', '4.99.20');
    const { equal, differences } = await reproducePayload(release, { resolve: golden.resolve });
    assert.deepEqual([equal, differences], [true, []]);
    const made = await preparePayload(
      { imageStream: golden.stream('is-multi.json') },
      {
        name: '4.99.20',
        creationTimestamp: new Date(release.imageReferences.creationTimestamp ?? ''),
        resolve: golden.resolve,
        metadata: { 'release.openshift.io/architecture': 'multi' },
        keepManifestList: true,
        anyVersion: true,
      },
    );
    // Blobs differ, because Go's deflate is not zlib: of the manifests all but digests and sizes is compared.
    const masked = (bytes: Uint8Array | undefined): string =>
      Buffer.from(bytes ?? [])
        .toString()
        .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')
        .replace(/("size": )\d+/g, '$1N');
    const list = await golden.resolve('127.0.0.1:5099/multi/release').manifest('4.99.20');
    assert.equal(masked(made.platforms?.list.manifest), masked(list.bytes));
    assert.equal(masked(made.platforms?.members[0]?.release.manifest), masked(release.image.rawManifest));
  });

  it('release new finds manifests in any layer, where oc finds none', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const options = { name: '4.99.7', creationTimestamp: new Date(0), resolve: golden.resolve, anyVersion: true };
    const made = await preparePayload({ imageStream: golden.stream('is-ml.json') }, options);
    assert.ok(made.files.some(({ name }) => name.includes('second-operator')));
  });

  it('release new makes a docker image of an OCI base', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const options = { name: '4.99.8', creationTimestamp: new Date(0), resolve: golden.resolve, anyVersion: true };
    const made = await preparePayload({ imageStream: golden.stream('is-oci.json') }, options);
    const { layers, mediaType } = JSON.parse(Buffer.from(made.image.manifest).toString());
    for (const type of [mediaType, ...layers.map((layer: { mediaType: string }) => layer.mediaType)])
      assert.match(type, /^application\/vnd\.docker\./);
  });

  it('release new reports an excluded component that an operator needs, as oc words it', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const options = { name: VERSION, creationTimestamp: new Date(0), resolve: golden.resolve };
    const input = { imageStream: golden.stream('is.json') };
    await assert.rejects(preparePayload(input, { ...options, exclude: ['hyperkube'] }), {
      code: 'PAYLOAD_COMPONENT_UNKNOWN',
      message:
        'operator "example-operator" contained an invalid image-references file: no input image tag named "hyperkube"',
    });
    await assert.rejects(preparePayload(input, { ...options, exclude: ['cluster-version-operator'] }), {
      message:
        'the base image tag "cluster-version-operator" could not be found in the input, cannot build a release image',
    });
  });

  it('release info, in every form', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const release = await golden.load(RELEASE, VERSION);
    const info = payloadInfo(release);
    assert.equal(formatInfo(info), golden.output('info.txt'));
    assert.equal(formatInfo(info, 'pullspecs'), golden.output('info-pullspecs.txt'));
    assert.equal(formatInfo(info, 'commits'), golden.output('info-commits.txt'));
    assert.equal(formatInfo(info, 'commit-urls'), golden.output('info-commit-urls.txt'));
    assert.equal(formatInfoJson(info), golden.output('info-json.txt'));
    assert.equal(Buffer.from(formatContents(info)).toString(), golden.output('info-contents.txt'));
    for (const output of ['name', 'digest', 'pullspec'] as const)
      assert.equal(formatList(info, output), golden.output(`info-${output}.txt`));
    assert.equal(`${imageFor(release, 'cli')}\n`, golden.output('info-image-for.txt'));
    assert.throws(() => imageFor(release, 'nope'), {
      message: `no image tag "nope" exists in the release image ${RELEASE}:${VERSION}`,
    });
    await loadComponents(release, golden);
    assert.equal(formatVerified(info), golden.output('info-verify.txt'));
    // ages are volatile; the recording was made the same day
    const images = await loadComponents(release, golden);
    assert.equal(formatInfoSizes(info, images, new Date('2026-11-23T03:00:00Z')), golden.output('info-size.txt'));
  });

  it('release info of manifest lists and OCI images', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const list = '127.0.0.1:5099/multi/release';
    const multi = await golden.load(list, '4.99.20');
    assert.equal(formatInfo(payloadInfo(multi)), golden.output('multi-info.txt'));
    assert.equal(
      formatInfo(payloadInfo(await golden.load(list, '4.99.20', 'arm64'))),
      golden.output('multi-info-arm.txt'),
    );
    const images = await loadComponents(multi, golden);
    assert.equal(
      formatInfoSizes(payloadInfo(multi), images, new Date('2026-11-23T03:00:00Z')),
      golden.output('multi-info-size.txt'),
    );
    assert.equal(formatInfo(payloadInfo(await golden.load(RELEASE, '4.99.8'))), golden.output('oci-info.txt'));
  });

  it('release info of two releases', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const compare = async (name: string, from: string, to: string) =>
      diffPayloads(await golden.load(name, from), await golden.load(name, to));
    const large = await compare('127.0.0.1:5099/cl/release', '4.99.10', '4.99.11');
    // "Created: 0s 0s": compared within the second
    const now = new Date('2026-11-23T03:01:11Z');
    assert.equal(formatDiff(large, now), golden.output('cl-diff.txt'));
    assert.equal(formatDiff(large, now, { commits: true }), golden.output('cl-diff-commits.txt'));
    const small = await compare(RELEASE, '4.99.4', '4.99.5');
    assert.equal(formatDiff(small, new Date('2026-11-23T02:55:03Z')), golden.output('info-diff.txt'));
    assert.equal(formatDiffJson(small), golden.output('info-diff-json.txt'));
    assert.equal(formatDiff(await compare(RELEASE, '4.99.4', '4.99.4'), now), 'Releases are identical\n');
  });

  it('release extract --tools: the same archives with the same programs', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const files = await extractTools(await golden.load(RELEASE, VERSION), golden);
    const names = golden.folder;
    for (const archive of [
      'ccoctl-linux',
      'openshift-client-linux',
      'openshift-client-linux-amd64-rhel8',
      'openshift-client-linux-amd64-rhel9',
      'openshift-install-linux',
    ]) {
      const name = `${archive}-${VERSION}.tar.gz`;
      const mine = files.find((file) => file.name === name);
      assert.ok(mine, name);
      const strip = (entries: Awaited<ReturnType<typeof readTarGz>>) =>
        entries.filter((entry) => entry.name !== 'README.md');
      assert.deepEqual(
        strip(await readTarGz(mine.bytes)),
        strip(await readTarGz(readFileSync(`${names}outputs/tools/${name}`))),
      );
    }
    const text = Buffer.from(files.find(({ name }) => name === 'release.txt')?.bytes ?? []).toString();
    const theirs = readFileSync(`${names}outputs/release.txt`, 'utf8');
    assert.equal(text.slice(text.indexOf('Name:')), theirs.slice(theirs.indexOf('Name:')));
  });

  it('the linter finds what oc left behind', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const options = { resolve: golden.resolve, at: new Date('2026-11-23T04:00:00Z') };
    const findings = lintFacts(await gatherFacts(await golden.load(RELEASE, VERSION), options));
    const errors = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ rule, place }) => [rule, place.file, place.line]);
    assert.deepEqual(errors, [
      ['I106', 'image-references', undefined],
      ['M209', '0000_50_example-operator_02_deployment.yaml', 8],
      ['M211', '0000_50_example-operator_02_deployment.yaml', 17],
      ['M211', '0000_50_example-operator_02_deployment.yaml', 25],
      // what oc's substitution passes by: before ":v4.0", in a list, behind a line break, of another host
      ['M212', '0000_50_example-operator_02_deployment.yaml', 17],
      ['M212', '0000_50_example-operator_02_deployment.yaml', 19],
      ['M212', '0000_50_example-operator_02_deployment.yaml', 20],
      ['M212', '0000_50_example-operator_02_deployment.yaml', 22],
    ]);
    const oci = lintFacts(await gatherFacts(await golden.load(RELEASE, '4.99.8'), options));
    assert.ok(oci.some(({ rule, severity }) => rule === 'P005' && severity === 'error'));
  });
});
