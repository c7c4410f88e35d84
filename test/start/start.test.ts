// The whole job as a person gets it: `slipway start` in an empty workspace, then the real clients against what it serves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadImage, openLayout, RegistryClient } from '../../src/oci/index.ts';
import { ROOT, slipway } from '../support/clone.ts';
import { answers } from './answers.ts';
import { clients } from './clients.ts';
import { type ReleaseView, STABLE, Started } from './started.ts';

describe('slipway start', () => {
  const started = new Started();
  const { get, json } = started;
  const cleanups: (() => Promise<void>)[] = [];
  const scope = { after: (work: () => Promise<void>) => void cleanups.push(work) };

  before(() => started.start(scope));
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

  it('can be verified with the keys and the store that the release itself names, on whatever port it is served', async () => {
    const { port } = started;
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
    const content = new RegistryClient().repository(`localhost:${port}/okd/scos-content`);
    const shipped = await loadImage(content, String(keys?.pullSpec).replace(/^.*@/, ''));
    const made = await loadImage(await openLayout(join(ROOT, 'examples/harbor/images')), 'clean/cluster-update-keys');
    assert.deepEqual(shipped.manifest.layers.slice(0, -1), made.manifest.layers);
    assert.deepEqual(shipped.config.config, made.config.config);
  });

  it('attests the release and its images: files, referrers, and a signature that its own key makes', async () => {
    const { data } = started;
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
    assert.equal((await stat(join(started.workspace, 'attestation.key'))).mode & 0o077, 0);
    for (const image of [pullSpec ?? '', components[0]?.pullSpec ?? '']) {
      const verified = await slipway(['audit', 'verify-attestation', image, '--key', key, '--format', 'json']);
      assert.equal(verified.code, 0, verified.stderr);
      const { attestations: found } = JSON.parse(verified.stdout) as { attestations: { refused: string | null }[] };
      assert.ok(found.every(({ refused }) => refused === null));
      assert.equal(found.length, image === pullSpec ? 4 : 2);
    }
  });

  answers(started);
  clients(started);

  it('rejects the contaminated set before anything of it is public, and names image, package, layer and base', async () => {
    const before = await json<{ repositories: string[] }>('/v2/_catalog?n=1000');
    const result = slipway(['demo', 'contaminated', '--data', started.workspace, '--format', 'json']);
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
    const { data, port } = started;
    const port2 = slipway(['serve', '--data', join(data, 'other'), '--port', String(port)]);
    assert.equal(port2.code, 2);
    assert.match(port2.stderr, /SERVER_PORT_BUSY/);
    const workspace = slipway(['serve', '--data', started.workspace, '--port', '0']);
    assert.equal(workspace.code, 2);
    assert.match(workspace.stderr, /BUSY/);
  });

  it('stops cleanly, and serves the same release after a restart', async () => {
    const earlier = await json<ReleaseView>(`/api/releases/${STABLE}`);
    assert.equal(await started.restart(scope), 0);
    assert.deepEqual(await json<ReleaseView>(`/api/releases/${STABLE}`), earlier);
  });
});
