// The whole job as a person gets it: `slipway start` in an empty workspace, then the real clients against what it serves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort, lacks, type Outcome, ROOT, type Running, run, SLIPWAY, slipway, start } from './support/clone.ts';

interface ReleaseView {
  name: string;
  kind: string;
  phase: string;
  digest: string;
  pullSpec: string | null;
  reason: string;
  signed: boolean;
  published: boolean;
  steps: { name: string; state: string }[];
  components: { name: string; pullSpec: string }[];
  downloads: { name: string; url: string; sha256: string }[];
  attestations: { name: string; url: string; sha256: string; predicateType: string | null }[];
  audit: {
    verdict: string;
    findings: {
      severity: string;
      images: string[];
      packages: string[];
      layer: string | null;
      introducedBy: string | null;
    }[];
  } | null;
}

const STABLE = '4.21.0-okd-scos.0';
/** The real clients, which no package of Debian brings: found on the PATH, or named by the environment. */
const OC = process.env.OC ?? 'oc';
const CVO = process.env.CVO ?? 'cluster-version-operator';
const notRoot = (): string | false => (process.getuid?.() === 0 ? false : 'chroot needs root');

describe('slipway start', () => {
  let data: string;
  let port: number;
  let base: string;
  let server: Running;
  const cleanups: (() => Promise<void>)[] = [];
  const scope = { after: (work: () => Promise<void>) => void cleanups.push(work) };
  const get = async (path: string): Promise<Response> => await fetch(new URL(path, base));
  const json = async <T>(path: string): Promise<T> => (await (await get(path)).json()) as T;

  before(async () => {
    const { temporaryFolder } = await import('./support/clone.ts');
    data = await temporaryFolder(scope);
    port = await freePort();
    base = `http://localhost:${port}`;
    server = start(scope, SLIPWAY, ['start', '--data', join(data, 'ws'), '--port', String(port)]);
    await server.waitFor('Stop with Ctrl-C', 240);
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  it('accepts a nightly, promotes it with unchanged content, signs and publishes it', async () => {
    const { releases } = await json<{ releases: ReleaseView[] }>('/api/releases');
    assert.deepEqual(releases.map((release) => [release.kind, release.phase, release.published]).sort(), [
      ['nightly', 'Accepted', true],
      ['stable', 'Accepted', true],
    ]);
    const stable = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const nightly = await json<ReleaseView>(
      `/api/releases/${releases.find((release) => release.kind === 'nightly')?.name}`,
    );
    assert.ok(stable.signed);
    assert.match(nightly.name, /^4\.21\.0-0\.okd-scos-\d{4}-\d{2}-\d{2}-\d{6}$/);
    assert.deepEqual(stable.components, nightly.components);
    assert.ok(stable.components.length >= 12);
    assert.ok(
      nightly.steps.every((step) => step.state === 'done'),
      JSON.stringify(nightly.steps),
    );
  });

  it('answers the Cincinnati protocol at both paths', async () => {
    for (const path of ['/graph', '/api/upgrades_info/v1/graph', '/api/upgrades_info/graph']) {
      const answer = await fetch(new URL(`${path}?channel=stable-scos-4.21&arch=amd64&version=${STABLE}&id=0`, base), {
        headers: { accept: 'application/json' },
      });
      assert.equal(answer.status, 200);
      const graph = (await answer.json()) as {
        version: number;
        nodes: { version: string; payload: string; metadata: Record<string, string> }[];
        edges: number[][];
      };
      assert.equal(graph.version, 1);
      assert.deepEqual(
        graph.nodes.map((node) => node.version),
        [STABLE],
      );
      assert.equal(graph.nodes[0]?.payload, (await json<ReleaseView>(`/api/releases/${STABLE}`)).pullSpec);
    }
    const missing = await get('/graph');
    assert.equal(missing.status, 400);
    assert.deepEqual(await missing.json(), {
      kind: 'missing_params',
      value: 'mandatory client parameters missing: channel',
    });
  });

  it('can be verified with the keys and the store that the release itself names, on whatever port it is served', async () => {
    const { pullSpec } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const tagged = String(pullSpec).replace(/@.*$/, `:${STABLE}`);
    const verified = await slipway(['payload', 'verify', tagged, '--format', 'json']);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    const { verdicts } = JSON.parse(verified.stdout) as { verdicts: { consumer: string; accepted: boolean }[] };
    assert.deepEqual(
      verdicts.filter(({ accepted }) => accepted).map(({ consumer }) => consumer),
      ['cvo', 'containers', 'ocMirror'],
    );
    // Everything else of the component is as it was made: one layer more, with that file.
    const stable = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const keys = stable.components.find(({ name }) => name === 'cluster-update-keys');
    const { loadImage, openLayout, RegistryClient } = await import('../src/oci/index.ts');
    const content = new RegistryClient().repository(`localhost:${port}/okd/scos-content`);
    const shipped = await loadImage(content, String(keys?.pullSpec).replace(/^.*@/, ''));
    const made = await loadImage(await openLayout(join(ROOT, 'examples/harbor/images')), 'clean/cluster-update-keys');
    assert.deepEqual(shipped.manifest.layers.slice(0, -1), made.manifest.layers);
    assert.deepEqual(shipped.config.config, made.config.config);
  });

  it('serves downloads whose sums are right', async () => {
    const sums = await (await get(`/downloads/${STABLE}/sha256sum.txt`)).text();
    const lines = sums
      .trim()
      .split('\n')
      .map((line) => line.split('  ') as [string, string]);
    assert.ok(lines.length >= 2);
    for (const [sum, name] of lines) {
      const bytes = Buffer.from(await (await get(`/downloads/${STABLE}/${name}`)).arrayBuffer());
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, name);
    }
  });

  it('attests the release and its images: files, referrers, and a signature that its own key makes', async () => {
    const { attestations, pullSpec, components } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const names = attestations.map(({ name }) => name);
    for (const name of ['audit.cdx.json', 'audit.spdx.json', 'audit.sarif', 'release.vsa.dsse.json'])
      assert.ok(names.includes(name), name);
    for (const { name, url, sha256 } of attestations) {
      const bytes = Buffer.from(await (await get(url)).arrayBuffer());
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, name);
    }
    const key = join(data, 'attestation.pub');
    await writeFile(key, await (await get('/keys/attestation.pub')).text());
    assert.equal((await stat(join(data, 'ws', 'attestation.key'))).mode & 0o077, 0);
    for (const image of [pullSpec ?? '', components[0]?.pullSpec ?? '']) {
      const verified = await slipway(['audit', 'verify-attestation', image, '--key', key, '--format', 'json']);
      assert.equal(verified.code, 0, verified.stderr);
      const { attestations: found } = JSON.parse(verified.stdout) as { attestations: { refused: string | null }[] };
      assert.ok(found.every(({ refused }) => refused === null));
      assert.equal(found.length, image === pullSpec ? 4 : 2);
    }
  });

  it('answers the check that every registry client begins with', async () => {
    const answer = await fetch(new URL('/v2/', base), { redirect: 'error' });
    assert.equal(answer.status, 200);
  });

  it('describes itself by OpenAPI 3.1, and answers what it describes', async () => {
    const document = await json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
      '/api/openapi.json',
    );
    assert.match(document.openapi, /^3\.1/);
    for (const path of ['/api/status', '/api/streams', '/api/releases', '/api/releases/{name}', '/api/channels'])
      assert.ok(document.paths[path]?.get, path);
  });

  it('compares a release with any other, and tells what it holds, in the API and on pages that need no script', async () => {
    const { releases } = await json<{ releases: ReleaseView[] }>('/api/releases');
    const nightly = releases.find((release) => release.kind === 'nightly')?.name ?? '';
    const first = await json<{ others: string[]; comparison: null }>(`/api/releases/${STABLE}/changelog`);
    assert.deepEqual([first.comparison, first.others.includes(nightly)], [null, true]);
    // The first of its stream: nothing is called new.
    assert.equal((await json<{ changelog: null }>(`/api/releases/${STABLE}`)).changelog, null);
    assert.match(await (await get(`/releases/${STABLE}`)).text(), /There is no earlier release to compare with\./);
    const path = `/api/releases/${STABLE}/changelog?from=${nightly}`;
    const { comparison } = await json<{
      comparison: {
        changed: [];
        objects: { fields: { path: string; to: string }[] }[];
        sizes: { fresh: number; images: { name: string; fresh: number }[] };
      };
    }>(path);
    // Promotion changes the version and nothing else: the release image has another layer, no image of a component.
    const { sizes } = comparison;
    assert.deepEqual(comparison.changed, []);
    assert.deepEqual(
      sizes.images.map(({ name, fresh }) => [name, fresh]),
      [['release image', sizes.fresh]],
    );
    assert.ok(sizes.fresh > 0);
    const fields = comparison.objects.flatMap((object) => object.fields);
    assert.ok(fields.length > 0 && fields.every(({ to }) => to.includes(STABLE)), JSON.stringify(fields));
    const page = await (await get(`/releases/${STABLE}/changelog?from=${nightly}`)).text();
    assert.match(page, new RegExp(`<option value="${nightly}" selected`));
    assert.equal((await get(`/releases/${STABLE}/changelog/${nightly}`)).status, 200);
    assert.match(
      await (await get(`/api/releases/${STABLE}/changelog.md?from=${nightly}`)).text(),
      new RegExp(`^# ${STABLE}\n`),
    );
    assert.equal((await get(`/api/releases/${STABLE}/changelog?from=nope`)).status, 404);
    // A page that is there says which release is not.
    const unknown = await get(`/releases/${STABLE}/changelog?from=nope`);
    assert.equal(unknown.status, 404);
    const said = await unknown.text();
    assert.match(said, /There is no release (?:"|&quot;|&#34;)nope/);
    assert.match(said, new RegExp(`<option value="${nightly}"`));
    assert.match(await (await get(`/releases/${STABLE}/changelog?from=${STABLE}`)).text(), /compared with itself/);
    // The first of its stream is compared with nothing, so nothing of it is new.
    assert.doesNotMatch(await (await get(`/releases/${STABLE}`)).text(), /New components/);
    assert.equal((await get(`/api/releases/${STABLE}/changelog.md`)).status, 404);
    const contents = await json<{ files: { name: string }[]; sizes: { images: { name: string }[] } }>(
      `/api/releases/${STABLE}/contents`,
    );
    assert.ok(contents.files.some(({ name }) => name === 'image-references'));
    assert.deepEqual(
      contents.sizes.images.map(({ name }) => name),
      (await json<ReleaseView>(`/api/releases/${STABLE}`)).components.map(({ name }) => name),
    );
    assert.match(await (await get(`/releases/${STABLE}/contents`)).text(), /image-references/);
  });

  it('refuses what a page of another site asks for', async () => {
    const foreign = await fetch(new URL('/api/demo', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://elsewhere.example' },
      body: '{"set":"clean"}',
    });
    assert.equal(foreign.status, 403);
  });

  it('lets skopeo copy the signed release and refuses an unsigned one', { skip: lacks('skopeo') }, async () => {
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

  it('gives a release out in parts: its lock makes it again, its archive is the layer of its image', async () => {
    const { digest } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const lock = join(data, 'lock.yaml');
    await writeFile(lock, await (await get(`/api/releases/${STABLE}/lock.yaml`)).text());
    const image = `localhost:${port}/trial/release`;
    const made = slipway(['payload', 'new', '--from-lock', lock, '--to-image', image, '--dry-run']);
    assert.equal(made.stdout.split(' ')[0], digest, made.stderr);
    const archive = join(data, 'manifests.tar.gz');
    await writeFile(archive, Buffer.from(await (await get(`/api/releases/${STABLE}/manifests.tar.gz`)).arrayBuffer()));
    const member = run('tar', ['-xzOf', archive, 'release-manifests/image-references']).stdout;
    const single = await get(`/api/releases/${STABLE}/files/image-references`);
    assert.equal(await single.text(), member);
    assert.equal(single.headers.get('x-content-type-options'), 'nosniff');
    const signatures = await json<{ metadata: { name: string } }>(`/api/releases/${STABLE}/signatures.json`);
    assert.equal(signatures.metadata.name, String(digest).replace(':', '-'));
    assert.equal((await get(`/api/releases/${STABLE}/files/..%2Fetc`)).status, 404);
    assert.equal((await get('/api/releases/4.0.0/lock.yaml')).status, 404);
  });

  it('makes a payload that a Cluster Version Operator renders', { skip: lacks(OC, CVO) || notRoot() }, async () => {
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

  it('rejects the contaminated set before anything of it is public, and names image, package, layer and base', async () => {
    const before = await json<{ repositories: string[] }>('/v2/_catalog?n=1000');
    const result = slipway(['demo', 'contaminated', '--data', join(data, 'ws'), '--format', 'json']);
    assert.equal(result.code, 1, result.stderr);
    const rejected = JSON.parse(result.stdout) as ReleaseView;
    assert.equal(rejected.phase, 'Rejected');
    assert.equal(rejected.pullSpec, null);
    const denied = rejected.audit?.findings.filter((finding) => finding.severity === 'deny') ?? [];
    assert.ok(denied.length > 0);
    for (const finding of denied) {
      assert.deepEqual(finding.images, ['console', 'coredns', 'haproxy-router']);
      assert.match(finding.layer ?? '', /^layer 2 of 2 of base image "harbor\/base-els" \(sha256:[0-9a-f]{64}\)$/);
      assert.match(finding.introducedBy ?? '', /harbor\/base-els.*dnf install/);
    }
    assert.deepEqual(denied.flatMap((finding) => finding.packages).sort(), [
      'ironhat-els-release-9.4-1.el9_4.noarch',
      'krb5-libs-1.21.1-2.el9_4.x86_64',
      'openssl-libs-1:3.0.7-28.el9_4.x86_64',
    ]);
    assert.match(
      rejected.reason,
      /ironhat-els-release.*console, coredns, haproxy-router.*layer 2 of 2 of base image "harbor\/base-els"/,
    );
    const catalogue = await json<{ repositories: string[] }>('/v2/_catalog?n=1000');
    assert.deepEqual(catalogue, before);
    const definition = await readFile(join(ROOT, 'examples/harbor/images/index.json'), 'utf8');
    const contaminated = (
      JSON.parse(definition) as { manifests: { digest: string; annotations?: Record<string, string> }[] }
    ).manifests.filter((image) =>
      image.annotations?.['org.opencontainers.image.ref.name']?.startsWith('contaminated/'),
    );
    const clean = new Set(
      (await json<ReleaseView>(`/api/releases/${STABLE}`)).components.map(
        (component) => component.pullSpec.split('@')[1],
      ),
    );
    for (const { digest } of contaminated) {
      if (clean.has(digest)) continue;
      assert.equal((await get(`/v2/okd/scos-content/manifests/${digest}`)).status, 404);
      assert.equal((await get(`/v2/staging/4.21.0-0.okd-scos/content/manifests/${digest}`)).status, 401);
    }
  });

  it('tells a second process that the workspace and the port are taken', () => {
    const port2 = slipway(['serve', '--data', join(data, 'other'), '--port', String(port)]);
    assert.equal(port2.code, 2);
    assert.match(port2.stderr, /SERVER_PORT_BUSY/);
    const workspace = slipway(['serve', '--data', join(data, 'ws'), '--port', '0']);
    assert.equal(workspace.code, 2);
    assert.match(workspace.stderr, /BUSY/);
  });

  it('stops cleanly, and serves the same release after a restart', async () => {
    const earlier = await json<ReleaseView>(`/api/releases/${STABLE}`);
    assert.equal(await server.stop('SIGTERM'), 0);
    server = start(scope, SLIPWAY, ['serve', '--data', join(data, 'ws'), '--port', String(port)]);
    await server.waitFor('serving on');
    assert.deepEqual(await json<ReleaseView>(`/api/releases/${STABLE}`), earlier);
  });
});
