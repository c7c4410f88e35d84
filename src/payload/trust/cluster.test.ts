import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKey, updateKeysManifest } from '../../sign/index.ts';
import type { PayloadFile } from '../files.ts';
import type { Cluster } from '../manifest/index.ts';
import { verifierIn } from './cluster.ts';

const { publicKey } = await generateKey({
  name: 'OKD',
  email: 'o@example.com',
  at: new Date('2026-01-01'),
  bits: 2048,
});

/** Update keys whose store has this name; with more annotations, or without one. */
function keys(name: string, annotations: string[] = [], without?: string): string {
  const manifest = updateKeysManifest({ name: 'test', publicKeys: [publicKey], store: `https://${name}.example` });
  const lines = manifest.split('\n').filter((line) => without === undefined || !line.includes(without));
  const at = lines.findIndex((line) => line.includes('annotations:'));
  return lines.toSpliced(at + 1, 0, ...annotations.map((text) => `    ${text}`)).join('\n');
}

function files(manifests: Readonly<Record<string, string>>): PayloadFile[] {
  return Object.entries(manifests).map(([name, text]) => ({ name, bytes: Buffer.from(text), mode: 0o644, mtime: 0 }));
}

const metadata = { version: '4.21.0-okd-scos.0', previous: [], next: [], metadata: {} };

/** The store of the ConfigMap that counts. */
function store(own: Record<string, string>, base?: Record<string, string>, cluster: Cluster = {}): string | undefined {
  const seen = { base: base && files(base), payload: { files: files(own), metadata } };
  return verifierIn(seen, cluster)?.stores[0];
}

describe('the verification ConfigMap of a cluster', () => {
  // As cvo.go takes the first of payload.Update.Manifests, which are read and filtered before (payload format § 3.1).
  it('is the first by the name of its file, those of /manifests before', () => {
    const own = { 'b.yaml': keys('b'), 'a.yaml': keys('a') };
    assert.equal(store(own), 'https://a.example');
    assert.equal(store(own, { 'z.yaml': keys('z') }), 'https://z.example');
    assert.equal(store({}), undefined);
  });

  it('is one that the cluster gets', () => {
    const preview = 'release.openshift.io/feature-set: TechPreviewNoUpgrade';
    const own = { 'a.yaml': keys('a', [preview]), 'b.yaml': keys('b') };
    assert.equal(store(own), 'https://b.example');
    assert.equal(store(own, undefined, { featureSet: 'TechPreviewNoUpgrade' }), 'https://a.example');
    const unset = { 'a.yaml': keys('a', [], 'self-managed-high-availability'), 'b.yaml': keys('b') };
    assert.equal(store(unset), 'https://b.example');
    assert.equal(store(unset, undefined, { profile: 'hypershift' }), 'https://a.example');
    const gated = { 'a.yaml': keys('a', ['release.openshift.io/feature-gate: Unknown']), 'b.yaml': keys('b') };
    assert.equal(store(gated), 'https://b.example');
    assert.equal(store({ 'a.yaml': keys('a', [preview]) }), undefined);
  });

  it('is no other object, and no file that is no manifest', () => {
    const text = keys('a').replace('kind: ConfigMap', 'kind: Secret');
    assert.equal(store({ 'a.yaml': text, 'b.txt': keys('b'), 'c.yaml': keys('c') }), 'https://c.example');
  });

  it('is named when it can not be loaded: the next one does not count', () => {
    const broken = keys('a').replace(/verifier-public-key-test/, 'other');
    assert.throws(() => store({ 'a.yaml': broken, 'b.yaml': keys('b') }), {
      code: 'SIGN_CONFIG_INVALID',
      place: { field: 'data', file: 'a.yaml' },
    });
    const noObject = 'release.openshift.io/verification-config-map: [';
    assert.throws(() => store({ 'a.yaml': noObject, 'b.yaml': keys('b') }), { code: 'SIGN_CONFIG_INVALID' });
    const latin1 = { name: 'a.yaml', bytes: Buffer.from(keys('a', ['x: é']), 'latin1'), mode: 0o644, mtime: 0 };
    assert.throws(() => verifierIn({ base: undefined, payload: { files: [latin1], metadata } }, {}), {
      code: 'SIGN_CONFIG_INVALID',
      message: /UTF-8/,
    });
  });
});
