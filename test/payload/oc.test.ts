// The real oc reads, copies and rebuilds what Slipway makes, and Slipway what oc copied. Runs where OC names an oc.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadPayload, reproducePayload } from '../../src/payload/index.ts';
import { file } from '../../src/payload/testing/images.ts';
import { aside, type Outcome, slipwayAside } from '../support/clone.ts';
import { pushImages, servedRegistry } from '../support/registry.ts';
import { release } from '../support/release.ts';

const VERSION = '4.21.0-okd-scos.7';
const OC = process.env.OC;

describe('the real oc', { skip: OC === undefined ? 'there is no oc; name one in OC' : false }, () => {
  it('takes what we make, and we take what it makes of it', async (t) => {
    const registry = await servedRegistry(t);
    const { folder, host, store } = registry;
    const { stream } = await pushImages(registry);
    await writeFile(join(folder, 'stream.json'), stream);
    const release = `${host}/okd/release:${VERSION}`;
    const args = [
      '-f',
      join(folder, 'stream.json'),
      '--reference-mode',
      'source',
      '--name',
      VERSION,
      '--to-image',
      release,
    ];
    const made = await slipwayAside(['payload', 'new', ...args], { SOURCE_DATE_EPOCH: '1790000000' });
    assert.equal(made.code, 0, made.stderr);
    const digest = made.stdout.split(' ')[0] ?? '';
    const oc = async (...words: string[]): Promise<Outcome> => {
      const done = await aside(OC ?? '', words, { HOME: folder, KUBECONFIG: '/dev/null' });
      assert.equal(done.code, 0, `${words.join(' ')}\n${done.stderr}`);
      return done;
    };

    const info = JSON.parse((await oc('adm', 'release', 'info', '--insecure', release, '-o', 'json')).stdout);
    assert.equal(info.digest, digest);
    assert.equal(info.references.spec.tags.length, 3);
    const extracted = join(folder, 'extracted');
    await oc('adm', 'release', 'extract', '--insecure', `--to=${extracted}`, release);
    assert.ok((await readdir(extracted)).includes('0000_20_etcd_01.yaml'));
    const root = join(folder, 'root');
    await mkdir(root);
    await oc('image', 'extract', '--insecure', release, '--path', `/release-manifests/:${root}`, '--confirm');
    const payload = await loadPayload(store.repository('okd/release'), VERSION);
    for (const { name, bytes } of payload.files) assert.deepEqual(await readFile(join(root, name)), Buffer.from(bytes));

    const next = `${host}/okd/next:4.21.0-okd-scos.8`;
    await oc(
      'adm',
      'release',
      'new',
      '--insecure',
      '--from-release',
      release,
      '--name',
      '4.21.0-okd-scos.8',
      '--to-image',
      next,
    );
    const rebuilt = await loadPayload(store.repository('okd/next'), '4.21.0-okd-scos.8');
    const again = await reproducePayload(rebuilt, { resolve: () => store.repository('okd/content') });
    assert.deepEqual([again.equal, again.differences], [true, []]);

    // Each reads the folder that the other made.
    const ours = join(folder, 'ours');
    assert.equal((await slipwayAside(['payload', 'mirror', release, '--to-dir', ours])).code, 0);
    const tag = `${VERSION}-x86_64`;
    await oc(
      'image',
      'mirror',
      '--insecure',
      `--from-dir=${ours}`,
      `file://openshift/release:${tag}*`,
      `${host}/from/ours`,
    );
    assert.equal((await loadPayload(store.repository('from/ours'), tag)).digest, digest);
    await oc('adm', 'release', 'mirror', '--insecure', release, `--to=${host}/by/oc`);
    assert.equal((await loadPayload(store.repository('by/oc'), tag)).digest, digest);
    const theirs = join(folder, 'theirs');
    const words = ['image', 'mirror', '--insecure', `--dir=${theirs}`];
    await oc(...words, release, `file://openshift/release:${tag}`);
    for (const { name, pullSpec } of payload.images)
      await oc(...words, pullSpec, `file://openshift/release:${tag}-${name}`);
    const back = await slipwayAside(['payload', 'mirror', '--from-dir', theirs, '--to', `${host}/from/theirs`]);
    assert.equal(back.code, 0, back.stderr);
    assert.equal((await loadPayload(store.repository('from/theirs'), tag)).digest, digest);
  });

  it('makes a release of one that records --include: it prunes what we kept, and we take that too', async (t) => {
    const registry = await servedRegistry(t);
    const { folder, host, store } = registry;
    const { reference } = await release(registry, { kept: { layers: [[file('kept', 'x')]] } });
    const next = `${host}/okd/next:4.21.0-okd-scos.8`;
    const args = ['--from-release', reference, '--name', '4.21.0-okd-scos.8', '--to-image', next];
    const env = { HOME: folder, KUBECONFIG: '/dev/null' };
    const theirs = await aside(OC ?? '', ['adm', 'release', 'new', '--insecure', ...args], env);
    assert.equal(theirs.code, 0, theirs.stderr);
    const made = await loadPayload(store.repository('okd/next'), '4.21.0-okd-scos.8');
    assert.equal(made.metadata.metadata['slipway.okd.io/include'], 'kept');
    assert.ok(!made.images.some(({ name }) => name === 'kept'));
    const note = /warning: The release records that "kept" is kept, but another tool left it out\./;
    const again = await slipwayAside(['payload', 'reproduce', next]);
    assert.match(again.stdout, /^equal/, again.stderr);
    assert.match(again.stderr, note);
    const onTop = ['--from-release', next, '--name', '4.21.0-okd-scos.9', '--dry-run'];
    const ours = await slipwayAside(['payload', 'new', ...onTop]);
    assert.deepEqual([ours.code, note.test(ours.stderr)], [0, true], ours.stderr);
    const asked = await slipwayAside(['payload', 'new', ...onTop, '--include', 'kept']);
    assert.deepEqual([asked.code, /--include: the release has no component "kept"/.test(asked.stderr)], [2, true]);
  });

  it('prints the times of images as we do, to the nanosecond and in their own zone', async (t) => {
    const registry = await servedRegistry(t);
    const times = [
      '2026-11-28T12:40:26.940215253Z',
      '2026-11-28T12:40:26.500Z',
      '2026-11-28T12:40:26.25+02:00',
      '2026-11-28T12:40:26+00:00',
      '2026-11-28T12:40:26.1234567899Z',
      null,
    ];
    const images = Object.fromEntries(
      times.map((created, index) => [`timed-${index}`, { created, layers: [[file(`timed-${index}`, 'x')]] }]),
    );
    const { reference } = await release(registry, images);
    for (const flags of [['--include-images'], ['--size'], []]) {
      const args = [...flags, '-o', 'json', reference];
      const ours = await slipwayAside(['payload', 'info', ...args]);
      const env = { HOME: registry.folder, KUBECONFIG: '/dev/null' };
      const theirs = await aside(OC ?? '', ['adm', 'release', 'info', '--insecure', ...args], env);
      assert.deepEqual([ours.code, theirs.code], [0, 0], ours.stderr + theirs.stderr);
      assert.equal(ours.stdout, theirs.stdout);
      assert.equal(ours.stdout.includes('"2026-11-28T12:40:26.940215253Z"'), flags.length > 0);
    }
  });
});
