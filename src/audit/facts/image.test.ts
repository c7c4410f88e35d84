import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ImageSource } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { factsOf, RPMDB, rpmdbFiles, rpmdbLayer, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer, rawLayer, type TestLayer } from '../testing/image.ts';
import { makeHeader, makeRpmdb } from '../testing/rpm.ts';
import { directoryCache, memoryCache } from './cache.ts';
import { auditImage, auditImages } from './image.ts';

const BASH = { name: 'bash', vendor: 'Open Test Project', buildHost: 'b1.open.test' } as const;

async function only(files: Parameters<typeof makeLayer>[0]) {
  const source = new MemorySource();
  const [facts] = await factsOf(source, { one: [makeLayer(files)] });
  const layer = facts?.layers[0]?.facts;
  assert.ok(layer);
  return layer;
}

describe('facts of a layer', () => {
  it('has packages with vendor, build host, key ids, digest and a verified signature', async () => {
    const { open } = await testKeys();
    const layer = await only(await rpmdbFiles([{ ...BASH, signer: open }]));
    const [copy] = layer.rpmdbs;
    assert.equal(copy?.path, RPMDB);
    assert.equal(copy.format, 'sqlite');
    const [pkg] = copy.packages;
    assert.equal(pkg?.nevra, 'bash-1.0-1.el9.x86_64');
    assert.equal(pkg.vendor, 'Open Test Project');
    assert.equal(pkg.buildHost, 'b1.open.test');
    assert.equal(pkg.sourceRpm, 'bash-1.0-1.el9.src.rpm');
    assert.deepEqual(pkg.keyIds, [open.keyId]);
    assert.equal(pkg.headerDigest, 'ok');
    assert.equal(pkg.signature, 'ok');
    assert.equal(pkg.signedBy?.fingerprint, open.fingerprint);
    assert.equal(pkg.installTid, 1_710_000_000);
  });

  it('finds a database by its content under any name, and through hard links of ostree objects', async () => {
    const [content] = Object.values(await rpmdbFiles([BASH]));
    assert.ok(content instanceof Buffer);
    const object = 'sysroot/ostree/repo/objects/ab/cdef.file';
    const layer = await only({
      'opt/data/cache-wal': content,
      [object]: content,
      'usr/share/rpm/rpmdb.sqlite': { link: object },
      'opt/broken.sqlite': Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(1008)]),
    });
    assert.deepEqual(
      layer.rpmdbs.map(({ path, links }) => [path, links]),
      [
        ['opt/data/cache-wal', []],
        [object, ['usr/share/rpm/rpmdb.sqlite']],
      ],
    );
    assert.deepEqual(
      layer.gaps.map(({ kind, path }) => [kind, path]),
      [['evidence', 'opt/broken.sqlite']],
      "another application's database is not taken for rpm's",
    );
    assert.deepEqual(layer.looseLinks, []);
  });

  it('reads other evidence that ostree keeps behind hard links in a second pass', async () => {
    const object = 'sysroot/ostree/repo/objects/11/22.file';
    const layer = await only({ [object]: 'ID=testos\nVERSION_ID="9"\n', 'usr/lib/os-release': { link: object } });
    assert.deepEqual(layer.osReleases, [{ path: 'usr/lib/os-release', id: 'testos', name: '', versionId: '9' }]);
    assert.deepEqual(layer.looseLinks, []);
  });

  it('applies the write-ahead log and says what it changes', async () => {
    const headers = await Promise.all([BASH, { ...BASH, name: 'zlib' }].map(makeHeader));
    const { main, log } = makeRpmdb(headers.slice(0, 1), headers.slice(1));
    assert.ok(log);
    const layer = await only({ [RPMDB]: main, [`${RPMDB}-wal`]: log });
    assert.deepEqual(
      layer.rpmdbs[0]?.packages.map(({ name }) => name),
      ['bash', 'zlib'],
    );
    assert.deepEqual(layer.rpmdbs[0]?.logChanges, ['+zlib-1.0-1.el9.x86_64']);
  });

  it('records as a gap what it can not read', async () => {
    const { main, log } = makeRpmdb([await makeHeader(BASH)], [await makeHeader(BASH)]);
    assert.ok(log);
    const hostile = Buffer.from(main);
    hostile.fill(0xff, 100, 140);
    const cases: [string, Parameters<typeof makeLayer>[0], string][] = [
      ['truncated', { [RPMDB]: main.subarray(0, main.length - 4096) }, 'rpmdb'],
      ['lying b-tree', { [RPMDB]: hostile }, 'rpmdb'],
      ['not a database at all', { [RPMDB]: 'packages? none!' }, 'rpmdb'],
      ['empty', { [RPMDB]: '' }, 'rpmdb'],
      ['log without its database', { [`${RPMDB}-wal`]: log }, 'rpmdb'],
      ['content manifest', { 'root/buildinfo/content_manifests/x.json': '{' }, 'evidence'],
    ];
    for (const [what, files, kind] of cases) {
      const layer = await only(files);
      assert.deepEqual(
        layer.gaps.map((gap) => gap.kind),
        [kind],
        what,
      );
      assert.equal(layer.rpmdbs.length, 0, what);
    }
  });

  it('collects os-release, repositories, content manifests, Dockerfiles and certificates, never a private key', async () => {
    const layer = await only({
      'etc/os-release': 'NAME="Test OS"\nID="testos"\nVERSION_ID=9\n',
      'etc/yum.repos.d/a.repo':
        '[open-base]\nbaseurl=https://open.test/a\n  https://open.test/b\ngpgcheck=0\n\n[off]\nenabled=0\n',
      'root/buildinfo/content_manifests/a.json': '{"metadata":{"image_layer_index":2},"content_sets":["b","a"]}',
      'root/buildinfo/Dockerfile-a-1-1': 'FROM base@sha256:1\nLABEL vendor="V W" \\\n  name=x\n',
      'etc/pki/entitlement/1-key.pem': '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
      'etc/pki/entitlement-host': { link: 'run/secrets/none' },
    });
    assert.deepEqual(layer.osReleases, [{ path: 'etc/os-release', id: 'testos', name: 'Test OS', versionId: '9' }]);
    assert.deepEqual(layer.repositories, [
      {
        path: 'etc/yum.repos.d/a.repo',
        id: 'open-base',
        urls: ['https://open.test/a', 'https://open.test/b'],
        enabled: true,
        gpgcheck: false,
        sslverify: true,
      },
      { path: 'etc/yum.repos.d/a.repo', id: 'off', urls: [], enabled: false, gpgcheck: true, sslverify: true },
    ]);
    assert.deepEqual(layer.contentManifests[0]?.contentSets, ['a', 'b']);
    assert.equal(layer.contentManifests[0].layerIndex, 2);
    assert.deepEqual(layer.dockerfiles[0], {
      path: 'root/buildinfo/Dockerfile-a-1-1',
      from: ['base@sha256:1'],
      labels: { vendor: 'V W', name: 'x' },
    });
    assert.equal(layer.certificates[0]?.kind, 'entitlement');
    assert.equal(layer.certificates[0].privateKey, true);
    assert.doesNotMatch(JSON.stringify(layer), /c2VjcmV0/);
  });
});

describe('auditing images', () => {
  it('extracts a shared layer once, also when images are audited concurrently and one by one', async () => {
    const keyring = parseKeyring([]);
    const base = await rpmdbLayer([BASH], 'base');
    const source = new MemorySource();
    const images = ['a', 'b', 'c', 'd'].map((name) => ({ name, layer: makeLayer({ [name]: name }) }));
    const references = images.map(({ name, layer }) => ({ name, source, reference: source.add([base, layer]) }));
    await auditImages(references, { keyring });
    assert.equal(source.reads.get(base.digest), 1);
    const cache = memoryCache();
    await Promise.all(references.map(({ name, reference }) => auditImage(source, reference, { keyring, name, cache })));
    assert.equal(source.reads.get(base.digest), 2);
  });

  it('keeps facts in a folder, makes damaged ones anew, and does not take those of another keyring', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slipway-facts-'));
    try {
      const { open } = await testKeys();
      const layer = await rpmdbLayer([{ ...BASH, signer: open }], 'base');
      const source = new MemorySource();
      const reference = source.add([layer]);
      const audit = (keyring = parseKeyring([open.publicKey])) =>
        auditImage(source, reference, { keyring, name: 'a', cache: directoryCache(dir) });
      const first = await audit();
      assert.deepEqual(await audit(), first);
      assert.equal(source.reads.get(layer.digest), 1, 'the second audit reads no layer');

      const [name] = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith('.facts'));
      assert.ok(name);
      const file = join(dir, name);
      const good = await readFile(file, 'utf8');
      for (const damaged of ['', good.slice(0, -7), good.replace('Open Test', 'Shut Test'), `${good.slice(0, 65)}{}`]) {
        await writeFile(file, damaged);
        assert.deepEqual(await audit(), first);
        assert.equal(await readFile(file, 'utf8'), good, 'the entry is whole again');
      }

      const other = await audit(parseKeyring([]));
      assert.equal(other.layers[0]?.facts.rpmdbs[0]?.packages[0]?.signature, 'no-key');
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('takes a layer that it could not read whole for a gap, and reads the others', async () => {
    const keyring = parseKeyring([]);
    const source = new MemorySource();
    const cache = memoryCache();
    const base = await rpmdbLayer([BASH], 'base');
    const whole = await rpmdbLayer([{ ...BASH, name: 'zlib' }], 'other');
    const noArchive = rawLayer(Buffer.alloc(700, 'x'));
    const cases: [string, readonly TestLayer[], RegExp][] = [
      ['truncated', [base], /^OCI_(BLOB|LAYER)_TRUNCATED$/],
      ['a false diffID', [{ ...whole, diffId: base.diffId }], /^OCI_DIGEST_MISMATCH$/],
      ['no archive', [noArchive], /^OCI_LAYER_INVALID$/],
    ];
    const images = [
      ...cases.map(([name, layers]) => ({ name, source, reference: source.add([...layers]) })),
      { name: 'good', source, reference: source.add([whole]) },
    ];
    source.spoil(base.digest, base.bytes.subarray(0, base.bytes.length - 20));
    for (const deep of [false, true]) {
      const facts = await auditImages(images, { keyring, cache, deep });
      for (const [index, [name, layers, code]] of cases.entries()) {
        const found = facts[index]?.layers[0]?.facts;
        assert.ok(found);
        const { gaps, files, rpmdbs } = found;
        assert.deepEqual(
          [gaps.map(({ kind, path }) => [kind, path]), rpmdbs],
          [[['layer', layers[0]?.digest]], []],
          name,
        );
        assert.match(gaps[0]?.code ?? '', code, name);
        assert.deepEqual(files, deep ? [] : null);
      }
      const good = facts.at(-1)?.layers[0]?.facts;
      assert.deepEqual([good?.gaps, good?.rpmdbs[0]?.packages[0]?.name], [[], 'zlib']);
    }
    assert.equal(await cache.get(base.digest), undefined, 'it may be whole the next time');
  });

  it('judges nothing while it can not be told whether layers are there', async () => {
    const source = new MemorySource();
    const layer = await rpmdbLayer([BASH], 'base');
    const reference = source.add([layer]);
    const away: ImageSource = {
      name: source.name,
      manifest: (selector) => source.manifest(selector),
      blob: (descriptor) =>
        descriptor.digest === layer.digest
          ? Promise.reject(new SlipwayError('OCI_REGISTRY_UNREACHABLE', 'the registry does not answer.'))
          : source.blob(descriptor),
    };
    await assert.rejects(auditImage(away, reference, { keyring: parseKeyring([]), name: 'a' }), {
      code: 'OCI_REGISTRY_UNREACHABLE',
    });
  });
});
