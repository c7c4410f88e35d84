import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadPayload } from '../info/load.ts';
import { file, pushImage, temporaryRegistry } from '../testing/images.ts';
import { goldenOutput, shared } from '../testing/shared.ts';
import { StoredRegistry } from '../testing/stored-registry.ts';
import type { Payload } from '../types.ts';
import { packageCache } from './cache.ts';
import {
  diffPackages,
  formatPackageDifference,
  formatPackageDifferenceJson,
  formatPackages,
  formatPackagesJson,
  packageVersions,
} from './diff.ts';
import { type NodePackage, nodePackages } from './read.ts';

async function recorded(t: TestContext) {
  const folder = shared(t, 'golden');
  if (folder === undefined) return undefined;
  const registry = await StoredRegistry.open(`${folder}/registry-storage.tar.gz`);
  return {
    resolve: (spec: string) => registry.repository(spec),
    load: (name: string, tag: string): Promise<Payload> => loadPayload(registry.repository(name), tag, { name }),
    output: (name: string) => goldenOutput(`${folder}/${name}`),
  };
}

/** A release whose node image has these layers. Only what is read of it. */
async function releaseWith(t: TestContext, layers: Parameters<typeof pushImage>[1]['layers'], labels = {}) {
  const registry = await temporaryRegistry(t);
  const repository = registry.repository('okd/content');
  const digest = await pushImage(repository, { layers, labels });
  const payload = {
    reference: 'test',
    imageReferences: {
      tags: [
        {
          name: 'stream-coreos',
          from: { kind: 'DockerImage', name: `localhost/okd/content@${digest}` },
          annotations: { 'io.openshift.build.versions': 'machine-os=9.0.1' },
        },
      ],
    },
  } as unknown as Payload;
  return { payload, resolve: () => repository };
}

describe('packages of the node image', () => {
  it('are what oc printed, from the summary that the image has', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const { packages, source, image } = await nodePackages(
      await golden.load('127.0.0.1:5099/okd/release', '4.99.0-0.okd-scos-2024-06-01-000000'),
      golden,
    );
    assert.deepEqual([image, source], ['stream-coreos', 'metalayer']);
    assert.equal(formatPackages(packageVersions(packages)), golden.output('info-rpmdb.txt'));
    assert.equal(formatPackagesJson(packageVersions(packages)), golden.output('info-rpmdb-json.txt'));
    const name = '127.0.0.1:5099/cl/release';
    const [from, to] = await Promise.all(
      ['4.99.10', '4.99.11'].map(async (tag) => await nodePackages(await golden.load(name, tag), golden)),
    );
    for (const compat of [true, false]) {
      const difference = diffPackages(from?.packages ?? [], to?.packages ?? [], { compat });
      assert.equal(formatPackageDifference(difference), golden.output('cl-rpmdiff.txt'));
      assert.equal(formatPackageDifferenceJson(difference), golden.output('cl-rpmdiff-json.txt'));
    }
  });

  it('are those of the RPM database where there is no summary', async (t) => {
    const path = shared(t, '../rpmdb/go-rpmdb/cbl-mariner-2.0/rpmdb.sqlite');
    if (path === undefined) return;
    const entry = { ...file('usr/share/rpm/rpmdb.sqlite', ''), content: readFileSync(path) };
    const release = await releaseWith(t, [[entry], [file('etc/x', '')]]);
    const { packages, source } = await nodePackages(release.payload, release);
    assert.equal(source, 'rpmdb');
    assert.ok(
      packages.some(({ name, version, arch }) => name === 'bash' && version.startsWith('5.1') && arch === 'x86_64'),
    );
    assert.equal(packages.filter(({ arch }) => arch !== '').length, 129);
    const none = await releaseWith(t, [[file('etc/x', '')]]);
    await assert.rejects(nodePackages(none.payload, none), { code: 'PAYLOAD_RPMDB_MISSING' });
  });

  it('can not be told of a summary that is not there or not one, or of a component that is unknown', async (t) => {
    const label = { 'io.openshift.metalayer': 'true' };
    const release = await releaseWith(t, [[file('etc/x', '')]], label);
    await assert.rejects(nodePackages(release.payload, release), { code: 'PAYLOAD_METALAYER_INVALID' });
    const odd = await releaseWith(
      t,
      [[file('usr/share/openshift/base/meta.json', '{"rpmdb.pkglist":[["a"]]}')]],
      label,
    );
    await assert.rejects(nodePackages(odd.payload, odd), { code: 'PAYLOAD_METALAYER_INVALID' });
    await assert.rejects(nodePackages(odd.payload, { ...odd, image: 'nope' }), { code: 'PAYLOAD_COMPONENT_UNKNOWN' });
  });

  it('are kept in a folder, an image a file', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-packages-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const list = '{"rpmdb.pkglist":[["bash","0","5.1","1.el9","x86_64"]]}';
    const release = await releaseWith(t, [[file('usr/share/openshift/base/meta.json', list)]], {
      'io.openshift.metalayer': 'true',
    });
    const cache = packageCache(folder);
    const first = await nodePackages(release.payload, { ...release, cache });
    const [kept = ''] = readdirSync(folder);
    assert.equal(kept, `${first.digest.replace(':', '_')}.json`);
    writeFileSync(join(folder, kept), readFileSync(join(folder, kept), 'utf8').replace('5.1', '9.9'));
    assert.equal((await nodePackages(release.payload, { ...release, cache })).packages[0]?.version, '9.9-1.el9');
    // What is not what was written is asked for again, and written again.
    for (const damaged of ['{', '{}', '{"digest":"sha256:other","image":"x","packages":[],"source":"rpmdb"}']) {
      writeFileSync(join(folder, kept), damaged);
      assert.deepEqual((await nodePackages(release.payload, { ...release, cache })).packages, first.packages);
      assert.equal(JSON.parse(readFileSync(join(folder, kept), 'utf8')).digest, first.digest);
    }
    rmSync(join(folder, kept));
    mkdirSync(join(folder, kept));
    await assert.rejects(nodePackages(release.payload, { ...release, cache }), {
      code: 'PAYLOAD_PACKAGE_CACHE_UNREADABLE',
      place: { file: join(folder, kept) },
    });
  });

  it('of several versions keep them all, where oc keeps one', () => {
    const pkg = (name: string, version: string, arch = 'x86_64'): NodePackage => ({ name, version, arch });
    const from = [
      pkg('kernel', '5.14-1'),
      pkg('kernel', '5.14-2'),
      pkg('glibc', '2.34-1'),
      pkg('glibc', '2.34-1', 'i686'),
    ];
    const to = [
      pkg('kernel', '5.14-2'),
      pkg('kernel', '5.14-3'),
      pkg('glibc', '2.34-2'),
      pkg('gpg-pubkey', 'a-1', ''),
      pkg('gpg-pubkey', 'b-1', ''),
    ];
    assert.deepEqual(diffPackages(from, to), {
      changed: [
        { name: 'glibc.x86_64', from: '2.34-1', to: '2.34-2' },
        { name: 'kernel', from: '5.14-1, 5.14-2', to: '5.14-2, 5.14-3' },
      ],
      added: [{ name: 'gpg-pubkey', version: 'a-1, b-1' }],
      removed: [{ name: 'glibc.i686', version: '2.34-1' }],
    });
    assert.deepEqual(diffPackages(from, to, { compat: true }), {
      changed: [
        { name: 'glibc', from: '2.34-1', to: '2.34-2' },
        { name: 'kernel', from: '5.14-2', to: '5.14-3' },
      ],
      added: [{ name: 'gpg-pubkey', version: 'b-1' }],
      removed: [],
    });
    assert.equal(formatPackages(packageVersions(from)).split('\n').length, 6);
    assert.equal(formatPackageDifference(diffPackages(to, to)), '');
  });
});
