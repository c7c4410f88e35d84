// Kept facts through a registry: what comes out serves an audit that can read no layer, and nothing that lies gets in.
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type ArtifactBlob,
  artifactBlob,
  type ImageTarget,
  loadArtifact,
  putArtifact,
  RegistryClient,
  type Repository,
} from '../../oci/index.ts';
import { debianRegistry } from '../../oci/testing/debian-registry.ts';
import { failsWith, lacks } from '../../oci/testing/fakes.ts';
import { type Cleanup, scratch, serve } from '../../oci/testing/images.ts';
import { parseKeyring } from '../../rpm/index.ts';
import { directoryCache } from '../facts/cache.ts';
import { auditImages } from '../facts/image.ts';
import { rpmdbFiles, testKeys } from '../testing/audit.ts';
import { MemorySource, makeLayer, type TestLayer } from '../testing/image.ts';
import { FACTS_ARTIFACT, FACTS_BLOB } from './blobs.ts';
import { pullFacts } from './pull.ts';
import { pushFacts } from './push.ts';

/** Images whose layers can be read, or whose layers throw. */
class Images extends MemorySource {
  readonly #closed: ReadonlySet<string>;

  constructor(closed: readonly TestLayer[] = []) {
    super();
    this.#closed = new Set(closed.map(({ digest }) => digest));
  }

  override async blob(descriptor: Parameters<MemorySource['blob']>[0]) {
    assert.ok(!this.#closed.has(descriptor.digest), `layer ${descriptor.digest} was read`);
    return await super.blob(descriptor);
  }
}

const vendor = 'Open Test Project';
let made: Promise<readonly [TestLayer, TestLayer, TestLayer]> | undefined;
function layers() {
  made ??= (async () => {
    const { open } = await testKeys();
    const bash = { name: 'bash', vendor, signer: open };
    return [
      makeLayer({ ...(await rpmdbFiles([bash])), 'usr/bin/bash': 'bash' }, 'base'),
      makeLayer({ ...(await rpmdbFiles([bash, { name: 'zlib', vendor }])), 'etc/os-release': 'ID=scos\n' }, 'RUN dnf'),
      makeLayer({ 'opt/own': 'own' }, 'COPY own'),
    ] as const;
  })();
  return made;
}

async function audit(dir: string, closed: boolean, deep = true) {
  const [base, more, own] = await layers();
  const source = new Images(closed ? [base, more, own] : []);
  const images = { one: [base, more], two: [base, own] };
  return await auditImages(
    Object.entries(images).map(([name, of]) => ({ name, source, reference: source.add(of) })),
    { keyring: parseKeyring([(await testKeys()).open.publicKey]), cache: directoryCache(dir), deep },
  );
}

/** A folder that an audit filled. */
async function filled(t: Cleanup, deep = true): Promise<string> {
  const dir = await scratch(t);
  await audit(dir, false, deep);
  return dir;
}

/** Every file of a folder with its content. */
async function contentOf(dir: string): Promise<Record<string, string>> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(dir.length), await readFile(path, 'utf8')] as const)),
  );
}

/** Counts the blobs that are really sent. */
function counting(target: ImageTarget): { target: ImageTarget; sent: () => number } {
  let sent = 0;
  const putBlob: ImageTarget['putBlob'] = async (...args) => {
    sent += 1;
    await target.putBlob(...args);
  };
  return {
    sent: () => sent,
    target: {
      name: target.name,
      hasBlob: (digest) => target.hasBlob(digest),
      mountBlob: (digest, from) => target.mountBlob(digest, from),
      putManifest: (tag, mediaType, bytes) => target.putManifest(tag, mediaType, bytes),
      putBlob,
    },
  };
}

async function roundTrip(t: Cleanup, repository: Repository): Promise<void> {
  const dir = await filled(t);
  const first = counting(repository);
  const pushed = await pushFacts(dir, first.target, 'v1');
  assert.deepEqual({ ...pushed, digest: '' }, { digest: '', layers: 3, packages: 2, left: 0 });
  const { manifest } = await loadArtifact(repository, 'v1', FACTS_ARTIFACT);
  assert.equal(first.sent(), manifest.layers.length + 1, 'all blobs, and the empty one');

  const there = join(await scratch(t), 'new/folder');
  const pulled = await pullFacts(repository, pushed.digest, there);
  assert.deepEqual(pulled, { digest: pushed.digest, layers: 3, packages: 2, kept: 0, otherVersion: 0 });
  assert.deepEqual(await contentOf(there), await contentOf(dir), 'file by file, and nothing else');
  assert.deepEqual(await audit(there, true), await audit(dir, true));

  const second = counting(repository);
  assert.equal(
    (await pushFacts(there, second.target, 'again')).digest,
    pushed.digest,
    'the same facts, the same artifact',
  );
  assert.equal(second.sent(), 0);
  const again = await pullFacts(repository, 'again', there);
  assert.deepEqual(again, { digest: pushed.digest, layers: 0, packages: 0, kept: 5, otherVersion: 0 });
}

describe('kept facts', () => {
  it('come out of the embedded registry as they went in, and spare the reading of layers', async (t) => {
    const { host } = await serve(t, await scratch(t));
    await roundTrip(t, new RegistryClient().repository(`${host}/okd/facts`));
  });

  it("come out of Debian's docker-registry", { skip: lacks('docker-registry') }, async (t) => {
    const host = await debianRegistry(t);
    await roundTrip(t, new RegistryClient({ backoff: 100, retries: 6 }).repository(`${host}/okd/facts`));
  });

  it('are named by layer, keyring and extractor', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/facts');
    const dir = await filled(t);
    await pushFacts(dir, repository, 'v1');
    const { manifest } = await loadArtifact(repository, 'v1', FACTS_ARTIFACT);
    const [base] = await layers();
    const blob = manifest.layers.find(({ annotations }) => annotations?.['io.okd.slipway.audit.layer'] === base.digest);
    assert.ok(blob);
    const facts = await directoryCache(dir).get(base.digest);
    assert.deepEqual(blob.annotations, {
      'io.okd.slipway.audit.layer': base.digest,
      'io.okd.slipway.audit.keyring': facts?.keyring,
      'io.okd.slipway.audit.extractor': facts?.extractor,
      'io.okd.slipway.audit.deep': 'true',
    });
    const json = zstdDecompressSync(await artifactBlob(repository, blob, 1 << 20)).toString();
    assert.deepEqual(JSON.parse(json), facts);
  });

  it('that the folder has stay, but facts with files replace those without', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/facts');
    const [deep, shallow] = [await filled(t), await filled(t, false)];
    await pushFacts(deep, repository, 'deep');
    await pushFacts(shallow, repository, 'shallow');
    const before = await contentOf(deep);
    assert.equal((await pullFacts(repository, 'shallow', deep)).kept, 3);
    assert.deepEqual(await contentOf(deep), before);
    const other = join(await scratch(t), 'other');
    assert.equal((await pullFacts(repository, 'shallow', other)).layers, 3);
    assert.equal((await pullFacts(repository, 'shallow', other)).kept, 3);
    const kept = directoryCache(other);
    for (const layer of await kept.layers()) {
      const facts = await kept.get(layer);
      assert.ok(facts);
      await kept.put(layer, { ...facts, keyring: 'of this folder' });
    }
    assert.equal((await pullFacts(repository, 'deep', other)).layers, 0, 'another keyring is no reason to replace');
    assert.equal((await pullFacts(repository, 'deep', shallow)).layers, 3);
    assert.deepEqual(await contentOf(shallow), before);
    await audit(shallow, true);
  });

  it('that are damaged or of another version are left out, and told', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/facts');
    const dir = await filled(t);
    const cache = directoryCache(dir);
    const [first, second] = await cache.layers();
    assert.ok(first && second);
    const facts = await cache.get(first);
    assert.ok(facts);
    await cache.put(first, { ...facts, extractor: 'slipway-audit/0' });
    const [name] = Object.keys(await contentOf(dir)).filter((path) => path.includes(second.slice(7)));
    await writeFile(join(dir, name ?? ''), 'damaged');
    const { layers: count, left } = await pushFacts(dir, repository, 'v1');
    assert.deepEqual([count, left], [1, 2]);

    await rm(dir, { recursive: true });
    await assert.rejects(pushFacts(dir, repository, 'v1'), failsWith('AUDIT_CACHE_EMPTY', /--cache/));
    const label = { layer: first, keyring: 'k', extractor: 'slipway-audit/0', deep: 'false' };
    await putArtifact(repository, artifact([blobOf('what another version understands', label)]), 'other');
    assert.equal((await pullFacts(repository, 'other', dir)).otherVersion, 1);
    assert.deepEqual(await contentOf(dir), {});
  });

  it('that lie, or are something else, are refused whole', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/facts');
    const good = await filled(t);
    await pushFacts(good, repository, 'good');
    const { manifest } = await loadArtifact(repository, 'good', FACTS_ARTIFACT);
    const cache = directoryCache(good);
    const [, more, own] = await layers();
    const [facts, others] = [await cache.get(own.digest), await cache.get(more.digest)];
    assert.ok(facts && others);
    const label = { layer: own.digest, keyring: facts.keyring, extractor: facts.extractor, deep: 'true' };
    const [lists] = manifest.layers.filter(({ annotations }) => annotations?.['io.okd.slipway.audit.headers']);
    const used = manifest.layers.map(({ annotations }) => annotations?.['io.okd.slipway.audit.headers']);
    const free = ['aa', 'bb', 'cc'].find((prefix) => !used.includes(prefix));
    assert.ok(lists && free);
    const rest = manifest.layers.filter(
      ({ annotations }) => annotations?.['io.okd.slipway.audit.layer'] !== own.digest,
    );
    const packed = zstdCompressSync(Buffer.alloc(300 << 20));
    const cases: readonly (readonly [string, RegExp, (typeof rest)[number] | ArtifactBlob])[] = [
      ['AUDIT_CACHE_MISMATCH', /audit\.layer is "sha256:/, blobOf(others, label)],
      ['AUDIT_CACHE_MISMATCH', /audit\.keyring/, blobOf({ ...facts, keyring: 'other' }, label)],
      ['AUDIT_FACTS_INVALID', /rpmdbs/, blobOf({ ...facts, rpmdbs: 'none' }, label)],
      ['AUDIT_FACTS_INVALID', /not JSON/, { ...blobOf(facts, label), bytes: Buffer.from('{}') }],
      ['AUDIT_FACTS_INVALID', /not JSON/, { ...blobOf(facts, label), bytes: packed }],
      [
        'AUDIT_CACHE_FOREIGN',
        /does not say which layer/,
        blobOf({ ...facts, digest: '../../up' }, { ...label, layer: '../../up' }),
      ],
      ['AUDIT_CACHE_FOREIGN', /does not say which layer/, { ...blobOf(facts, label), annotations: {} }],
      ['AUDIT_CACHE_FOREIGN', /there twice/, lists],
      [
        'AUDIT_CACHE_MISMATCH',
        /no header that begins with/,
        { ...lists, annotations: { 'io.okd.slipway.audit.headers': free } },
      ],
    ];
    const dir = await filled(t, false);
    const before = await contentOf(dir);
    for (const [code, pattern, blob] of cases) {
      await putArtifact(repository, artifact([...rest, blob]), 'bad');
      await assert.rejects(pullFacts(repository, 'bad', dir), failsWith(code, pattern));
      assert.deepEqual(await contentOf(dir), before, `${code}: nothing of it is left`);
    }
    await putArtifact(repository, { artifactType: 'application/example', blobs: [] }, 'foreign');
    await assert.rejects(pullFacts(repository, 'foreign', join(dir, 'x')), failsWith('OCI_ARTIFACT_TYPE'));
    assert.deepEqual(await contentOf(dir), before);
  });
});

const artifact = (blobs: Parameters<typeof putArtifact>[1]['blobs']) => ({ artifactType: FACTS_ARTIFACT, blobs });

/** A blob as others may make it: any content under any label. */
function blobOf(content: unknown, label: Readonly<Record<string, string>>): ArtifactBlob {
  return {
    mediaType: FACTS_BLOB,
    bytes: zstdCompressSync(JSON.stringify(content)),
    annotations: Object.fromEntries(
      Object.entries(label).map(([name, value]) => [`io.okd.slipway.audit.${name}`, value]),
    ),
  };
}
