// What stands beside a release and its images, and the image policies in it, where they can not be read.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { digestOf, MEDIA } from '../../src/oci/index.ts';
import { loadPayload } from '../../src/payload/index.ts';
import { file, INCLUDED, OPERATOR, pushImage } from '../../src/payload/testing/images.ts';
import { updateKeysManifest } from '../../src/sign/index.ts';
import { type Outcome, slipwayAside } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { otherKey, release, sign, VERSION } from '../support/release.ts';

const payload = (...args: string[]): Promise<Outcome> => slipwayAside(['payload', ...args]);
const tagOf = (digest: string, suffix: string): string => `${digest.replace(':', '-')}.${suffix}`;

/** A signed release beside which much can not be read, each in another manner. */
async function attached(t: TestContext) {
  const answers = new Map<string, string>();
  const registry = await servedRegistry(t, (app) => {
    app.addHook('onRequest', async ({ method, url }, reply) => {
      const answer = answers.get(url.replace(/^.*\/(manifests|referrers)\//, '$1/'));
      if (method === 'GET' && answer !== undefined) return reply.type(MEDIA.ociIndex).send(answer);
    });
  });
  const made = await release(registry);
  await sign(made);
  const repository = registry.store.repository('okd/release');
  const attach = async (suffix: string) => {
    const document = await pushImage(repository, { layers: [[file(suffix, suffix)]] });
    const { mediaType, bytes } = await repository.manifest(document);
    await repository.putManifest(tagOf(made.digest, suffix), mediaType, bytes);
    return JSON.parse(Buffer.from(bytes).toString());
  };
  await attach('att');
  const { images } = await loadPayload(repository, VERSION);
  const digestBy = (name: string): string => images.find((image) => image.name === name)?.digest ?? '';
  // A tag whose content is gone, a web server's page, a list with a referrer that is gone, and a list that is none.
  await repository.deleteBlob((await attach('sbom')).layers[0].digest);
  const gone = digestOf('gone');
  const manifests = [{ mediaType: MEDIA.ociManifest, digest: gone, size: 4 }];
  answers.set(`manifests/${tagOf(digestBy('etcd'), 'sig')}`, '<html>Welcome</html>');
  answers.set(`referrers/${digestBy('etcd')}`, JSON.stringify({ schemaVersion: 2, manifests }));
  answers.set(`referrers/${digestBy('etcd-operator')}`, 'no list');
  return { registry, made, digestBy, gone };
}

describe('payload mirror of a release beside which something can not be read', () => {
  it('copies the rest, and says of each what it is', async (t) => {
    const { registry, made, digestBy, gone } = await attached(t);
    const to = `${registry.host}/m/release`;
    const done = await payload('mirror', made.reference, '--to', to, '--format', 'json');
    assert.equal(done.code, 0, done.stderr);
    const expected = [
      `component "etcd": ${tagOf(digestBy('etcd'), 'sig')} can not be read, and is not copied: .* not JSON.*OCI_MANIFEST_INVALID`,
      `component "etcd": ${gone} can not be read, and is not copied: .*OCI_MANIFEST_UNKNOWN`,
      `component "etcd-operator": the list of what refers to ${digestBy('etcd-operator')} can not be read, .*OCI_REGISTRY_PROTOCOL`,
      `the release image: ${tagOf(made.digest, 'sbom')} can not be read, and is not copied: .*OCI_BLOB_UNKNOWN`,
    ];
    const { warnings, attachments } = JSON.parse(done.stdout);
    assert.equal(warnings.length, expected.length, warnings.join('\n'));
    for (const [index, pattern] of expected.entries()) {
      assert.match(warnings[index], new RegExp(pattern));
      assert.match(done.stderr, new RegExp(`^warning: ${pattern}`, 'm'));
    }
    assert.equal(attachments, 1);
    const copy = registry.store.repository('m/release');
    assert.equal((await loadPayload(copy, `${VERSION}-x86_64`)).digest, made.digest);
    assert.deepEqual(
      (await copy.tags()).filter((tag) => tag.startsWith('sha256-')),
      [tagOf(made.digest, 'att')],
    );
  });

  it('copies nothing where signatures are asked for', async (t) => {
    const { registry, made } = await attached(t);
    const usb = join(registry.folder, 'usb');
    const refused = await payload('mirror', made.reference, '--to-dir', usb, '--require-signature');
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /component "etcd": sha256-\w+\.sig can not be read: .*PAYLOAD_ATTACHMENT_UNREADABLE/);
    await assert.rejects(readdir(usb), { code: 'ENOENT' });
  });
});

describe('payload verify of a release with an image policy that can not be read', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();

  /** A release that carries this policy for its own repository. */
  async function withPolicy(t: TestContext, rootOfTrust: string, annotations: readonly string[] = [], more = {}) {
    const registry = await servedRegistry(t);
    const policy = `apiVersion: config.openshift.io/v1
kind: ClusterImagePolicy
metadata:
  name: okd
  annotations:
    ${[INCLUDED, ...annotations].join('\n    ')}
spec:
  scopes: [${registry.host}/okd/release]
  policy:
    rootOfTrust: ${rootOfTrust}
`;
    const made = await release(registry, {
      policies: { labels: OPERATOR, layers: [[file('manifests/0000_10_policy.yaml', policy)]] },
      ...more,
    });
    await sign(made);
    const key = join(registry.folder, 'cosign.pub');
    await writeFile(key, pem);
    await writeFile(join(registry.folder, 'cosign.key'), pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    return { registry, made, key };
  }

  it('judges the other consumers, and exits 2', async (t) => {
    const { made, registry, key } = await withPolicy(t, '{policyType: PublicKey, publicKey: {keyData: bm8ga2V5}}');
    const broken = await payload('verify', made.reference);
    assert.equal(broken.code, 2, broken.stdout + broken.stderr);
    assert.match(broken.stdout, /Cluster Version Operator, oc +accepts it/);
    assert.match(broken.stdout, /podman, skopeo, CRI-O \(signedBy\) +accepts it/);
    assert.match(
      broken.stdout,
      /sigstoreSigned +can not be judged: 0000_10_policy\.yaml: the file holds no public key in PEM\. \[SIGN_KEY_INVALID\]/,
    );
    // A key that is satisfied does not make the policy known; one that is not is refused whatever the policy asks for.
    const signed = await payload('sign', made.reference, '--cosign-key', join(registry.folder, 'cosign.key'));
    assert.equal(signed.code, 0, signed.stderr);
    const satisfied = await payload('verify', made.reference, '--cosign-key', key);
    assert.equal(satisfied.code, 2, satisfied.stdout);
    assert.match(satisfied.stdout, /sigstoreSigned +can not be judged: \S*0000_10_policy\.yaml/);
    const other = join(registry.folder, 'other.pub');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(other, publicKey.export({ format: 'pem', type: 'spki' }));
    const refused = await payload('verify', made.reference, '--cosign-key', other, '--format', 'json');
    assert.equal(refused.code, 1, refused.stdout);
    const { verdicts } = JSON.parse(refused.stdout);
    const { judged, accepted, reasons } = verdicts.find(
      ({ consumer }: { consumer: string }) => consumer === 'sigstore',
    );
    assert.deepEqual([judged, accepted], [true, false]);
    assert.match(reasons.join('; '), /not made by any of the keys; .*0000_10_policy\.yaml/);
  });

  it('asks nothing of a policy, nor of update keys, that the clusters do not get, and says which do', async (t) => {
    const preview = ['release.openshift.io/feature-set: TechPreviewNoUpgrade'];
    const keyData = Buffer.from(pem).toString('base64');
    // Others come first in the release, by their file's name, for clusters with the feature set only.
    const theirs = updateKeysManifest({
      name: 'theirs',
      publicKeys: [otherKey.publicKey],
      store: 'https://127.0.0.1:9',
    });
    const first = theirs.replace('annotations:', `annotations:\n    ${preview}`);
    const rootOfTrust = `{policyType: PublicKey, publicKey: {keyData: ${keyData}}}`;
    const { made } = await withPolicy(t, rootOfTrust, preview, {
      preview: { labels: OPERATOR, layers: [[file('manifests/0000_00_keys.yaml', first)]] },
    });
    const usual = await payload('verify', made.reference);
    assert.equal(usual.code, 0, usual.stdout + usual.stderr);
    assert.match(usual.stdout, /Cluster Version Operator, oc +accepts it/);
    assert.match(
      usual.stdout,
      /sigstoreSigned +not asked: .*warning: such a cluster does not get the ClusterImagePolicy okd: "Default" is required/,
    );
    const previewed = await payload('verify', made.reference, '--feature-set', 'TechPreviewNoUpgrade');
    assert.equal(previewed.code, 1, previewed.stdout + previewed.stderr);
    assert.match(previewed.stdout, /Cluster Version Operator, oc +can not be judged: https:\/\/127\.0\.0\.1:9\//);
    assert.match(previewed.stdout, /sigstoreSigned +refuses it: ClusterImagePolicy okd: there is no signature/);
    const both = await payload('verify', made.reference, '--key', 'x', '--by', 'y');
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--key and --by exclude each other/);
  });

  it('is for one that is whole judged by its key', async (t) => {
    const keyData = Buffer.from(pem).toString('base64');
    const { made, registry } = await withPolicy(t, `{policyType: PublicKey, publicKey: {keyData: ${keyData}}}`);
    const unsigned = await payload('verify', made.reference);
    assert.equal(unsigned.code, 1, unsigned.stdout);
    assert.match(unsigned.stdout, /sigstoreSigned +refuses it: ClusterImagePolicy okd: there is no signature/);
    await payload('sign', made.reference, '--cosign-key', join(registry.folder, 'cosign.key'));
    const accepted = await payload('verify', made.reference);
    assert.equal(accepted.code, 0, accepted.stdout);
    assert.match(accepted.stdout, /sigstoreSigned +accepts it/);
  });
});
