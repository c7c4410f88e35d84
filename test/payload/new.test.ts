// `payload new` and `payload reproduce` from the command line to a registry and back: every source, every output.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { digestOf, loadImage } from '../../src/oci/index.ts';
import { loadPayload } from '../../src/payload/index.ts';
import { file, pushImage, pushList } from '../../src/payload/testing/images.ts';
import { slipwayAside } from '../support/clone.ts';
import { pushImages, servedRegistry } from '../support/registry.ts';

const VERSION = '4.21.0-okd-scos.7';
const EPOCH = { SOURCE_DATE_EPOCH: '1790000000' };

describe('payload new', () => {
  const cleanups: (() => Promise<void>)[] = [];
  let registry: Awaited<ReturnType<typeof servedRegistry>>;
  const asked: string[] = [];
  const unreadable = new Set<string>();
  let specs: Record<string, string>;
  let stream: string;

  before(async () => {
    registry = await servedRegistry({ after: (work) => void cleanups.push(work) }, (app) =>
      app.addHook('onRequest', async ({ method, url }, reply) => {
        if (method === 'GET') asked.push(url);
        if (unreadable.has(url.split('/').at(-1) ?? ''))
          await reply.code(404).send({ errors: [{ code: 'BLOB_UNKNOWN' }] });
      }),
    );
    const pushed = await pushImages(registry);
    specs = pushed.specs;
    stream = join(registry.folder, 'stream.json');
    await writeFile(stream, pushed.stream);
  });
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const make = (...args: string[]) => slipwayAside(['payload', 'new', ...args], EPOCH);
  const fromStream = (...args: string[]) =>
    make('-f', stream, '--reference-mode', 'source', '--name', VERSION, ...args);
  const image = (path: string) => `${registry.host}/${path}`;

  it('of a stream, of its lock, of itself: the same digest; reproduce says equal', async () => {
    const lock = join(registry.folder, 'lock.yaml');
    const made = await fromStream('--include', 'unused', '--to-image', image('okd/a'), '--to-lock', lock);
    assert.equal(made.code, 0, made.stderr);
    assert.match(
      made.stdout,
      new RegExp(`^sha256:[0-9a-f]{64} ${VERSION.replaceAll('.', '\\.')} 2026-09-21T14:13:20Z\\n$`),
    );
    assert.match(made.stderr, /info: Found 4 images in image stream\n/);
    assert.match(made.stderr, new RegExp(`info: Pushed to ${image('okd/a')}\\n$`));
    const locked = await make('--from-lock', lock, '--to-image', image('okd/b'));
    assert.equal(locked.stdout, made.stdout, locked.stderr);
    const again = await make('--from-release', `${image('okd/a')}:${VERSION}`, '--to-image', image('okd/c'));
    assert.equal(again.stdout, made.stdout, again.stderr);
    const equal = await slipwayAside(['payload', 'reproduce', `${image('okd/a')}:${VERSION}`]);
    assert.equal(equal.code, 0, equal.stderr);
    assert.match(equal.stdout, /^equal: /);
  });

  it('of mappings alone, or with one in place of the stream’s image, which is pinned', async () => {
    const words = Object.entries(specs).map(([name, spec]) => `${name}=${spec}`);
    const file = join(registry.folder, 'mapping.txt');
    await writeFile(file, `# all\n${words.join('\n')}\n`);
    const mapped = await make('--mapping-file', file, '--name', VERSION, '--to-image', image('okd/mapped'));
    assert.equal(mapped.code, 0, mapped.stderr);
    assert.doesNotMatch(mapped.stderr, /Found/);
    const content = registry.store.repository('okd/content');
    const other = await content.manifest(specs.unused?.split('@')[1] ?? '');
    await content.putManifest('fix', other.mediaType, other.bytes);
    const fixed = await fromStream(`etcd=${image('okd/content')}:fix`, '--to-image', image('okd/fixed'));
    assert.equal(fixed.code, 0, fixed.stderr);
    const payload = await loadPayload(registry.store.repository('okd/fixed'), VERSION);
    assert.equal(payload.images.find(({ name }) => name === 'etcd')?.digest, other.digest);
  });

  it('writes a folder, the layer, the text to sign; a dry run pushes nothing', async () => {
    const [folder, layer, text] = ['dir', 'layer.tar.gz', 'sign.json'].map((name) => join(registry.folder, name));
    const made = await fromStream('--to-dir', folder ?? '', '--to-file', layer ?? '');
    assert.deepEqual([made.code, made.stdout], [0, '']);
    assert.deepEqual((await readdir(folder ?? '')).sort(), [
      '0000_20_etcd_01.yaml',
      'image-references',
      'release-metadata',
    ]);
    const dry = await fromStream('--to-image', image('okd/dry'), '--dry-run', '--to-signature', text ?? '');
    assert.equal(dry.code, 0, dry.stderr);
    assert.deepEqual(await registry.store.repository('okd/dry').tags(), []);
    const digest = dry.stdout.split(' ')[0];
    const content = JSON.parse(await readFile(text ?? '', 'utf8'));
    assert.equal(content.critical.image['docker-manifest-digest'], digest);
    assert.equal(content.critical.identity['docker-reference'], `${image('okd/dry')}:${VERSION}`);
    const pushed = await fromStream('--to-image', image('okd/dry'));
    assert.equal(pushed.stdout, dry.stdout);
    const payload = await loadPayload(registry.store.repository('okd/dry'), VERSION);
    assert.equal(payload.image.manifest.layers.at(-1)?.digest, digestOf(await readFile(layer ?? '')));
    const input = await fromStream('-o', 'json');
    assert.equal(JSON.parse(input.stdout).spec.tags.length, 4);
  });

  it('copies to a mirror what is kept of the release, and nothing else', async () => {
    const made = await fromStream('--mirror', image('mirror/content'), '--to-image', image('mirror/release'));
    assert.equal(made.code, 0, made.stderr);
    const mirror = registry.store.repository('mirror/content');
    assert.deepEqual(
      await mirror.tags(),
      ['cluster-version-operator', 'etcd', 'etcd-operator'].map((name) => `${VERSION}-${name}`),
    );
    const payload = await loadPayload(registry.store.repository('mirror/release'), VERSION);
    for (const { pullSpec, digest } of payload.images) {
      assert.equal(pullSpec, `${image('mirror/content')}@${digest}`);
      assert.equal((await mirror.manifest(digest)).digest, digest);
    }
    const unused = specs.unused?.split('@')[1] ?? '';
    await assert.rejects(mirror.manifest(unused), { code: 'OCI_MANIFEST_UNKNOWN' });
  });

  it('writes one output to standard output, and no two to one file', async () => {
    const lock = await fromStream('--to-lock', '-');
    assert.equal(lock.code, 0, lock.stderr);
    assert.match(lock.stdout, /^kind: PayloadLock\n[\s\S]*\n {2}etcd-operator: \S+@sha256:[0-9a-f]{64}\n/);
    const made = await fromStream();
    const piped = join(registry.folder, 'piped.yaml');
    await writeFile(piped, lock.stdout);
    assert.equal((await make('--from-lock', piped)).stdout, made.stdout);
    const same = join(registry.folder, 'same');
    const twice = await fromStream('--to-file', same, '--to-lock', `${registry.folder}/./same`);
    assert.deepEqual([twice.code, twice.stdout], [2, '']);
    assert.match(twice.stderr, /--to-file and --to-lock name the same file\. \[CLI_USAGE\]/);
    assert.ok(!(await readdir(registry.folder)).includes('same'));
    const folder = await make('--from-release', 'file://openshift/release:1');
    assert.match(folder.stderr, /from a registry, not from a folder\. `slipway payload mirror --from-dir/);
  });

  it('of a release whose name is no version of OKD is that release, name and all', async () => {
    for (const [index, name] of [['--any-version', '--name', '1.2.3+build.5'], []].entries()) {
      const to = image(`named/${index}`);
      const made = await make('-f', stream, '--reference-mode', 'source', ...name, '--to-image', to);
      const [digest] = made.stdout.split(' ');
      assert.equal(made.code, 0, made.stderr);
      const again = await make('--from-release', `${to}@${digest}`, '--to-image', image(`named/again-${index}`));
      assert.equal(again.stdout, made.stdout, again.stderr);
      const changed = await make('--from-release', `${to}@${digest}`, '--previous', '4.20.0-okd-scos.1', '--dry-run');
      assert.equal(changed.code, 0, changed.stderr);
      const other = await make('--from-release', `${to}@${digest}`, '--name', '1.2.4', '--dry-run');
      assert.match(other.stderr, /--name must be an OKD version/);
    }
  });

  it('that the audit refuses copies and pushes nothing', async () => {
    const policy = join(registry.folder, 'policy.yaml');
    asked.length = 0;
    const missing = await fromStream('--audit-policy', policy);
    assert.match(missing.stderr, /policy\.yaml: the file does not exist\./);
    assert.deepEqual(asked, [], 'a registry was asked before the policy was read');
    const example = await readFile(new URL('../../examples/harbor/policy.yaml', import.meta.url), 'utf8');
    await writeFile(policy, example);
    const refused = await fromStream(
      '--mirror',
      image('audited/content'),
      '--to-image',
      image('audited/release'),
      '--audit-policy',
      policy,
    );
    assert.equal(refused.code, 1, refused.stdout + refused.stderr);
    assert.match(refused.stderr, /PAYLOAD_AUDIT_REFUSED/);
    for (const path of ['audited/content', 'audited/release'])
      assert.deepEqual(await registry.store.repository(path).tags(), []);
  });

  it('that the audit refuses for one of several platforms copies and pushes nothing', async () => {
    const content = registry.store.repository('okd/content');
    const release = (id: string) => [file('etc/os-release', `ID=${id}\nVERSION_ID="9"\n`)];
    const good = await pushImage(content, { layers: [release('scos')] });
    const bad = await pushImage(content, { architecture: 'arm64', layers: [release('rhel')] });
    const policy = join(registry.folder, 'platforms.yaml');
    const names = ['cluster-version-operator', 'etcd*'].map((name) => `'${name}'`).join(', ');
    await writeFile(
      policy,
      `kind: AuditPolicy\napiVersion: slipway.okd.io/v1\nname: platforms\nsigners: [{owner: o, verdict: allow, keys: ['0d1dfffb8affef0c8f640743f97b8a942db2665e']}]\nosRelease: {allow: [scos], deny: [rhel]}\nimagesWithoutPackages: [${names}]\n`,
    );
    /** A release of a list with `second` beside the image for amd64. */
    const audited = async (path: string, second: { digest: string; architecture?: string }, ...args: string[]) => {
      const list = await pushList(content, [{ digest: good, architecture: 'amd64' }, second]);
      return await fromStream(
        `etcd=${image('okd/content')}@${list}`,
        '--mirror',
        image(`${path}/content`),
        '--to-image',
        image(`${path}/release`),
        '--audit-policy',
        policy,
        ...args,
      );
    };
    for (const [path, second, name] of [
      ['listed', { digest: bad, architecture: 'arm64' }, 'etcd (linux/arm64)'],
      ['unlisted', { digest: bad }, 'etcd (no platform)'],
    ] as const) {
      const refused = await audited(path, second);
      assert.equal(refused.code, 1, refused.stdout + refused.stderr);
      assert.match(refused.stderr, /PAYLOAD_AUDIT_REFUSED/);
      assert.ok(refused.stderr.includes(name), refused.stderr);
      for (const repository of [`${path}/content`, `${path}/release`])
        assert.deepEqual(await registry.store.repository(repository).tags(), []);
    }
    const arm = await pushImage(content, { architecture: 'arm64', layers: [release('scos')] });
    const passed = await audited('allowed', { digest: arm, architecture: 'arm64' });
    assert.equal(passed.code, 0, passed.stdout + passed.stderr);
    assert.doesNotMatch(passed.stderr, /attestation/);
    // What somebody says of the image is copied with it, and was judged by nobody.
    const { mediaType, bytes } = await content.manifest(good);
    await content.putManifest(`${arm.replace(':', '-')}.att`, mediaType, bytes);
    const attested = await audited('attested', { digest: arm, architecture: 'arm64' });
    assert.equal(attested.code, 0, attested.stderr);
    assert.match(
      attested.stderr,
      /^info: Copied with the images: 1 signature, attestation or SBOM; the audit looks into images alone\.$/m,
    );
  });

  it('asks for each manifest once when it audits, and says which image could not be read, pushing nothing', async () => {
    const content = registry.store.repository('okd/content');
    const arm = await pushImage(content, { architecture: 'arm64', layers: [[file('usr/bin/etcd', 'arm')]] });
    const amd = specs.etcd?.split('@')[1] ?? '';
    const list = await pushList(content, [
      { digest: amd, architecture: 'amd64' },
      { digest: arm, architecture: 'arm64' },
    ]);
    const policy = join(registry.folder, 'once.yaml');
    await writeFile(
      policy,
      `kind: AuditPolicy\napiVersion: slipway.okd.io/v1\nname: once\nsigners: [{owner: o, verdict: allow, keys: ['0d1dfffb8affef0c8f640743f97b8a942db2665e']}]\nimagesWithoutPackages: ['*']\n`,
    );
    const run = async (...args: string[]) => {
      asked.length = 0;
      const made = await fromStream(
        `etcd=${image('okd/content')}@${list}`,
        '--to-image',
        image('once'),
        '--dry-run',
        ...args,
      );
      return { ...made, times: (digest: string) => asked.filter((url) => url.endsWith(`/manifests/${digest}`)).length };
    };
    const plain = await run();
    assert.equal(plain.code, 0, plain.stderr);
    const images = [
      list,
      amd,
      arm,
      ...['cluster-version-operator', 'etcd-operator'].map((name) => specs[name]?.split('@')[1] ?? ''),
    ];
    const before = images.map(plain.times);
    const audited = await run('--audit-policy', policy);
    assert.equal(audited.code, 0, audited.stderr);
    assert.match(audited.stderr, /etcd \(linux\/arm64\)/);
    assert.deepEqual(
      images.map((digest, index) => audited.times(digest) - (before[index] ?? 0)),
      images.map(() => 1),
    );

    const layer = (await loadImage(content, arm)).manifest.config.digest;
    unreadable.add(layer);
    const partial = await run('--audit-policy', policy);
    unreadable.clear();
    assert.equal(partial.code, 2, partial.stderr);
    assert.match(partial.stderr, /^NOT JUDGED, as it could not be read: 1 image\.\n {4}etcd \(linux\/arm64\) /m);
    assert.match(partial.stderr, /PAYLOAD_AUDIT_INCOMPLETE/);
  });

  it('publishes nothing when what is written beside the image can not be written', async () => {
    const plain = join(registry.folder, 'plain');
    await writeFile(plain, 'a file');
    for (const output of ['--to-lock', '--to-dir', '--to-file', '--to-signature']) {
      const target = output === '--to-dir' ? plain : join(plain, 'x');
      const images = ['--mirror', image('unwritten/content'), '--to-image', image('unwritten/release')];
      const failed = await fromStream(...images, output, target);
      assert.equal(failed.code, 2, failed.stdout + failed.stderr);
      assert.match(failed.stderr, /STORAGE_NOT_A_FOLDER/);
      for (const path of ['unwritten/content', 'unwritten/release'])
        assert.deepEqual(await registry.store.repository(path).tags(), [], output);
    }
  });

  it('says that nothing was pushed when no place is named for the release', async () => {
    const said = /^info: Nothing was pushed or written: --to-image, --to-dir, --to-file and --to-lock say where to\.$/m;
    const made = await fromStream();
    assert.deepEqual([made.code, said.test(made.stderr)], [0, true], made.stderr);
    assert.doesNotMatch((await fromStream('--dry-run')).stderr, said);
    assert.doesNotMatch((await fromStream('--to-lock', join(registry.folder, 'said.yaml'))).stderr, said);
    const wrong = await fromStream('--previous', '4.20.x');
    assert.match(wrong.stderr, /slipway: --previous: (?!.*previous)/);
  });

  it('says what is wrong with its arguments', async () => {
    const { host } = registry;
    const cases: readonly (readonly [RegExp, ...string[]])[] = [
      [
        /must specify image mappings when no other source is defined\. Sources are -f, --from-lock, --from-release and /,
      ],
      [
        /only one of --from-image-stream-file, --from-lock, .* may be specified\. \[CLI_USAGE\]/,
        '-f',
        stream,
        '--from-release',
        `${host}/okd/a:x`,
      ],
      [/PAYLOAD_NAME_INVALID/, '-f', stream, '--reference-mode', 'source', '--name', '4.99'],
      [
        /--component-versions is invalid/,
        '-f',
        stream,
        '--name',
        VERSION,
        '--component-versions',
        'k=1.0.0',
        '--reference-mode',
        'source',
      ],
      [/oc get imagestream/, '--from-image-stream', 'scos-4.21'],
      [/CLI_TARGET_INVALID/, '-f', stream, '--to-image', specs.etcd ?? ''],
      [/--max-per-registry is "0"/, '-f', stream, '--max-per-registry', '0'],
      [/all arguments must be valid SRC=DST/, '-f', stream, 'etcd'],
      [/PAYLOAD_COMPONENT_UNKNOWN/, '-f', stream, '--name', VERSION, '--reference-mode', 'source', '--include', 'etdc'],
    ];
    for (const [message, ...args] of cases) {
      const outcome = await make(...args);
      assert.equal(outcome.code, 2, `${args.join(' ')}: ${outcome.stdout}${outcome.stderr}`);
      assert.match(outcome.stderr, message);
      assert.doesNotMatch(outcome.stderr, /unexpected:/);
    }
  });
});
