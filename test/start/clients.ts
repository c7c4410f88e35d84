// The real clients against what a started workspace serves.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { lacks, type Outcome, run, slipway } from '../support/clone.ts';
import { type ReleaseView, STABLE, type Started } from './started.ts';

/** The real clients, which no package of Debian brings: found on the PATH, or named by the environment. */
const OC = process.env.OC ?? 'oc';
const CVO = process.env.CVO ?? 'cluster-version-operator';
const notRoot = (): string | false => (process.getuid?.() === 0 ? false : 'chroot needs root');

export function clients(started: Started): void {
  const { get, json } = started;

  it('lets skopeo copy the signed release and refuses an unsigned one', { skip: lacks('skopeo') }, async () => {
    const { data, port, base } = started;
    const { pullSpec } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    assert.ok(pullSpec);
    const policy = join(data, 'policy.json');
    const registries = join(data, 'registries.d');
    await mkdir(registries, { recursive: true });
    const keyPath = join(data, 'key.asc');
    await writeFile(keyPath, await (await get('/keys/release.pub')).text());
    await writeFile(
      join(registries, 'slipway.yaml'),
      `docker:\n  localhost:${port}:\n    lookaside: ${base}/lookaside\n`,
    );
    await writeFile(
      policy,
      JSON.stringify({
        default: [{ type: 'reject' }],
        transports: { docker: { [`localhost:${port}`]: [{ type: 'signedBy', keyType: 'GPGKeys', keyPath }] } },
      }),
    );
    const copy = (reference: string, to: string) =>
      run('skopeo', [
        '--policy',
        policy,
        '--registries.d',
        registries,
        'copy',
        '--src-tls-verify=false',
        `docker://${reference}`,
        `dir:${join(data, to)}`,
      ]);
    const byDigest = copy(pullSpec, 'by-digest');
    assert.equal(byDigest.code, 0, byDigest.stderr);
    const byTag = copy(`localhost:${port}/okd/scos-release:${STABLE}`, 'by-tag');
    assert.equal(byTag.code, 0, byTag.stderr);
    const { releases } = await json<{ releases: ReleaseView[] }>('/api/releases');
    const nightly = releases.find((release) => release.kind === 'nightly');
    assert.ok(nightly?.pullSpec);
    const unsigned = copy(nightly.pullSpec, 'unsigned');
    assert.notEqual(unsigned.code, 0);
    assert.match(unsigned.stderr, /[Ss]ignature/);
  });

  it('lets podman and skopeo pull every image of the release', { skip: lacks('skopeo', 'podman') }, async () => {
    const { data } = started;
    const stable = await json<ReleaseView>(`/api/releases/${STABLE}`);
    for (const component of stable.components) {
      const inspected = run('skopeo', ['inspect', '--tls-verify=false', `docker://${component.pullSpec}`]);
      assert.equal(inspected.code, 0, `${component.name}: ${inspected.stderr}`);
    }
    const store = ['--root', join(data, 'podman'), '--runroot', join(data, 'podman-run'), '--storage-driver', 'vfs'];
    const pulled = run('podman', [...store, 'pull', '-q', '--tls-verify=false', String(stable.pullSpec)]);
    assert.equal(pulled.code, 0, pulled.stderr);
  });

  it('lets oc read the release, and tells the same of it', { skip: lacks(OC) }, async () => {
    const { data } = started;
    const { pullSpec } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const oc = (...args: string[]): Outcome =>
      run(OC, args, { env: { HOME: data, KUBECONFIG: '/dev/null' }, cwd: data });
    for (const columns of [[], ['--commit-urls'], ['--pullspecs'], ['--size'], ['--contents']]) {
      const theirs = oc('adm', 'release', 'info', '--insecure', ...columns, String(pullSpec));
      assert.equal(theirs.code, 0, theirs.stderr);
      const ours = slipway(['payload', 'info', ...columns, String(pullSpec)]);
      // Ages count from now, and two moments pass here.
      assert.equal(ours.stdout.replaceAll(/ \d+[smhd] /g, ' AGE '), theirs.stdout.replaceAll(/ \d+[smhd] /g, ' AGE '));
    }
    const extracted = oc('adm', 'release', 'extract', '--insecure', '--tools', '--to=tools', String(pullSpec));
    assert.equal(extracted.code, 0, extracted.stderr);
    const theirs = oc('image', 'extract', '--insecure', String(pullSpec), '--path=/release-manifests/:.', '--confirm');
    assert.equal(theirs.code, 0, theirs.stderr);
    const references = JSON.parse(await readFile(join(data, 'image-references'), 'utf8')) as {
      metadata: { name: string };
    };
    assert.equal(references.metadata.name, STABLE);
  });

  it('makes a payload that a Cluster Version Operator renders', { skip: lacks(OC, CVO) || notRoot() }, async () => {
    const { data } = started;
    const { pullSpec } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const root = join(data, 'release-image');
    await mkdir(root);
    const env = { HOME: data, KUBECONFIG: '/dev/null' };
    const image = run(OC, ['image', 'extract', '--insecure', String(pullSpec), `--path=/:${root}`, '--confirm'], {
      env,
    });
    assert.equal(image.code, 0, image.stderr);
    await copyFile(CVO, join(root, 'operator'));
    const rendered = run('chroot', [root, '/operator', 'render', '--output-dir=/out', `--release-image=${pullSpec}`]);
    assert.equal(rendered.code, 0, rendered.stderr);
    const deployment = join(root, 'out/manifests/0000_00_cluster-version-operator_03_deployment.yaml');
    assert.ok((await readFile(deployment, 'utf8')).includes(String(pullSpec)));
  });
}
