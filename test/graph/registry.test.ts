// Graphs and registries: releases read from a registry of somebody else's, and the graph-data image read by skopeo and podman.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copyImage } from '../../src/oci/index.ts';
import { file, pushImage } from '../../src/payload/testing/images.ts';
import { aside, freePort, lacks, type Outcome, slipwayAside, start } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';

const V = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'];

/** A registry with two releases, a tag that is none, and a signature. */
async function withReleases(t: { after(work: () => Promise<void>): void }) {
  const registry = await servedRegistry(t);
  const repository = registry.store.repository('okd/scos-release');
  for (const [at, version] of V.entries()) {
    const metadata = {
      kind: 'cincinnati-metadata-v0',
      version,
      previous: V.slice(0, at),
      metadata: { url: 'https://okd.test' },
    };
    const layers = [[file('release-manifests/release-metadata', JSON.stringify(metadata))]];
    await copyImage(repository, await pushImage(repository, { layers }), repository, version);
  }
  const other = await pushImage(repository, { layers: [[file('etc/motd', 'hello')]] });
  for (const tag of ['latest', 'sha256-0.sig']) await copyImage(repository, other, repository, tag);
  return registry;
}

async function done(command: string, ...words: string[]): Promise<Outcome> {
  const outcome = await aside(command, words);
  assert.equal(outcome.code, 0, `${command} ${words.join(' ')}\n${outcome.stderr}`);
  return outcome;
}

async function imported(place: string, folder: string) {
  const found = await slipwayAside([
    'graph',
    'import',
    '--registry',
    place,
    '--insecure',
    '--to',
    folder,
    '--format',
    'json',
  ]);
  assert.equal(found.code, 0, found.stderr);
  const lines = (await readFile(join(folder, 'releases.jsonl'), 'utf8')).trim().split('\n');
  return {
    ...(JSON.parse(found.stdout) as { releases: number; notes: string[] }),
    lines: lines.map((line) => JSON.parse(line)),
  };
}

describe('the graph and registries', () => {
  it('import reads the releases of our registry and of Debian’s alike', {
    skip: lacks('docker-registry', 'skopeo'),
  }, async (t) => {
    const { folder, host } = await withReleases(t);
    const ours = await imported(`${host}/okd/scos-release`, join(folder, 'ours'));
    assert.equal(ours.releases, 2);
    assert.deepEqual(
      ours.lines.map(({ version, previous }) => [version, previous]),
      [
        [V[0], []],
        [V[1], [V[0]]],
      ],
    );
    assert.equal(ours.notes.length, 1);
    assert.match(ours.notes[0] ?? '', /:latest: it has no release-manifests\/release-metadata/);
    const port = await freePort();
    const config = join(folder, 'config.yml');
    await writeFile(
      config,
      `version: 0.1\nstorage: {filesystem: {rootdirectory: ${join(folder, 'debian')}}}\nhttp: {addr: '127.0.0.1:${port}'}\n`,
    );
    const debian = start(t, 'docker-registry', ['serve', config]);
    await debian.waitFor('listening on', 30);
    const theirHost = `127.0.0.1:${port}`;
    for (const tag of [...V, 'latest'])
      await done(
        'skopeo',
        'copy',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${host}/okd/scos-release:${tag}`,
        `docker://${theirHost}/okd/scos-release:${tag}`,
      );
    const theirs = await imported(`${theirHost}/okd/scos-release`, join(folder, 'theirs'));
    const moved = JSON.parse(JSON.stringify(theirs.lines).replaceAll(theirHost, host));
    assert.deepEqual(moved, ours.lines);
    // the same again is nothing new
    assert.equal((await imported(`${theirHost}/okd/scos-release`, join(folder, 'theirs'))).releases, 0);
    const nowhere = await slipwayAside([
      'graph',
      'import',
      '--registry',
      `${theirHost}/okd/nothing`,
      '--insecure',
      '--to',
      folder,
    ]);
    assert.deepEqual([nowhere.code, nowhere.stdout], [2, '']);
    assert.match(nowhere.stderr, /okd\/nothing/);
  });

  it('the graph-data image is laid on a base, as skopeo and podman read it', {
    skip: lacks('skopeo', 'podman'),
  }, async (t) => {
    const { folder, store, host } = await withReleases(t);
    const base = await pushImage(store.repository('base'), {
      layers: [[file('bin/bash', '#!'), file('bin/cp', '#!')]],
      oci: true,
    });
    const data = join(folder, 'graph-data');
    await mkdir(join(data, 'channels'), { recursive: true });
    await writeFile(join(data, 'version'), '1.1.0\n');
    await writeFile(join(data, 'channels/stable.yaml'), JSON.stringify({ name: 'stable-scos-4.21', versions: V }));
    await imported(`${host}/okd/scos-release`, folder);
    const site = join(folder, 'site');
    const compile = (...more: string[]) =>
      slipwayAside([
        'graph',
        'compile',
        '--graph-data',
        data,
        '--releases',
        join(folder, 'releases.jsonl'),
        '--to',
        site,
        ...more,
      ]);
    const compiled = await compile('--image-base', `${host}/base@${base}`);
    assert.equal(compiled.code, 0, compiled.stderr);
    const layout = `oci:${join(site, 'graph-data-image')}:latest`;
    const config = JSON.parse((await done('skopeo', 'inspect', '--config', layout)).stdout);
    assert.equal(config.config.Cmd[0], '/bin/bash');
    assert.deepEqual(config.config.Env, ['PATH=/usr/bin']);
    const inspected = JSON.parse((await done('skopeo', 'inspect', layout)).stdout);
    assert.equal(inspected.Layers.length, 2);
    const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    const archive = join(folder, 'graph-data.tar');
    await done('skopeo', 'copy', layout, `oci-archive:${archive}:latest`);
    await done('podman', ...storage, 'load', '--quiet', '-i', archive);
    const id = (await done('podman', ...storage, 'images', '--quiet', '--no-trunc')).stdout.trim();
    const [image] = JSON.parse((await done('podman', ...storage, 'image', 'inspect', id)).stdout);
    assert.deepEqual(image.RootFS.Layers, config.rootfs.diff_ids);
    const mounted = (await done('podman', ...storage, 'image', 'mount', id)).stdout.trim();
    assert.equal(await readFile(join(mounted, 'bin/cp'), 'utf8'), '#!');
    assert.match(
      await readFile(join(mounted, 'var/lib/cincinnati-graph-data/channels/stable.yaml'), 'utf8'),
      /scos\.1/,
    );
    const missing = await compile('--image-base', `${host}/base:nothing`);
    assert.deepEqual([missing.code, missing.stdout], [2, '']);
    assert.match(missing.stderr, /base:nothing/);
  });
});
