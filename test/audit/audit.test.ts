// The audit as people use it: every form in which images come, past releases judged again, and answers to "how do you
// know?" over the API and on the command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copyImage, digestOf, loadImage, openLayout, type Repository } from '../../src/oci/index.ts';
import { imageStream, pushList } from '../../src/payload/testing/images.ts';
import { prettyJson, sha256Hex } from '../../src/util/index.ts';
import { lacks, ROOT, slipwayAside, temporaryFolder } from '../support/clone.ts';
import { pushImages, servedRegistry } from '../support/registry.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

const HARBOR = join(ROOT, 'examples/harbor');
const IMAGES = join(HARBOR, 'images');
const JUDGING = [
  '--policy',
  join(HARBOR, 'policy.yaml'),
  ...['harbor', 'ironhat'].flatMap((name) => ['--keyring', join(HARBOR, `keys/${name}-rpm.asc`)]),
  '--base',
  `harbor/base-stream9=oci:${IMAGES}:bases/base-stream9`,
];

describe('past releases', () => {
  it('are judged again from what is stored: by the same policy with the same result, byte by byte', async (t) => {
    const folder = await temporaryFolder(t);
    const { engine, settle, app } = await serving(t, folder, await definitionWith(folder, SOAK.passes));
    const clean = await engine.start('clean', 'test');
    await settle();
    const switched = await engine.start('ubi-to-els', 'test');
    await settle();
    const policy = await readFile(join(HARBOR, 'policy.yaml'), 'utf8');
    for (const name of [clean, switched]) {
      const audit = (await engine.catalogue.release(name)).ledger.find(({ summary }) => summary.startsWith('audit'));
      assert.ok(audit);
      const again = await engine.audits.judgeAgain(name, policy, 'policy.yaml');
      const stored = (await engine.catalogue.release(name)).gates.find(({ gate }) => gate === 'audit')?.evidence[0];
      assert.equal(`sha256:${sha256Hex(prettyJson(again))}`, stored, name);
    }
    const same = await engine.audits.rejudge(policy, 'policy.yaml');
    assert.deepEqual(
      same.releases.map(({ name, before, after, added, gone }) => [name, before, after, added, gone]),
      [
        [switched, 'fail', 'fail', [], []],
        [clean, 'pass', 'pass', [], []],
      ],
    );

    // Another policy turns both round: what was denied is allowed, and what was allowed is denied.
    const turned = policy
      .replace('verdict: allow', 'verdict: DENY')
      .replace('verdict: deny', 'verdict: allow')
      .replace('DENY', 'deny');
    const answer = await app.inject({ method: 'POST', url: '/api/audit/rejudge', payload: { policy: turned } });
    assert.equal(answer.statusCode, 200, answer.body);
    const { releases } = answer.json<{
      releases: { name: string; before: string; after: string; added: string[] }[];
    }>();
    const [other, first] = releases;
    assert.equal(first?.after, 'fail');
    assert.ok(first.added.some((line) => line.startsWith('deny RPM-001')));
    assert.equal(other?.after, 'fail');
    assert.deepEqual((await engine.catalogue.release(clean)).audit?.verdict, 'pass', 'nothing was changed');
    const refused = await app.inject({ method: 'POST', url: '/api/audit/rejudge', payload: { policy: 'name: [' } });
    assert.equal(refused.statusCode, 400);
    assert.match(refused.body, /AUDIT_POLICY_INVALID/);

    const explained = await app.inject({ url: `/api/releases/${switched}/explain/tzdata` });
    assert.equal(explained.statusCode, 200, explained.body);
    const { packages } = explained.json<{ packages: { nevra: string; origins: { images: unknown[] }[] }[] }>();
    assert.deepEqual(
      packages.map(({ nevra }) => nevra),
      ['tzdata-2026b-1.el9.noarch', 'tzdata-2026b-1.el9_4.els.noarch'],
    );
    assert.equal(packages[1]?.origins[0]?.images.length, 21);
    assert.equal((await app.inject({ url: '/api/releases/none/explain/tzdata' })).statusCode, 404);

    const view = (await engine.catalogue.release(switched)).audit;
    assert.equal(view?.difference?.previous, clean);
    assert.deepEqual(
      view.difference.packages.map(({ name }) => name),
      ['ca-certificates.noarch', 'tzdata.noarch'],
    );
    assert.equal(view.bases.find(({ name }) => name === 'harbor/base-stream9-els')?.images.length, 21);
  });
});

describe('slipway audit', () => {
  it('takes a layout, an archive of docker and one image of either', { skip: lacks('skopeo') }, async (t) => {
    const folder = await temporaryFolder(t);
    const layout = await openLayout(IMAGES);
    const { manifest, rawManifest } = await loadImage(layout, 'els/console');
    await mkdir(join(folder, 'dir'));
    await writeFile(join(folder, 'dir/version'), 'Directory Transport Version: 1.1\n');
    await writeFile(join(folder, 'dir/manifest.json'), rawManifest);
    for (const { digest } of [manifest.config, ...manifest.layers])
      await copyFile(join(IMAGES, 'blobs/sha256', digest.slice(7)), join(folder, 'dir', digest.slice(7)));
    const archive = join(folder, 'console.tar');
    await writeFile(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    const copied = spawnSync(
      '/usr/bin/skopeo',
      [
        '--policy',
        join(folder, 'policy.json'),
        '--tmpdir',
        folder,
        'copy',
        '-q',
        `dir:${folder}/dir`,
        `docker-archive:${archive}:localhost/okd/console:1`,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(copied.status, 0, copied.stderr);
    for (const reference of [
      archive,
      `docker-archive:${archive}:localhost/okd/console:1`,
      `oci:${IMAGES}:els/console`,
      `${IMAGES}:els/console`,
    ]) {
      const run = await slipwayAside(['audit', 'image', reference, ...JUDGING, '--format', 'json']);
      assert.equal(run.code, 1, run.stderr);
      const report = JSON.parse(run.stdout) as {
        images: { name: string; base: string }[];
        findings: { rule: string }[];
      };
      assert.deepEqual(
        report.images.map(({ name, base }) => [name, base]),
        [['console', 'harbor/base-stream9']],
      );
      assert.deepEqual(
        report.findings.map(({ rule }) => rule),
        ['RPM-001'],
      );
    }
    const several = await slipwayAside(['audit', 'image', IMAGES, ...JUDGING]);
    assert.equal(several.code, 2);
    assert.match(several.stderr, /CLI_IMAGE_AMBIGUOUS/);
    const absent = await slipwayAside(['audit', 'image', `oci:${folder}/nothing:x`, ...JUDGING]);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /does not exist/);
  });

  it('shares the facts of layers through a registry: elsewhere the same audit reads no layer', async (t) => {
    const { folder, host } = await servedRegistry(t);
    const reference = `${host}/okd/audit-facts:clean`;
    const audit = (images: string, facts: string) =>
      slipwayAside([
        ...['audit', 'layout', images, '--only', 'clean/co*', '--cache', join(folder, facts), '--format', 'json'],
        ...JUDGING,
      ]);
    const first = await audit(IMAGES, 'here');
    assert.equal(first.code, 0, first.stderr);
    const cache = (...args: string[]) => slipwayAside(['audit', 'cache', ...args, '--insecure', '--format', 'json']);
    const pushed = await cache('push', join(folder, 'here'), reference);
    assert.equal(pushed.code, 0, pushed.stderr);
    const { digest, layers: count, pullSpec } = JSON.parse(pushed.stdout);
    assert.equal(pullSpec, `${host}/okd/audit-facts@${digest}`);
    const pulled = await cache('pull', pullSpec, join(folder, 'there'));
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.deepEqual(JSON.parse(pulled.stdout), { digest, layers: count, packages: 0, kept: 0, otherVersion: 0 });

    // The same images with every layer taken away.
    const bare = join(folder, 'images');
    await cp(IMAGES, bare, { recursive: true });
    const layout = await openLayout(IMAGES);
    for (const { name } of layout.images())
      for (const layer of (await loadImage(layout, name)).manifest.layers)
        await rm(join(bare, 'blobs/sha256', layer.digest.slice(7)), { force: true });
    const again = await audit(bare, 'there');
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout, first.stdout);
    // Without the facts there is nothing to read: each layer is a finding, and none of the images is clean.
    const unread = await audit(bare, 'empty');
    assert.equal(unread.code, 1, unread.stderr);
    const { verdict, findings } = JSON.parse(unread.stdout) as {
      verdict: string;
      findings: { rule: string; images: { name: string }[]; subjects: { evidence: string[] }[] }[];
    };
    const gaps = findings.filter(({ rule }) => rule === 'COV-001');
    assert.equal(verdict, 'fail');
    assert.ok(gaps.every(({ subjects }) => subjects[0]?.evidence[0]?.startsWith('OCI_BLOB_UNKNOWN: ')));
    assert.equal(
      new Set(gaps.flatMap(({ images }) => images.map(({ name }) => name))).size,
      JSON.parse(first.stdout).images.length,
    );

    const digestPush = await cache('push', join(folder, 'here'), pullSpec);
    assert.equal(digestPush.code, 2);
    assert.match(digestPush.stderr, /CLI_TARGET_INVALID/);
    const nothing = await cache('push', join(folder, 'images'), reference);
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /AUDIT_CACHE_EMPTY/);
  });

  /** A list of console: the open image for amd64, one with a licensed vendor's packages for arm64, on the same layers. */
  async function pushConsoles(to: Repository) {
    const layout = await openLayout(IMAGES);
    const members = [];
    for (const [name, architecture] of [
      ['clean/console', 'amd64'],
      ['els/console', 'arm64'],
    ] as const) {
      const { manifest, mediaType, config } = await loadImage(layout, name);
      await copyImage(layout, name, to);
      const bytes = Buffer.from(JSON.stringify({ ...config, architecture }));
      const descriptor = { ...manifest.config, digest: digestOf(bytes), size: bytes.length };
      await to.putBlob(descriptor, bytes);
      const made = Buffer.from(JSON.stringify({ ...manifest, mediaType, config: descriptor }));
      members.push({ architecture, digest: await to.putManifest(digestOf(made), mediaType, made) });
    }
    return { members, list: await pushList(to, members) };
  }

  interface Report {
    readonly verdict: string;
    readonly images: readonly { name: string; platform?: string; architecture: string; pullSpec: string }[];
    readonly unread?: readonly { name: string; digest: string; code: string }[];
    readonly findings: readonly { rule: string; severity: string; images: readonly { name: string }[] }[];
  }

  it('judges every image of a manifest list, in every form, and layers that they share are read once', async (t) => {
    const asked: string[] = [];
    const { folder, store, host } = await servedRegistry(t, (app) =>
      app.addHook('onRequest', async ({ method, url }) => {
        if (method === 'GET') asked.push(url);
      }),
    );
    const { members, list } = await pushConsoles(store.repository('okd/console'));
    const [amd, arm] = members.map(({ digest }) => digest);
    const audit = (...args: string[]) =>
      slipwayAside(['audit', 'image', `${host}/okd/console@${list}`, '--insecure', ...JUDGING, ...args]);
    const run = await audit('--format', 'json', '--per-image', join(folder, 'each'));
    assert.equal(run.code, 1, run.stderr);
    const report = JSON.parse(run.stdout) as Report;
    assert.deepEqual(
      report.images.map(({ name, platform, architecture, pullSpec }) => [name, platform, architecture, pullSpec]),
      [
        ['console (linux/amd64)', 'linux/amd64', 'amd64', `${host}/okd/console@${amd}`],
        ['console (linux/arm64)', 'linux/arm64', 'arm64', `${host}/okd/console@${arm}`],
      ],
    );
    assert.deepEqual(
      report.findings
        .filter(({ severity }) => severity === 'deny')
        .map(({ rule, images }) => [rule, images.map(({ name }) => name)]),
      [['RPM-001', ['console (linux/arm64)']]],
    );
    const twice = asked.filter((url, index) => asked.indexOf(url) !== index && !url.endsWith('/v2/'));
    assert.deepEqual(twice, [], 'every manifest, configuration and layer is asked for once');
    assert.deepEqual((await readdir(join(folder, 'each'))).sort(), [
      'console-linux-amd64.json',
      'console-linux-arm64.json',
    ]);
    for (const format of ['text', 'cyclonedx', 'spdx', 'sarif', 'junit', 'csv']) {
      const told = await audit('--format', format);
      assert.equal(told.code, 1, told.stderr);
      // Names of artifacts are URIs in SARIF.
      for (const platform of ['linux/amd64', 'linux/arm64'])
        assert.match(told.stdout, new RegExp(`console( |%20)\\(${platform}\\)`), `${format}: ${platform}`);
    }

    const narrowed = await audit('--filter-by-os', 'linux/amd64', '--format', 'json');
    assert.equal(narrowed.code, 0, narrowed.stderr);
    assert.deepEqual(
      (JSON.parse(narrowed.stdout) as Report).images.map(({ name }) => name),
      ['console (linux/amd64)'],
    );
    const warning = `of the manifest list ${list}, linux/amd64 is audited by --filter-by-os, and not linux/arm64`;
    assert.ok(narrowed.stderr.includes(warning), narrowed.stderr);
    const none = await audit('--filter-by-os', 'linux/s390x');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /OCI_PLATFORM_UNKNOWN/);
    const alone = await slipwayAside(['audit', 'image', `${host}/okd/console@${amd}`, '--insecure', ...JUDGING]);
    assert.equal(alone.code, 0, alone.stderr);
    assert.doesNotMatch(alone.stderr, /warning/);
  });

  it('tells an image of a list, or of a release, that can not be read, beside what it finds of the others', async (t) => {
    const gone = new Set<string>();
    const { folder, store, host } = await servedRegistry(t, (app) =>
      app.addHook('onRequest', async ({ url }, reply) => {
        if (gone.has(url.split('/').at(-1) ?? ''))
          await reply.code(404).send({ errors: [{ code: 'MANIFEST_UNKNOWN' }] });
      }),
    );
    const { members, list } = await pushConsoles(store.repository('okd/console'));
    const [amd = '', arm = ''] = members.map(({ digest }) => digest);
    const audit = async (verb: string, reference: string, lost: readonly string[]) => {
      gone.clear();
      for (const digest of lost) gone.add(digest);
      const args = ['audit', verb, reference, '--insecure', ...JUDGING, '--format', 'json'];
      const { code, stdout, stderr } = await slipwayAside(args);
      return { code, stderr, report: stdout === '' ? undefined : (JSON.parse(stdout) as Report) };
    };
    const pullSpec = `${host}/okd/console@${list}`;
    // What is left passes: that is no verdict on the whole.
    const clean = await audit('image', pullSpec, [arm]);
    assert.equal(clean.code, 2, clean.stderr);
    assert.equal(clean.report?.verdict, 'incomplete');
    assert.deepEqual(
      [
        clean.report.images.map(({ name }) => name),
        clean.report.unread?.map(({ name, digest, code }) => [name, digest, code]),
      ],
      [['console (linux/amd64)'], [['console (linux/arm64)', arm, 'OCI_MANIFEST_UNKNOWN']]],
    );
    assert.match(clean.stderr, /^error: console \(linux\/arm64\) was not judged: .*\[OCI_MANIFEST_UNKNOWN\]$/m);
    // What is refused stays so.
    const refused = await audit('image', pullSpec, [amd]);
    assert.equal(refused.code, 1, refused.stderr);
    assert.deepEqual(
      [refused.report?.verdict, refused.report?.unread?.map(({ name }) => name)],
      ['fail', ['console (linux/amd64)']],
    );
    const nothing = await audit('image', `${host}/okd/console@${arm}`, [arm]);
    assert.deepEqual([nothing.code, nothing.report], [2, undefined]);
    assert.match(nothing.stderr, /OCI_MANIFEST_UNKNOWN/);

    // Of a release with many images the others are judged as well.
    const { specs } = await pushImages({ store, host });
    const stream = join(folder, 'stream.json');
    await writeFile(stream, imageStream({ ...specs, console: pullSpec }));
    gone.clear();
    const release = `${host}/okd/release`;
    const made = await slipwayAside(
      [
        'payload',
        'new',
        '-f',
        stream,
        '--reference-mode',
        'source',
        '--name',
        '4.21.0-okd-scos.7',
        '--include',
        'console',
        '--include',
        'unused',
        '--to-image',
        release,
      ],
      { SOURCE_DATE_EPOCH: '1790000000' },
    );
    assert.equal(made.code, 0, made.stderr);
    const lost = specs.unused?.split('@')[1] ?? '';
    const partial = await audit('payload', `${release}:4.21.0-okd-scos.7`, [lost, amd]);
    assert.equal(partial.code, 1, partial.stderr);
    assert.deepEqual(
      [partial.report?.images.map(({ name }) => name), partial.report?.unread?.map(({ name }) => name)],
      [
        ['cluster-version-operator', 'console (linux/arm64)', 'etcd', 'etcd-operator'],
        ['console (linux/amd64)', 'unused'],
      ],
    );
  });

  it('compares, accepts a baseline, explains, and tests a policy, with the exit codes that scripts go by', async (t) => {
    const folder = await temporaryFolder(t);
    const [before, after, baseline] = ['before.json', 'after.json', 'baseline.json'].map((name) => join(folder, name));
    assert.ok(before && after && baseline);
    const audit = (set: string, output: string, ...more: string[]) =>
      slipwayAside([
        'audit',
        'layout',
        IMAGES,
        '--only',
        `${set}/co*`,
        ...JUDGING,
        '--format',
        'json',
        '--output',
        output,
        ...more,
      ]);
    assert.equal((await audit('clean', before)).code, 0);
    assert.equal((await audit('els', after, '--previous', before, '--write-baseline', baseline)).code, 1);
    const report = JSON.parse(await readFile(after, 'utf8')) as { findings: { rule: string }[] };
    assert.deepEqual(
      report.findings.map(({ rule }) => rule),
      ['RPM-001', 'BASE-003'],
    );
    assert.equal((await audit('els', after, '--baseline', baseline)).code, 0, 'nothing new');
    const difference = await slipwayAside(['audit', 'diff', before, after]);
    assert.match(difference.stdout, /tzdata\.noarch: 2026b-1\.el9 ► 2026b-1\.el9_4\.els, signed by Ironhat/);
    assert.equal((await slipwayAside(['audit', 'diff', before, before])).code, 0);
    assert.equal((await slipwayAside(['audit', 'diff', before, join(HARBOR, 'policy.yaml')])).code, 2);

    const explain = (name: string) => slipwayAside(['audit', 'explain', name, `${IMAGES}:els/console`, ...JUDGING]);
    const known = await explain('tzdata');
    assert.equal(known.code, 0, known.stderr);
    assert.match(known.stdout, /by RUN dnf upgrade -y ca-certificates tzdata/);
    assert.equal((await explain('kernel')).code, 1);
    assert.equal((await slipwayAside(['audit', 'explain', 'tzdata'])).code, 2);

    const cases = join(HARBOR, 'policy-test.yaml');
    assert.equal((await slipwayAside(['audit', 'policy', 'test', cases])).code, 0);
    const wrong = join(folder, 'cases.yaml');
    await writeFile(wrong, (await readFile(cases, 'utf8')).replace('rules: [RPM-004]', 'rules: [RPM-001]'));
    const failing = await slipwayAside(['audit', 'policy', 'test', wrong, '--policy', join(HARBOR, 'policy.yaml')]);
    assert.equal(failing.code, 1);
    assert.match(
      failing.stdout,
      /FAIL the same, removed in a later layer \(.*cases\.yaml:\d+\)\n +rules: expected RPM-001, got RPM-004/,
    );
  });
});
