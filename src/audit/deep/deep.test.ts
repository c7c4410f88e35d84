// Files of images against what their packages signed: packages that rpmbuild makes, with programs that the system has.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseKeyring, type RpmKeyring } from '../../rpm/index.ts';
import { directoryCache } from '../facts/cache.ts';
import { type AuditOptions, auditImages } from '../facts/image.ts';
import type { ImageFacts } from '../model/facts.ts';
import { BuiltRpms, rpmToolsMissing as skip } from '../testing/built-rpms.ts';
import { MemorySource, makeLayer, type TestFiles, type TestLayer } from '../testing/image.ts';

const built = new BuiltRpms();
after(() => built.remove());

const RPMDB = 'var/lib/rpm/rpmdb.sqlite';
let keyring: RpmKeyring = parseKeyring([]);
/** Layers with a package each, as dnf leaves them: its files and the database that lists it. */
const files: Record<string, TestFiles> = {};
const payload: Record<string, Record<string, Buffer>> = {};

before(() => {
  if (skip !== false) return;
  keyring = parseKeyring([Buffer.from(built.key('Deep'))]);
  for (const [name, program] of [
    ['tool', '/usr/bin/true'],
    ['other', '/usr/bin/false'],
  ] as const) {
    copyFileSync(program, built.path(`${name}.bin`));
    const file = built.build({
      name,
      vendor: 'Deep',
      signer: 'Deep',
      install: [
        `mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/doc/${name} %{buildroot}/usr/lib64 %{buildroot}/var/log`,
        `install -m 755 ${built.path(`${name}.bin`)} %{buildroot}/usr/bin/${name}`,
        `echo set > %{buildroot}/etc/${name}.conf`,
        `echo doc > %{buildroot}/usr/share/doc/${name}/README`,
        `echo ${name} > %{buildroot}/usr/lib64/${name}.data`,
        `echo state > %{buildroot}/usr/lib64/${name}.state`,
        'echo shared > %{buildroot}/usr/lib64/shared',
        `ln -s ${name}.data %{buildroot}/usr/lib64/${name}.link`,
      ],
      files: [
        `/usr/bin/${name}`,
        `%config(noreplace) /etc/${name}.conf`,
        `%doc /usr/share/doc/${name}/README`,
        `/usr/lib64/${name}.data`,
        `%verify(not filedigest) /usr/lib64/${name}.state`,
        '/usr/lib64/shared',
        `/usr/lib64/${name}.link`,
        `%ghost /var/log/${name}.log`,
      ],
    });
    payload[name] = built.payload(file);
    files[name] = { ...payload[name], [RPMDB]: built.database(`db-${name}`, [file]) };
  }
});

async function audit(
  images: Readonly<Record<string, readonly TestLayer[]>>,
  options: Partial<AuditOptions> & { source?: MemorySource } = {},
): Promise<ImageFacts[]> {
  const { source = new MemorySource(), ...rest } = options;
  const references = Object.entries(images).map(([name, layers]) => ({ name, source, reference: source.add(layers) }));
  return await auditImages(references, { keyring, deep: true, ...rest });
}

const checkOf = async (layers: readonly TestFiles[]) => {
  const [image] = await audit({ a: layers.map((layer) => makeLayer(layer)) });
  const [check] = image?.files?.checks ?? [];
  assert.ok(check);
  const { pkg, ...rest } = check;
  assert.equal(pkg.signature, 'ok');
  return rest;
};

const without = (path: string): TestFiles =>
  Object.fromEntries(Object.entries(files.tool ?? {}).filter(([name]) => name !== path));

describe('files of a package', { skip }, () => {
  it('match what was signed: links, configuration, ghosts and changing files do not count', async () => {
    const match = { state: 'match', reason: '', changed: [] };
    assert.deepEqual(await checkOf([files.tool ?? {}]), { ...match, compared: 4, absent: 0 });
    const changing = { 'etc/tool.conf': 'other', 'usr/lib64/tool.state': 'other', 'var/log/tool.log': 'x' };
    assert.deepEqual(await checkOf([{ ...files.tool, ...changing }]), { ...match, compared: 4, absent: 0 });
    assert.deepEqual(await checkOf([without('usr/share/doc/tool/README')]), { ...match, compared: 3, absent: 1 });
  });

  it('differ as soon as one byte does, in whichever layer', async () => {
    const program = Buffer.from(payload.tool?.['usr/bin/tool'] ?? '');
    program.writeUInt8(program.readUInt8(program.length - 1) ^ 1, program.length - 1);
    const inPlace = await checkOf([{ ...files.tool, 'usr/bin/tool': program }]);
    assert.equal(inPlace.state, 'differs');
    assert.deepEqual(
      inPlace.changed.map(({ path, layer }) => [path, layer]),
      [['usr/bin/tool', 0]],
    );
    const later = await checkOf([files.tool ?? {}, { 'usr/lib64/tool.data': 'tampered' }]);
    assert.deepEqual(
      later.changed.map(({ path, layer }) => [path, layer]),
      [['usr/lib64/tool.data', 1]],
    );
    assert.equal((await checkOf([files.tool ?? {}, { 'usr/lib64/tool.data': null }])).state, 'match', 'removed');
  });

  it('are found through links of folders, hard links across layers, and where an install root is', async () => {
    const moved = Object.fromEntries(
      Object.entries(files.tool ?? {}).map(([path, content]) => [path.replace('usr/lib64/', 'usr/lib/'), content]),
    );
    const linked = makeLayer({ ...moved, 'usr/lib64': { symlink: 'lib' } });
    const [image] = await audit({ a: [linked] });
    assert.equal(image?.files?.checks[0]?.compared, 4);

    const object = 'sysroot/ostree/repo/objects/aa/bb.file';
    const split = await checkOf([
      { [object]: payload.tool?.['usr/bin/tool'] ?? '' },
      { ...files.tool, 'usr/bin/tool': { link: object } },
    ]);
    assert.deepEqual([split.state, split.compared], ['match', 4]);

    const rooted = Object.fromEntries(
      Object.entries(files.tool ?? {}).map(([path, content]) => [`mnt/rootfs/${path}`, content]),
    );
    assert.deepEqual((await checkOf([rooted])).compared, 4);
  });

  it('are unknown when none is there', async () => {
    const check = await checkOf([{ [RPMDB]: files.tool?.[RPMDB] ?? '' }]);
    assert.equal(check.state, 'unknown');
    assert.match(check.reason, /none of its 4 files/);
  });
});

describe('programs from elsewhere in the payload', { skip }, () => {
  it('are found by their digest under any name, with the packages that have them', async () => {
    const copied = payload.other?.['usr/bin/other'] ?? '';
    const text = payload.other?.['usr/lib64/other.data'] ?? '';
    const [first, second] = await audit({
      a: [makeLayer({ ...files.tool }), makeLayer({ 'opt/renamed': copied, 'opt/text': text })],
      b: [makeLayer({ ...files.other, 'usr/bin/again': copied })],
    });
    assert.deepEqual(
      first?.files?.unowned.map(({ path, layer, packages }) => [
        path,
        layer,
        packages.map(({ pkg, path: at }) => [pkg.name, at]),
      ]),
      [['opt/renamed', 1, [['other', 'usr/bin/other']]]],
      'texts are the same wherever they come from',
    );
    assert.deepEqual(second?.files?.unowned, [], "a copy of the image's own program is its own");
  });
});

describe('deep mode', { skip }, () => {
  it('keeps its facts in a cache, and shallow audits read the same cache', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'slipway-deep-'));
    try {
      const source = new MemorySource();
      const layer = makeLayer(files.tool ?? {});
      const again = () => audit({ a: [layer] }, { source, cache: directoryCache(dir) });
      const first = await again();
      assert.deepEqual(await again(), first);
      assert.equal(source.reads.get(layer.digest), 1);
      const [shallow] = await audit({ a: [layer] }, { source, cache: directoryCache(dir), deep: false });
      assert.equal(shallow?.files, null);
      assert.equal(shallow.layers[0]?.facts.files, null);
      assert.equal(source.reads.get(layer.digest), 1);
      rmSync(join(dir, 'packages'), { recursive: true });
      assert.deepEqual(await again(), first);
      assert.equal(source.reads.get(layer.digest), 2, 'without the lists of packages the layer is read again');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
