import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { readKeyring } from './openpgp/keyring.ts';
import { atomicMessage } from './signatures/content.ts';
import { inspectSignature } from './signatures/verify.ts';
import { signatureConfigMap, signatureFiles, storePath } from './stores/stores.ts';
import { NO_VECTORS, payloadVectors } from './testing.ts';
import { parseVerificationConfigMap, verifyWithConfig } from './trust/verification-config.ts';

const vectors = payloadVectors();
const skip = vectors === undefined ? NO_VECTORS : false;
const AT = new Date('2026-11-23T12:00:00Z');

async function bytes(...path: string[]): Promise<Buffer> {
  return readFile(join(vectors ?? '', ...path));
}

async function text(...path: string[]): Promise<string> {
  return (await bytes(...path)).toString();
}

/** `cvo containers`, each + or -, or the code of the error. */
function verdict(signature: Uint8Array, ring: string | Uint8Array, digest: string): string {
  try {
    const { accepts } = inspectSignature(signature, ring, { digest, at: AT });
    return [accepts.cvo, accepts.containers].map(({ accepted }) => (accepted ? '+' : '-')).join('');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

test('real signatures of Red Hat (version 3) and of OKD’s CI, with library-go’s keyrings', { skip }, async () => {
  const [redhat, ci] = (await readdir(join(vectors ?? '', 'signatures'))).sort();
  const expected = {
    redhat: ['++', 'SIGN_NO_KEY'],
    simple: ['SIGN_NO_KEY', '+-'], // the key of 2019 has expired: clusters do not mind, gpgme does
    combined: ['++', '+-'],
  };
  for (const [ring, verdicts] of Object.entries(expected)) {
    const keyring = await text('library-go-verify', 'keyrings', `${ring}.txt`);
    for (const [at, folder] of [redhat, ci].entries()) {
      const digest = (folder ?? '').replace('=', ':');
      const signature = await bytes('signatures', folder ?? '', 'signature-1');
      assert.equal(verdict(signature, keyring, digest), verdicts[at], `${ring} ${digest}`);
      if (verdicts[at]?.length === 2)
        assert.equal(verdict(signature, keyring, digest.replace(/.$/, 'x')), 'SIGN_WRONG_DIGEST');
    }
  }
});

test('the acceptance matrix of real tools (RESULTS.txt)', { skip }, async () => {
  const rings: Record<string, string> = {};
  for (const name of ['rsa', 'p256', 'exp', 'ed']) rings[name] = await text('golden', 'signing', `sig-${name}.pub.asc`);
  /** store folder (start), number: the key that made it and who accepts */
  const expected: readonly [folder: string, number: number, key: string, verdict: string][] = [
    ['3c7604', 1, 'ed', '-+'], // Ed25519: gpg reads it, the Cluster Version Operator cannot
    ['71cd07', 1, 'rsa', '++'], // openpgp.js
    ['71cd07', 2, 'p256', '++'],
    ['9df48a', 1, 'exp', '+-'], // key expired 2 years ago
    ['d602c9', 1, 'rsa', '++'], // skopeo standalone-sign
    ['e56435', 1, 'p256', '++'],
  ];
  const store = await readdir(join(vectors ?? '', 'golden', 'signing', 'store'));
  for (const [start, number, key, wanted] of expected) {
    const folder = store.find((name) => name.startsWith(`sha256=${start}`)) ?? '';
    const signature = await bytes('golden', 'signing', 'store', folder, `signature-${number}`);
    for (const [name, ring] of Object.entries(rings))
      assert.equal(
        verdict(signature, ring, folder.replace('=', ':')),
        name === key ? wanted : 'SIGN_NO_KEY',
        `${folder} ${number} ${name}`,
      );
  }
});

test('two entries: one signature is not enough, two are', { skip }, async () => {
  const folder = (await readdir(join(vectors ?? '', 'golden', 'signing', 'store'))).find((name) =>
    name.includes('71cd07'),
  );
  const signatures = await Promise.all(
    [1, 2].map((n) => bytes('golden', 'signing', 'store', folder ?? '', `signature-${n}`)),
  );
  const entries = await Promise.all(
    ['rsa', 'p256'].map(async (name) => ({ name, keyring: await text('golden', 'signing', `sig-${name}.pub.asc`) })),
  );
  const expected = { digest: (folder ?? '').replace('=', ':'), at: AT };
  assert.equal((await verifyWithConfig(signatures, { entries }, expected)).length, 2);
  await assert.rejects(verifyWithConfig(signatures.slice(0, 1), { entries }, expected), { code: 'SIGN_UNSATISFIED' });
});

test('verification ConfigMaps of library-go, OKD and OCP', { skip }, async () => {
  const manifest = async (name: string): Promise<ReturnType<typeof parseVerificationConfigMap>> =>
    parseVerificationConfigMap(await text('library-go-verify', 'manifests', `${name}.yaml`));
  for (const name of ['loads-valid', 'only-first-used']) {
    const { entries, stores } = await manifest(name);
    assert.deepEqual(
      entries.map((entry) => entry.name),
      ['verifier-public-key-redhat'],
    );
    assert.deepEqual(stores, ['file://../verify/testdata/signatures']);
  }
  for (const name of ['requires-data', 'requires-stores', 'requires-verifiers'])
    await assert.rejects(manifest(name), { code: 'SIGN_CONFIG_INVALID' }, name);
  const keys = async (release: string): Promise<string[]> => {
    const config = parseVerificationConfigMap(
      await text('keys', `${release}_0000_90_cluster-update-keys_configmap.yaml`),
    );
    return config.entries.flatMap(({ keyring }) =>
      readKeyring(keyring).keys.flatMap((key) =>
        key.packet.fingerprint === key.primaryFingerprint ? [key.primaryFingerprint] : [],
      ),
    );
  };
  assert.deepEqual(await keys('okd'), [
    'D04761B116203B0C0859B61628B76E05B923888E',
    '20CCC7AD272DCD3AA169F12A65C28371F55D29A9',
    'FE526D8F6FEDC123BE219E45CF4B45E2071F0337',
    '6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4',
  ]);
  assert.deepEqual(await keys('ocp'), [
    '567E347AD0044ADE55BA8A5F199E2F91FD431D51',
    'B08B659EE86AF623BC90E8DB938A80CAF21541EB',
  ]);
});

test('the expiry of OKD’s keys', { skip }, async () => {
  const expiry = async (name: string): Promise<string> => {
    const [key] = readKeyring(await text('keys', `verifier-public-key-${name}`)).keys;
    return key?.expires === undefined ? 'never' : new Date(key.expires * 1000).toISOString().slice(0, 10);
  };
  assert.deepEqual(
    await Promise.all(
      ['openshift-ci', 'openshift-ci-2', 'openshift-ci-3', 'openshift-ci-4', 'redhat-release', 'redhat-beta-2'].map(
        expiry,
      ),
    ),
    ['2021-04-21', '2023-04-27', '2025-03-29', '2027-03-31', 'never', 'never'],
  );
});

interface MessageVector {
  readonly signer: string;
  readonly time: number;
  readonly digest: string;
  readonly pullSpec: string;
  readonly message: string;
  readonly error: string | null;
}

test('the signed text is oc’s, byte for byte', { skip }, async () => {
  const cases = JSON.parse(await text('vectors', 'signature-message.json')) as MessageVector[];
  for (const { signer, time, digest, pullSpec, message, error } of cases) {
    const make = (): string => atomicMessage({ creator: signer, timestamp: time, digest, reference: pullSpec });
    if (error === null) assert.equal(make(), message);
    else assert.throws(make, { code: 'SIGN_CONTENT_INVALID' });
  }
  assert.equal(cases.length, 5);
});

interface NameVector {
  readonly digest: string;
  readonly configMap?: string;
  readonly storePath: string;
  readonly fileName: string;
  readonly error: string | null;
}

test('names of signature files and ConfigMaps are oc’s', { skip }, async () => {
  const cases = JSON.parse(await text('vectors', 'signature-names.json')) as NameVector[];
  for (const one of cases) {
    const signatures = [Buffer.from('sig1'), Buffer.from('sig2')];
    if (one.error !== null) {
      assert.throws(() => storePath(one.digest), { code: 'SIGN_DIGEST_INVALID' });
      assert.throws(() => signatureConfigMap(one.digest, signatures), { code: 'SIGN_DIGEST_INVALID' });
      continue;
    }
    assert.equal(storePath(one.digest), one.storePath);
    assert.equal(signatureConfigMap(one.digest, signatures), one.configMap);
    const files = signatureFiles({ digest: one.digest, repository: 'okd/scos-release', signatures });
    assert.equal(files.find(({ layout }) => layout === 'configmap')?.path, one.fileName);
  }
  assert.equal(cases.length, 7);
});

test('the ConfigMap that oc mirrored comes out the same', { skip }, async () => {
  const name = (await readdir(join(vectors ?? '', 'golden', 'signing'))).find((file) =>
    /^signature-.*json$/.test(file),
  );
  const golden = await text('golden', 'signing', name ?? '');
  const parsed = JSON.parse(golden) as { metadata: { name: string }; binaryData: Record<string, string> };
  const signatures = Object.values(parsed.binaryData).map((value) => Buffer.from(value, 'base64'));
  const digest = parsed.metadata.name.replace('-', ':');
  assert.equal(signatureConfigMap(digest, signatures).trimEnd(), golden.trimEnd());
  assert.equal(
    verdict(signatures[0] ?? new Uint8Array(), await text('golden', 'signing', 'sig-rsa.pub.asc'), digest),
    '++',
  );
});
