// `payload lint --from`: whether clusters of one release would accept the next, by their own keys and stores.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nobody } from '../../src/oci/testing/fakes.ts';
import { file, OPERATOR, pushImage } from '../../src/payload/testing/images.ts';
import { updateKeysManifest } from '../../src/sign/index.ts';
import { slipwayAside } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { otherKey, release, sign } from '../support/release.ts';

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
}

/** Findings of the rules about trust and structure that are asked for. */
async function lint(rules: RegExp, ...args: string[]): Promise<readonly string[]> {
  const done = await slipwayAside(['payload', 'lint', '--format', 'json', ...args]);
  assert.ok(done.code === 0 || done.code === 1, done.stderr);
  const { findings }: { findings: readonly Finding[] } = JSON.parse(done.stdout);
  const chosen = findings.filter(({ rule }) => rules.test(rule));
  if (chosen.some(({ severity }) => severity === 'error')) assert.equal(done.code, 1);
  return chosen.map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`);
}

function layersOf(manifest: Uint8Array): readonly { readonly digest: `sha256:${string}` }[] {
  return JSON.parse(Buffer.from(manifest).toString()).layers;
}

describe('payload lint', () => {
  it('judges an update by the keys and stores of the release that clusters run', async (t) => {
    const registry = await servedRegistry(t);
    const [stores, others] = ['store', 'other-store'].map((name) => join(registry.folder, name));
    const a = await release(registry, {}, { version: '4.21.0-okd-scos.1' });
    const b = await release(registry, {}, { version: '4.21.0-okd-scos.2', trusted: otherKey, store: others ?? '' });
    const edge = () => lint(/^T30[35]$/, '--from', a.reference, b.reference);

    const unsigned = await edge();
    assert.match(unsigned.join('\n'), /^T303 warning: It shares no key with 4\.21\.0-okd-scos\.1/);
    assert.match(
      unsigned.join('\n'),
      new RegExp(
        `T305 error: A cluster of 4\\.21\\.0-okd-scos\\.1 refuses it: the stores of .* have no signature of ${b.digest}: file://${stores}`,
      ),
    );
    // A signature where only the new release looks for it.
    await sign(b, { by: otherKey });
    assert.match((await edge()).join('\n'), /T305 error: .*have no signature/);
    // In the right store, but by a key that only the new release has.
    await sign(b, { by: otherKey, store: stores ?? '' });
    assert.match((await edge()).join('\n'), /T305 error: .* refuses it: /);
    assert.doesNotMatch((await edge()).join('\n'), /have no signature/);
    await sign(b, { store: stores ?? '' });
    assert.deepEqual(
      (await edge()).filter((line) => line.startsWith('T305')),
      [],
    );
    // The way back is one that the new release has to allow.
    assert.match((await lint(/^T305$/, '--from', b.reference, a.reference)).join('\n'), /T305 error/);
  });

  it('judges it by the keys in /manifests of the release that clusters run, which come first', async (t) => {
    const registry = await servedRegistry(t);
    const first = updateKeysManifest({
      name: 'first',
      publicKeys: [otherKey.publicKey],
      store: `file://${join(registry.folder, 'store')}`,
    });
    const cvo = {
      layers: [[file('manifests/0000_00_cluster-version-operator_00_keys.yaml', first)]],
    };
    const a = await release(registry, { 'cluster-version-operator': cvo }, { version: '4.21.0-okd-scos.1' });
    const b = await release(registry, {}, { version: '4.21.0-okd-scos.2' });
    const edge = () => lint(/^T305$/, '--from', a.reference, b.reference);
    await sign(b);
    assert.match((await edge()).join('\n'), /T305 error: .* refuses it: /);
    await sign(b, { by: otherKey });
    assert.deepEqual(await edge(), []);
  });

  it('judges it for each kind of cluster by the keys that this one gets', async (t) => {
    const registry = await servedRegistry(t);
    const okd = updateKeysManifest({
      name: 'okd',
      publicKeys: [otherKey.publicKey],
      store: `file://${join(registry.folder, 'store')}`,
    }).replace('annotations:', 'annotations:\n    release.openshift.io/feature-set: OKD');
    assert.match(okd, /feature-set: OKD/);
    const operator = { labels: OPERATOR, layers: [[file('manifests/0000_20_keys-operator_1.yaml', okd)]] };
    const a = await release(registry, { 'keys-operator': operator }, { version: '4.21.0-okd-scos.1' });
    const b = await release(registry, {}, { version: '4.21.0-okd-scos.2' });
    const edge = (...view: string[]) => lint(/^T305$/, '--from', a.reference, ...view, b.reference);
    await sign(b);
    assert.match((await edge()).join('\n'), /^T305 error: With the feature set OKD: A cluster of [^\n]*$/);
    assert.deepEqual(await edge('--feature-set', 'Default'), []);
    assert.match(
      (await edge('--feature-set', 'OKD')).join('\n'),
      /^T305 error: A cluster of 4\.21\.0-okd-scos\.1 refuses/,
    );
  });

  it('reports an image that is no release as a finding, and one that is not there as an error', async (t) => {
    const registry = await servedRegistry(t);
    const digest = await pushImage(registry.store.repository('okd/content'), { layers: [[file('etc/issue', '')]] });
    const reference = `${registry.host}/okd/content@${digest}`;
    const found = await lint(/./, reference);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', /^P001 error: The image has no \/release-manifests\/image-references: /);
    const absent = await slipwayAside(['payload', 'lint', `${registry.host}/okd/content:absent`]);
    assert.deepEqual([absent.code, absent.stdout], [2, '']);
  });

  it('asks the registry for the layers of components, and for Sigstore signatures where a policy needs them', async (t) => {
    const registry = await servedRegistry(t);
    const cli = { layers: [[file('usr/bin/oc', 'low')], [file('usr/bin/kubectl', 'high')]] };
    const policy = {
      apiVersion: 'config.openshift.io/v1',
      kind: 'ClusterImagePolicy',
      metadata: { name: 'a', annotations: { 'include.release.openshift.io/self-managed-high-availability': 'true' } },
      spec: { scopes: [`${registry.host}/okd/release`] },
    };
    const made = await release(registry, {
      'a-operator': { labels: OPERATOR, layers: [[file('manifests/0000_90_a_1.json', JSON.stringify(policy))]] },
      cli,
    });
    assert.match(
      (await lint(/^T304$/, made.reference)).join('\n'),
      /T304 warning: .* has no Sigstore signature of 4\.21/,
    );
    const repository = registry.store.repository('okd/release');
    const { mediaType, bytes } = await repository.manifest(made.digest);
    await repository.putManifest(`${made.digest.replace(':', '-')}.sig`, mediaType, Buffer.from(bytes));
    assert.doesNotMatch((await lint(/^T304$/, made.reference)).join('\n'), /warning/);

    assert.deepEqual(await lint(/^P005$/, made.reference), []);
    const content = registry.store.repository('okd/content');
    const lowest = layersOf((await content.manifest(await pushImage(content, cli))).bytes)[0];
    assert.ok(lowest !== undefined);
    await content.deleteBlob(lowest.digest);
    assert.match(
      (await lint(/^P005$/, made.reference)).join('\n'),
      /P005 error: The registry does not have sha256:.* of "cli"\./,
    );
  });

  it('asks the stores of a release when told to, and compares the sizes that the registry has', async (t) => {
    const registry = await servedRegistry(t);
    const absent = `http://${await nobody()}/signatures`;
    const made = await release(registry, {}, { store: absent });
    assert.doesNotMatch((await lint(/^T302$/, made.reference)).join('\n'), /can not be asked/);
    assert.match(
      (await lint(/^T302$/, '--check-stores', made.reference)).join('\n'),
      new RegExp(`T302 error: A signature store can not be asked: ${absent}`),
    );
    const local = await release(registry, {}, { version: '4.21.0-okd-scos.8' });
    assert.deepEqual(await lint(/^(T302|P005)$/, '--check-stores', local.reference), []);
    const repository = registry.store.repository('okd/release');
    const { bytes } = await repository.manifest('4.21.0-okd-scos.8');
    const layers = layersOf(bytes);
    // The lowest layer is not read to judge a release, only asked for.
    const [lowest] = layers;
    assert.ok(lowest !== undefined && layers.length > 1);
    await repository.deleteBlob(lowest.digest);
    assert.match(
      (await lint(/^P005$/, local.reference)).join('\n'),
      /P005 error: The registry does not have this part/,
    );
    await rm(registry.folder, { recursive: true, force: true });
  });
});
