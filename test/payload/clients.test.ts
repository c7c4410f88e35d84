// The real clients on a release that `payload new` makes of images as OKD has them: a Cluster Version Operator renders it,
// and oc's tools are ours. Run where OC and CVO name the programs.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { NewEntry } from '../../src/oci/index.ts';
import { configMap, file, imageReferences, OPERATOR, type TestImage } from '../../src/payload/testing/images.ts';
import { machO, verifyCodeSignature } from '../../src/payload/testing/mach-o.ts';
import { readTarGz, shared } from '../../src/payload/testing/shared.ts';
import { MARKERS } from '../../src/payload/tools/markers.ts';
import { aside, type Outcome, run, slipwayAside } from '../support/clone.ts';
import { pushImages, servedRegistry } from '../support/registry.ts';

const VERSION = '4.21.0-okd-scos.7';
const { OC, CVO } = process.env;
const skip = OC === undefined ? 'there is no oc; name one in OC' : false;
const skipRender =
  skip !== false
    ? skip
    : CVO === undefined
      ? 'there is no Cluster Version Operator; name one in CVO'
      : process.getuid?.() === 0
        ? false
        : 'chroot needs root';

function program(path: string, ...markers: readonly (keyof typeof MARKERS)[]): NewEntry {
  const parts = [Buffer.from(`#!${path} `), ...markers.map((name) => MARKERS[name]), Buffer.from(' end')];
  return { path, type: 'file', mode: 0o755, mtime: 1_717_200_000, content: Buffer.concat(parts) };
}

function signedProgram(path: string, ...markers: readonly (keyof typeof MARKERS)[]): NewEntry {
  const { content = Buffer.alloc(0), ...entry } = program(path, ...markers);
  return { ...entry, content: machO(Buffer.from(content), SIGNATURE) };
}

/** Bytes at the end of a program of one page for macOS, as Go's linker leaves them; of another size oc signs nothing. */
const SIGNATURE = 146;
const SHARE = 'usr/share/openshift';
const INSTALLER = ['image', 'version', 'architecture'] as const;

const TOOLS: Readonly<Record<string, TestImage>> = {
  cli: { layers: [[program('usr/bin/oc', 'version')]] },
  'cli-artifacts': {
    layers: [
      [
        ...['amd64', 'arm64', 'ppc64le'].map((arch) => program(`${SHARE}/linux_${arch}/oc`, 'version')),
        ...['amd64', 'arm64', 'ppc64le', 's390x'].flatMap((arch) =>
          ['rhel8', 'rhel9'].map((rhel) => program(`${SHARE}/linux_${arch}/oc.${rhel}`, 'version')),
        ),
        signedProgram(`${SHARE}/mac/oc`, 'version'),
        signedProgram(`${SHARE}/mac_arm64/oc`, 'version'),
        program(`${SHARE}/windows/oc.exe`, 'version'),
      ],
    ],
  },
  installer: { layers: [[program('usr/bin/openshift-install', ...INSTALLER)]] },
  'installer-artifacts': {
    layers: [
      [
        ...['linux_amd64', 'linux_arm64'].map((os) => program(`${SHARE}/${os}/openshift-install`, ...INSTALLER)),
        ...['mac', 'mac_arm64'].map((os) => signedProgram(`${SHARE}/${os}/openshift-install`, ...INSTALLER)),
      ],
    ],
  },
  'baremetal-installer': { layers: [[program('usr/bin/openshift-install', ...INSTALLER)]] },
  'cloud-credential-operator': {
    layers: [['', '.rhel8', '.rhel9'].map((variant) => program(`usr/bin/ccoctl${variant}`))],
  },
};

/** Every file of a folder, as layer entries below `path`. */
async function entries(folder: string, path: string): Promise<NewEntry[]> {
  const names = (await readdir(folder)).sort();
  return await Promise.all(
    names.map(async (name) => file(`${path}/${name}`, await readFile(join(folder, name), 'utf8'))),
  );
}

/** A release with the manifests of a real Cluster Version Operator in its base. */
async function release(t: TestContext) {
  const data = shared(t, 'cvo-testdata');
  if (data === undefined) return undefined;
  const registry = await servedRegistry(t);
  const base = [
    file('usr/bin/cluster-version-operator', 'cvo'),
    ...(await entries(join(data, 'cvo-image-manifests'), 'manifests')),
    ...(await entries(join(data, 'bootstrap'), 'bootstrap')),
  ];
  const { stream } = await pushImages(registry, {
    ...TOOLS,
    'cluster-version-operator': { layers: [base] },
    etcd: { layers: [[file('usr/bin/etcd', 'etcd')]] },
    'etcd-operator': {
      labels: OPERATOR,
      layers: [
        [
          file('manifests/image-references', imageReferences(['etcd'])),
          file('manifests/0000_20_etcd_01.yaml', configMap('etcd', 'quay.io/openshift/origin-etcd')),
        ],
      ],
    },
  });
  const path = join(registry.folder, 'stream.json');
  await writeFile(path, stream);
  const reference = `${registry.host}/okd/release:${VERSION}`;
  const args = ['-f', path, '--reference-mode', 'source', '--name', VERSION, '--to-image', reference];
  const include = Object.keys(TOOLS).flatMap((name) => ['--include', name]);
  const made = await slipwayAside(['payload', 'new', ...args, ...include], { SOURCE_DATE_EPOCH: '1790000000' });
  assert.equal(made.code, 0, made.stderr);
  const digest = made.stdout.split(' ')[0] ?? '';
  return { ...registry, reference, digest, pullSpec: `${registry.host}/okd/release@${digest}` };
}

async function oc(folder: string, ...words: string[]): Promise<Outcome> {
  const done = await aside(OC ?? '', words, { HOME: folder, KUBECONFIG: '/dev/null' });
  assert.equal(done.code, 0, `${words.join(' ')}\n${done.stderr}`);
  return done;
}

describe('the real clients on what payload new makes', () => {
  it('a Cluster Version Operator renders it', { skip: skipRender }, async (t) => {
    const made = await release(t);
    if (made === undefined) return;
    const root = join(made.folder, 'root');
    await mkdir(root);
    await oc(made.folder, 'image', 'extract', '--insecure', made.pullSpec, `--path=/:${root}`, '--confirm');
    await copyFile(CVO ?? '', join(root, 'operator'));
    const rendered = run('chroot', [
      root,
      '/operator',
      'render',
      '--output-dir=/out',
      `--release-image=${made.pullSpec}`,
    ]);
    assert.equal(rendered.code, 0, rendered.stderr);
    const manifests = await readdir(join(root, 'out/manifests'));
    // What only other feature sets get, or what a bootstrap does without, is not rendered.
    assert.ok(manifests.includes('0000_00_cluster-version-operator_00_namespace.yaml'), manifests.join());
    for (const path of [
      'out/manifests/0000_00_cluster-version-operator_30_deployment.yaml',
      'out/bootstrap/bootstrap-pod.yaml',
    ])
      assert.ok((await readFile(join(root, path), 'utf8')).includes(made.pullSpec), path);
  });

  it('oc describes and extracts it as we do', { skip }, async (t) => {
    const made = await release(t);
    if (made === undefined) return;
    for (const flags of [
      [],
      ['--pullspecs'],
      ['--commits'],
      ['--size'],
      ['--contents'],
      ['-o', 'json'],
      ['-o', 'name'],
    ]) {
      const theirs = await oc(made.folder, 'adm', 'release', 'info', '--insecure', ...flags, made.pullSpec);
      const ours = await slipwayAside(['payload', 'info', ...flags, made.pullSpec]);
      assert.equal(ours.stdout, theirs.stdout, flags.join(' '));
    }
    const [theirs = '', ours = ''] = ['theirs', 'ours'].map((name) => join(made.folder, name));
    await oc(made.folder, 'adm', 'release', 'extract', '--insecure', `--to=${theirs}`, made.pullSpec);
    assert.equal((await slipwayAside(['payload', 'extract', '--to', ours, made.pullSpec])).code, 0);
    assert.deepEqual(await readdir(ours), await readdir(theirs));
    for (const name of await readdir(theirs))
      assert.equal(await readFile(join(ours, name), 'utf8'), await readFile(join(theirs, name), 'utf8'), name);
  });

  it('oc extracts the same tools', { skip }, async (t) => {
    const made = await release(t);
    if (made === undefined) return;
    const [theirs = '', ours = ''] = ['theirs', 'ours'].map((name) => join(made.folder, name));
    const tools = ['--tools', '--command-os=*'];
    await oc(made.folder, 'adm', 'release', 'extract', '--insecure', ...tools, `--to=${theirs}`, made.pullSpec);
    const done = await slipwayAside(['payload', 'extract', ...tools, '--to', ours, made.pullSpec]);
    assert.deepEqual([done.code, done.stderr], [0, '']);
    const names = await readdir(theirs);
    assert.equal(names.length, 21 + 2);
    assert.deepEqual(await readdir(ours), names);
    for (const folder of [theirs, ours]) {
      const sums = await aside('sh', ['-c', 'cd "$0" && sha256sum --check --strict sha256sum.txt', folder]);
      assert.equal(sums.code, 0, sums.stderr);
    }
    // The heading is each program's own, as the READMEs are; what follows is the same.
    const body = async (folder: string) => {
      const text = await readFile(join(folder, 'release.txt'), 'utf8');
      return text.slice(text.indexOf('\nName:'));
    };
    assert.equal(await body(ours), await body(theirs));
    for (const name of names.filter((name) => name.endsWith('.tar.gz'))) {
      const [expected, actual] = await Promise.all(
        [theirs, ours].map(async (folder) => await readTarGz(await readFile(join(folder, name)))),
      );
      // oc signs programs of arm64 Macs anew in a temporary file, whose times they then have.
      const timed = !name.includes('-mac-arm64-');
      const shape = (files = expected) =>
        files?.map(({ name, type, mode, link, mtime }) => [name, type, mode, link, timed ? mtime : 0]);
      assert.deepEqual(shape(actual), shape(), name);
      const [theirProgram, ourProgram] = [expected?.[1]?.content, actual?.[1]?.content];
      if (theirProgram === undefined || ourProgram === undefined) assert.fail(name);
      if (!/-mac-\d/.test(name)) assert.deepEqual(ourProgram, theirProgram, name);
      else {
        // Those of other Macs it leaves with a signature that its change has broken; nothing else differs.
        assert.throws(() => verifyCodeSignature(theirProgram), name);
        assert.deepEqual(ourProgram.subarray(0, -SIGNATURE), theirProgram.subarray(0, -SIGNATURE), name);
      }
      if (name.includes('-mac-')) assert.equal(verifyCodeSignature(ourProgram), 'a.out', name);
    }
    const zip = names.find((name) => name.endsWith('.zip')) ?? '';
    const members = ['README.md', 'oc.exe'];
    for (const folder of [theirs, ours])
      assert.deepEqual((await aside('unzip', ['-Z1', join(folder, zip)])).stdout.trim().split('\n'), members);
    const [a, b] = [theirs, ours].map((folder) => run('unzip', ['-p', join(folder, zip), 'oc.exe']).stdout);
    assert.equal(b, a);
  });
});
