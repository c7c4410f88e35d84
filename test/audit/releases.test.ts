// Releases for several platforms whose images name different components, and text from outside on standard error.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { copyImage, digestOf, loadImage, openLayout } from '../../src/oci/index.ts';
import { file, imageStream, pushImage, pushList } from '../../src/payload/testing/images.ts';
import { type Outcome, ROOT, slipwayAside } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';

const HARBOR = join(ROOT, 'examples/harbor');
const JUDGING = [
  ...['--insecure', '--policy', join(HARBOR, 'policy.yaml')],
  ...['harbor', 'ironhat'].flatMap((name) => ['--keyring', join(HARBOR, `keys/${name}-rpm.asc`)]),
];
const FORGED = 'web\nslipway: every image is in order\x1b[2K';

/** Images of the example for two platforms, and a release of each platform that names what the test says. */
async function setUp(t: TestContext) {
  const registry = await servedRegistry(t);
  const content = registry.store.repository('okd/content');
  const release = registry.store.repository('okd/release');
  const layout = await openLayout(join(HARBOR, 'images'));
  const made = async (name: string, architecture: string): Promise<string> => {
    const { manifest, mediaType, config } = await loadImage(layout, name);
    await copyImage(layout, name, content);
    const bytes = Buffer.from(JSON.stringify({ ...config, architecture }));
    const descriptor = { ...manifest.config, digest: digestOf(bytes), size: bytes.length };
    await content.putBlob(descriptor, bytes);
    const changed = Buffer.from(JSON.stringify({ ...manifest, mediaType, config: descriptor }));
    return await content.putManifest(digestOf(changed), mediaType, changed);
  };
  const amd = await made('clean/console', 'amd64');
  const arm = await made('els/console', 'arm64');
  const spec = (digest: string): string => `${registry.host}/okd/content@${digest}`;
  const releaseOf = async (architecture: string, components: Readonly<Record<string, string>>) => {
    const version = JSON.stringify({ kind: 'cincinnati-metadata-v0', version: '4.21.0-okd-scos.7' });
    const files = [
      file('release-manifests/image-references', imageStream(components)),
      file('release-manifests/release-metadata', version),
    ];
    return { architecture, digest: await pushImage(release, { architecture, layers: [files] }) };
  };
  const listed = async (...members: readonly { readonly digest: string; readonly architecture: string }[]) => {
    const list = await pushList(release, members);
    return { list, reference: `${registry.host}/okd/release@${list}` };
  };
  return { registry, content, release, amd, arm, spec, releaseOf, listed };
}

const audit = (verb: string, reference: string, ...args: readonly string[]): Promise<Outcome> =>
  slipwayAside(['audit', verb, reference, ...JUDGING, ...args]);

describe('a release for two platforms', () => {
  it('is audited with the components of each; one that both name alike is told of once', async (t) => {
    const { amd, arm, spec, releaseOf, listed } = await setUp(t);
    const { reference } = await listed(
      await releaseOf('amd64', { console: spec(amd), cli: spec(amd), x86: spec(amd) }),
      await releaseOf('arm64', { console: spec(arm), cli: spec(amd), arm: spec(arm) }),
    );
    const { code, stdout, stderr } = await audit('payload', reference, '--format', 'json');
    assert.equal(code, 1, stderr);
    const { images } = JSON.parse(stdout) as { images: readonly { name: string; pullSpec: string }[] };
    assert.deepEqual(images.map(({ name, pullSpec }) => `${name} ${pullSpec}`).sort(), [
      `arm ${spec(arm)}`,
      `cli ${spec(amd)}`,
      `console (linux/amd64) ${spec(amd)}`,
      `console (linux/arm64) ${spec(arm)}`,
      `x86 ${spec(amd)}`,
    ]);
  });

  it('is attested as a whole: the list, and the images of every platform', async (t) => {
    const { registry, release, amd, arm, spec, releaseOf, listed } = await setUp(t);
    const other = await releaseOf('arm64', { console: spec(arm) });
    const { list, reference } = await listed(await releaseOf('amd64', { console: spec(amd) }), other);
    const key = join(registry.folder, 'attestation');
    assert.equal((await slipwayAside(['audit', 'attestation-key', '--output', key])).code, 0);
    const signing = ['--key', `${key}.key`];
    const attested = await audit('attest', reference, ...signing, '--format', 'json');
    assert.equal(attested.code, 1, attested.stderr);
    const { verdict, attestations } = JSON.parse(attested.stdout);
    assert.equal(verdict, 'fail');
    const subjects = attestations.map(({ subject }: { subject: string }) => subject);
    assert.deepEqual([...new Set(subjects)].sort(), [list, amd, arm].sort());
    const verified = await slipwayAside([
      'audit',
      'verify-attestation',
      reference,
      '--key',
      `${key}.pub`,
      '--insecure',
    ]);
    assert.equal(verified.code, 1, verified.stderr);
    assert.match(verified.stdout, /FAILED/);

    const some = await audit('attest', reference, ...signing, '--filter-by-os', 'linux/amd64');
    assert.equal(some.code, 2);
    assert.match(some.stderr, /--filter-by-os: .*said of all its platforms/);
    // What one platform has is not known: nothing is attested.
    await release.deleteManifest(other.digest as `sha256:${string}`);
    const hidden = await audit('attest', reference, ...signing);
    assert.equal(hidden.code, 2, hidden.stdout);
    assert.ok(hidden.stderr.includes(other.digest), hidden.stderr);
  });
});

describe('names from outside', () => {
  it('make no lines of their own in what the audit says', async (t) => {
    const { registry, content, amd, arm, spec, releaseOf } = await setUp(t);
    const images = await pushList(content, [
      { digest: amd, architecture: 'amd64' },
      { digest: arm, architecture: 'arm64' },
    ]);
    const { digest } = await releaseOf('amd64', { [FORGED]: spec(images), gone: spec(digestOf('gone')) });
    const reference = `${registry.host}/okd/release@${digest}`;
    const told = await audit('payload', reference, '--filter-by-os', 'linux/amd64');
    assert.match(
      told.stderr,
      /^warning: web\\u000aslipway: every image is in order\\u001b\[2K: of the manifest list /m,
    );
    for (const text of [told.stdout, told.stderr]) {
      assert.doesNotMatch(text, /^\s*slipway: every/m);
      assert.equal(text.includes('\x1b'), false);
    }
    assert.match(told.stdout, /web\\u000aslipway/);
  });
});
