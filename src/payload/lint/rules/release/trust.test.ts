import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { generateKey, readKey } from 'openpgp';
import { joinKeyrings } from '../../../../sign/index.ts';
import { loadPayload } from '../../../info/load.ts';
import { facts, VERSION } from '../../../testing/facts.ts';
import { shared } from '../../../testing/shared.ts';
import { StoredRegistry } from '../../../testing/stored-registry.ts';
import type { Payload } from '../../../types.ts';
import { edgeFacts } from '../../edge.ts';
import { lintFacts } from '../../lint.ts';
import { readFile } from '../../read.ts';
import { trustConfigs } from '../../trust.ts';
import { factsInView } from '../../views.ts';
import { TRUST } from './trust.ts';

async function keyring(type: 'rsa' | 'curve25519', expires?: number): Promise<string> {
  const { publicKey } = await generateKey({
    type,
    ...(type === 'rsa' ? { rsaBits: 2048 } : {}),
    userIDs: [{ name: 'OKD' }],
    date: new Date('2026-11-01T00:00:00Z'),
    ...(expires === undefined ? {} : { keyExpirationTime: expires }),
    format: 'armored',
  } as Parameters<typeof generateKey>[0] & { format: 'armored' });
  return publicKey as unknown as string;
}

function verification(name: string, data: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      annotations: {
        'include.release.openshift.io/self-managed-high-availability': 'true',
        'release.openshift.io/verification-config-map': '',
      },
    },
    data,
  });
}

const T305 = TRUST.filter(({ id }) => id === 'T305');

describe('lint rules about trust', () => {
  const run = async (id: string, files: Readonly<Record<string, string>>) =>
    lintFacts(
      await facts({ files }),
      TRUST.filter((rule) => rule.id === id),
    ).map(({ severity, message }) => `${severity}: ${message}`);

  it('T301: exactly one verification ConfigMap', async () => {
    const data = { 'store-a': 'https://a/b', 'verifier-public-key-a': await keyring('rsa') };
    assert.match((await run('T301', {})).join(), /^error: No ConfigMap/);
    const file = (name: string) => ({ [`0000_90_${name}_1.yaml`]: verification(name, data) });
    assert.deepEqual(await run('T301', file('keys')), []);
    assert.match(
      (await run('T301', { ...file('keys'), ...file('more') })).join(),
      /^warning: Only the first verification ConfigMap counts/,
    );
  });

  it('T302: keys that the Cluster Version Operator reads, not expired', async () => {
    const files = (key: string, store = 'https://a/b') => ({
      '0000_90_keys_1.yaml': verification('keys', { 'store-a': store, 'verifier-public-key-a': key }),
    });
    const rsa = await keyring('rsa');
    assert.deepEqual(await run('T302', files(rsa)), []);
    assert.match((await run('T302', files(rsa, 'http://a/b'))).join(), /^warning: The signature store/);
    assert.match(
      (await run('T302', files(await keyring('curve25519')))).join(),
      /^error: A Cluster Version Operator cannot load it/,
    );
    assert.match((await run('T302', files('no key'))).join(), /^error: A Cluster Version Operator cannot load it/);
    assert.match(
      (await run('T302', files(await keyring('rsa', 86_400)))).join(),
      /^error: The key [0-9A-F]{40} \(OKD\) expired/,
    );
    assert.match(
      (await run('T302', files(await keyring('rsa', 60 * 86_400)))).join(),
      /^warning: The key .* expires in \d+ days/,
    );
  });

  it('T302: keys that the Cluster Version Operator drops from a ring, with what they would sign', async () => {
    const [first, second, ed] = [await keyring('rsa'), await keyring('rsa'), await keyring('curve25519')];
    const fingerprint = async (armoredKey: string) => (await readKey({ armoredKey })).getFingerprint().toUpperCase();
    const ring = (...keys: readonly string[]) => ({
      '0000_90_keys_1.yaml': verification('keys', {
        'store-a': 'https://a/b',
        'verifier-public-key-a': joinKeyrings(keys),
      }),
    });
    const dropped = async (files: Readonly<Record<string, string>>) =>
      (await run('T302', files)).map(
        (line) => /^warning: A Cluster Version Operator drops the key (\w+):/.exec(line)?.[1],
      );
    assert.deepEqual(await dropped(ring(ed, first)), [await fingerprint(ed)]);
    // The one in front of it goes with it.
    const both = [await fingerprint(first), await fingerprint(ed)];
    assert.deepEqual((await dropped(ring(first, ed, second))).sort(), both.sort());
    assert.match((await run('T302', ring(first, ed))).join(), /^error: A Cluster Version Operator cannot load it/);
    // When a dropped key ends is nobody's matter.
    const short = await keyring('rsa', 86_400);
    assert.equal((await run('T302', ring(short, ed, second))).length, 2);
    // A rotation by a key that clusters drop is none.
    const old = await facts({ files: ring(second) });
    const edge = { from: old.payload, files: old.files, trust: old.trust };
    const shared = async (...keys: readonly string[]) =>
      lintFacts(
        { ...(await facts({ files: ring(...keys) })), edge },
        TRUST.filter(({ id }) => id === 'T303'),
      ).length;
    assert.deepEqual([await shared(second, first), await shared(second, ed, first)], [0, 1]);
  });

  it('T303: the keys of OCP are found, those of OKD are not', async (t) => {
    const folder = shared(t, 'keys/');
    if (folder === undefined) return;
    const read = (name: string) => readFileSync(`${folder}${name}_0000_90_cluster-update-keys_configmap.yaml`, 'utf8');
    const found = await run('T303', { '0000_90_keys_1.yaml': read('ocp') });
    assert.ok(found.some((line) => line.startsWith('error: The key 567E347AD0044ADE55BA8A5F199E2F91FD431D51')));
    assert.ok(found.some((line) => line.startsWith('error: The store ')));
    assert.deepEqual(await run('T303', { '0000_90_keys_1.yaml': read('okd') }), []);
    const okd = await trustConfigs(undefined, [
      readFile({
        name: 'k.yaml',
        bytes: readFileSync(`${folder}okd_0000_90_cluster-update-keys_configmap.yaml`),
        mode: 0,
        mtime: 0,
      }),
    ]);
    assert.deepEqual(okd[0]?.keys.length, 4);
  });

  it('T303: a store of OCP is found', async () => {
    const stores = {
      'store-a': 'https://mirror.openshift.com/pub/openshift-v4/signatures/openshift/release',
      'verifier-public-key-a': await keyring('rsa'),
    };
    assert.match(
      (await run('T303', { '0000_90_keys_1.yaml': verification('keys', stores) })).join(),
      /^error: The store/,
    );
  });

  it('T303: keys that overlap with those of the release before', async () => {
    const files = async (key: string) =>
      await facts({
        files: {
          '0000_90_keys_1.yaml': verification('keys', { 'store-a': 'https://a/b', 'verifier-public-key-a': key }),
        },
      });
    const [first, second] = [await keyring('rsa'), await keyring('rsa')];
    const judge = async (before: string, after: string) => {
      const old = await files(before);
      const edge = { from: old.payload, files: old.files, trust: old.trust };
      return lintFacts(
        { ...(await files(after)), edge },
        TRUST.filter(({ id }) => id === 'T303'),
      ).length;
    };
    assert.deepEqual([await judge(first, first), await judge(first, second)], [0, 1]);
  });

  it('T305: whether a running release accepts the signature of the next', async (t) => {
    const folder = shared(t, 'golden/');
    if (folder === undefined) return;
    const stored = await StoredRegistry.open(`${folder}registry-storage.tar.gz`);
    const name = '127.0.0.1:5099/okd/release';
    const payload = await loadPayload(stored.repository(name), '4.99.0-0.okd-scos-2024-06-01-000000', { name });
    const plain = await facts();
    const refusal = async (from: Payload, signatures: readonly Uint8Array[]) => {
      const options = { from, signatures: async () => ({ signatures, problems: [] }) };
      const edge = await edgeFacts(options, payload, { resolve: (spec) => stored.repository(spec) });
      const found = lintFacts({ ...plain, edge }, T305).filter(({ severity }) => severity === 'error');
      return found.map(({ message }) => message).join('\n');
    };
    const path = `${folder}signing/store/sha256=${payload.digest.slice('sha256:'.length)}/signature-1`;
    // the recorded release carries the key that its own signature was made with
    const signature = readFileSync(path);
    assert.equal(await refusal(payload, [signature]), '');
    assert.match(
      await refusal(payload, []),
      /^A cluster of 4\.99\.0-0\.okd-scos-2024-06-01-000000 refuses it: .* have no signature of sha256:/,
    );
    const broken = Buffer.from(signature);
    broken[broken.length - 5] = (broken.at(-5) ?? 0) ^ 1;
    assert.notEqual(await refusal(payload, [broken]), '');
    assert.match(await refusal(plain.payload, [signature]), /has no keys/);
  });

  it('judges each kind of cluster by the ConfigMap that it gets first', async () => {
    const key = await keyring('rsa');
    const keys = (name: string, store: string, featureSet?: string) => {
      const text = verification(name, { 'store-a': store, 'verifier-public-key-a': key });
      const set = `"release.openshift.io/feature-set":"${featureSet}",`;
      return featureSet === undefined ? text : text.replace('"annotations":{', `"annotations":{${set}`);
    };
    const files = {
      '0000_80_a_1.yaml': keys('okd', 'http://okd/b', 'OKD'),
      '0000_90_a_1.yaml': keys('default', 'http://default/b', 'Default'),
    };
    const all = await facts({ files });
    const [okd, ordinary] = all.trust;
    assert.ok(okd !== undefined && ordinary !== undefined);
    const trust = [{ ...okd, refusal: 'no signature.' }, ordinary];
    const judged = { ...all, edge: { from: all.payload, files: all.files, trust } };
    const found = (some: typeof judged | ReturnType<typeof factsInView>) =>
      lintFacts(some, TRUST).map(({ rule, message }) => `${rule} ${message}`);
    // Each has exactly one, which counts, although it may not be the first of all.
    assert.deepEqual(found(judged), [
      'T302 With the feature set Default: The signature store http://default/b is not reached by https.',
      'T302 With the feature set OKD: The signature store http://okd/b is not reached by https.',
      `T305 With the feature set OKD: A cluster of ${VERSION} refuses it: no signature.`,
    ]);
    assert.deepEqual(found(factsInView(judged, { featureSet: 'Default' })), [
      'T302 The signature store http://default/b is not reached by https.',
    ]);
    assert.deepEqual(found(factsInView(judged, { featureSet: 'OKD' })), [
      'T302 The signature store http://okd/b is not reached by https.',
      `T305 A cluster of ${VERSION} refuses it: no signature.`,
    ]);
    // Only clusters of OKD's feature set would have keys.
    const half = await facts({ files: { '0000_80_a_1.yaml': files['0000_80_a_1.yaml'] } });
    assert.match(
      lintFacts(half, TRUST).map(({ rule, message }) => `${rule} ${message}`)[0] ?? '',
      /^T301 With the feature set Default: No ConfigMap/,
    );
  });
});
