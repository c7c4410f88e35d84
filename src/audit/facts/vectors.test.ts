// Facts of real databases, content manifests and Dockerfiles (../shared/vectors/rpmdb, INDEX.md there).
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseKeyring } from '../../rpm/index.ts';
import { dockerfileCollector } from '../evidence/dockerfiles.ts';
import { COLLECTORS } from '../evidence/index.ts';
import type { LayerFacts } from '../model/facts.ts';
import { MemorySource, makeLayer, rawLayer, type TestLayer } from '../testing/image.ts';
import { auditImage } from './image.ts';

const VECTORS = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors');
const skip = existsSync(VECTORS) ? false : '../shared is not here';
const vector = (...path: string[]): Buffer => readFileSync(join(VECTORS, 'rpmdb', ...path));

const keyring = () => {
  const folder = join(VECTORS, 'policy', 'keys');
  return parseKeyring(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
};

async function factsOf(layer: TestLayer, keys = parseKeyring([])): Promise<LayerFacts> {
  const source = new MemorySource();
  const facts = await auditImage(source, source.add([layer]), { name: 'vector', keyring: keys });
  assert.ok(facts.layers[0]);
  return facts.layers[0].facts;
}

describe('real databases in a layer', { skip }, () => {
  it('are found under any path, with vendor, key and signature', async () => {
    const keys = keyring();
    const facts = await factsOf(
      makeLayer({
        'mnt/rootfs/var/lib/rpm/Packages': vector('go-rpmdb', 'libuuid', 'Packages'),
        'usr/lib/sysimage/rpm/Packages.db': vector('go-rpmdb', 'sle15-bci', 'Packages.db'),
        'srv/moved.bin': vector('go-rpmdb', 'cbl-mariner-2.0', 'rpmdb.sqlite'),
        'srv/big.bin': vector('made-bdb', 'Packages-bigendian'),
      }),
      keys,
    );
    // Microsoft's and SUSE's public keys are not among the vectors; where they are, every signature must verify.
    const state = (keyId: string) => [keys.withId(keyId).length > 0 ? 'ok ok' : 'ok no-key'];
    const found = facts.rpmdbs.map(({ path, format, packages }) => {
      const [pkg] = packages;
      const states = new Set(packages.map(({ headerDigest, signature }) => `${headerDigest} ${signature}`));
      return [path, format, packages.length, [...states], pkg?.vendor, pkg?.keyIds[0]];
    });
    assert.deepEqual(found, [
      ['mnt/rootfs/var/lib/rpm/Packages', 'bdb', 1, ['ok ok'], 'Red Hat, Inc.', '199e2f91fd431d51'],
      ['srv/big.bin', 'bdb', 20, state('0cd9fed33135ce90'), 'Microsoft Corporation', '0cd9fed33135ce90'],
      ['srv/moved.bin', 'sqlite', 129, state('0cd9fed33135ce90'), 'Microsoft Corporation', '0cd9fed33135ce90'],
      [
        'usr/lib/sysimage/rpm/Packages.db',
        'ndb',
        35,
        state('70af9e8139db7c82'),
        'SUSE LLC <https://www.suse.com/>',
        '70af9e8139db7c82',
      ],
    ]);
    assert.deepEqual(facts.gaps, []);
  });

  it('are read with the write-ahead log that other scanners leave out', async () => {
    const path = 'var/lib/rpm/rpmdb.sqlite';
    const [main, log] = [vector('made-wal', 'rpmdb.sqlite'), vector('made-wal', 'rpmdb.sqlite-wal')];
    const facts = await factsOf(makeLayer({ [path]: main, [`${path}-wal`]: log }));
    assert.equal(facts.rpmdbs[0]?.packages.length, 85);
    const added = facts.rpmdbs[0].logChanges.filter((change) => change.startsWith('+')).length;
    assert.equal(2 * added - facts.rpmdbs[0].logChanges.length, 35, 'packages more than without the log');
  });

  it("are told from other applications' databases", async () => {
    const facts = await factsOf(
      makeLayer({ 'var/lib/dnf/history.sqlite': vector('claircore', 'dnf4', 'history.sqlite') }),
    );
    assert.deepEqual([facts.rpmdbs, facts.gaps], [[], []]);
  });

  it('are a gap when cut off anywhere, never an empty list', async () => {
    const whole = vector('go-rpmdb', 'sle15-bci', 'Packages.db');
    for (const part of [0.2, 0.5, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      const facts = await factsOf(makeLayer({ 'var/lib/rpm/Packages.db': cut }));
      assert.equal(facts.gaps[0]?.kind, 'rpmdb', String(part));
    }
  });
});

describe('real evidence in a layer', { skip }, () => {
  const layer = (name: string) => factsOf(rawLayer(vector('claircore', 'layers', name)));

  it('content manifests under /root/buildinfo and /usr/share/buildinfo', async () => {
    const sets = ['content-set-1', 'content-set-2'];
    const facts = await layer('layer-with-embedded-cs.tar');
    const path = 'root/buildinfo/content_manifests/foo-1.1-2.json';
    assert.deepEqual(facts.contentManifests, [{ path, contentSets: sets, layerIndex: null, fromDnfHint: false }]);
    const node = await layer('rhcos-layer-with-embedded-cs.tar');
    assert.deepEqual(node.contentManifests[0]?.path, 'usr/share/buildinfo/foo-1.1-2.json');
  });

  it('a content manifest that is no JSON is a gap', async () => {
    const facts = await layer('layer-with-invalid-content-manifests-json.tar');
    assert.deepEqual(
      facts.gaps.map(({ kind }) => kind),
      ['evidence'],
    );
  });

  it('os-release of real systems', () => {
    const collector = COLLECTORS.find(({ sort }) => sort === 'osReleases');
    assert.deepEqual(collector?.read('etc/os-release', vector('claircore', 'release', 'os-release-9')), [
      { path: 'etc/os-release', id: 'rhel', name: 'Red Hat Enterprise Linux', versionId: '9.0' },
    ]);
  });

  it('labels of Dockerfiles', () => {
    const folder = join(VECTORS, 'rpmdb', 'claircore', 'dockerfiles');
    for (const name of readdirSync(folder).filter((file) => !file.includes('.want') && !file.includes('Invalid'))) {
      const [facts] = dockerfileCollector.read(name, vector('claircore', 'dockerfiles', name));
      const want = JSON.parse(readFileSync(join(folder, `${name}.want`), 'utf8'));
      assert.deepEqual(facts?.labels, want, name);
    }
  });
});
