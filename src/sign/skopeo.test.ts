import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { judgeConsumers } from './consumers.ts';
import { loadKey } from './openpgp/key.ts';
import { signRelease } from './signatures/release.ts';
import { inspectSignature } from './signatures/verify.ts';
import { foreignKey, REFERENCE, SIGN_TIME, TIMESTAMP } from './testing.ts';
import { checkRotation } from './trust/rotation.ts';

const run = promisify(execFile);
const missing = ['gpg', 'skopeo'].find((tool) => spawnSync(tool, ['--version']).status !== 0);
const skip = missing === undefined ? false : `${missing} is not installed`;

const MANIFEST = '{"schemaVersion":2}';

/** gpg and skopeo with a ring of their own. skopeo's answer: `undefined`, or why it refuses a signature. */
async function tools(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-skopeo-'));
  const env = { ...process.env, GNUPGHOME: folder };
  const gpg = async (...args: string[]) =>
    (
      await run('gpg', ['--batch', '--yes', '--trust-model', 'always', '--passphrase', '', ...args], {
        cwd: folder,
        env,
      })
    ).stdout;
  t.after(async () => {
    await run('gpgconf', ['--homedir', folder, '--kill', 'gpg-agent']);
    await rm(folder, { recursive: true, force: true });
  });
  await writeFile(join(folder, 'manifest.json'), MANIFEST);
  const digest = (await run('skopeo', ['manifest-digest', join(folder, 'manifest.json')])).stdout.trim();
  const skopeo = async (signature: Uint8Array, fingerprint: string): Promise<string | undefined> => {
    await writeFile(join(folder, 'signature'), signature);
    const args = ['standalone-verify', 'manifest.json', REFERENCE, fingerprint, 'signature'];
    const { status, stderr } = spawnSync('skopeo', args, { cwd: folder, env, encoding: 'utf8' });
    return status === 0 ? undefined : stderr;
  };
  return { folder, gpg, digest, skopeo };
}

const content = (digest: string) =>
  JSON.stringify({
    critical: {
      type: 'atomic container signature',
      image: { 'docker-manifest-digest': digest },
      identity: { 'docker-reference': REFERENCE },
    },
    optional: { creator: 'test', timestamp: TIMESTAMP },
  });

test('a signature by a subkey: refused by containers/image of before #2905, which skopeo here shows', {
  skip,
}, async (t) => {
  const { folder, gpg, digest, skopeo } = await tools(t);
  await gpg('--quick-gen-key', 'Sub <sub@example.com>', 'rsa2048', 'sign', 'never');
  const primary = /^fpr:+(\w+):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  await gpg('--quick-add-key', primary, 'rsa2048', 'sign', 'never');
  await writeFile(join(folder, 'content'), content(digest));
  await gpg('--output', 'by-subkey', '--sign', 'content');
  await gpg('--local-user', `${primary}!`, '--output', 'by-primary', '--sign', 'content');
  await gpg('--output', 'ring.gpg', '--export');
  const ring = await readFile(join(folder, 'ring.gpg'));
  const expected = { digest, reference: REFERENCE };
  const bySubkey = await readFile(join(folder, 'by-subkey'));
  const { accepts, fingerprint } = inspectSignature(bySubkey, ring, expected);
  assert.notEqual(fingerprint, primary);
  assert.equal(accepts.cvo.accepted, true);
  assert.equal(accepts.ocMirror.accepted, true);
  assert.match(accepts.containers.reasons.join(), new RegExp(`by the subkey ${fingerprint}.* takes primary keys only`));
  const answer = await skopeo(bySubkey, primary);
  // A skopeo with the change takes it; one without names the key that it does not know.
  if (answer !== undefined) assert.match(answer, new RegExp(`${fingerprint}`));
  const byPrimary = await readFile(join(folder, 'by-primary'));
  assert.equal(inspectSignature(byPrimary, ring, expected).accepts.containers.accepted, true);
  assert.equal(await skopeo(byPrimary, primary), undefined);
});

test('a release is signed by the primary key where it can sign, which skopeo takes', { skip }, async (t) => {
  const { folder, gpg, digest, skopeo } = await tools(t);
  const key = await loadKey((await foreignKey({ subkeys: [{ sign: true }] })).armor());
  const signature = await signRelease({ digest, reference: REFERENCE, creator: 'test', timestamp: TIMESTAMP }, key);
  assert.equal(inspectSignature(signature, key.publicKey, { digest, at: SIGN_TIME }).fingerprint, key.fingerprint);
  await writeFile(join(folder, 'key.asc'), key.publicKey);
  await gpg('--import', 'key.asc');
  assert.equal(await skopeo(signature, key.fingerprint), undefined);
});

test('a signature that gpg compressed, by any of its ways: skopeo takes it, and so does the verdict', {
  skip,
}, async (t) => {
  const { folder, gpg, digest, skopeo } = await tools(t);
  await gpg('--quick-gen-key', 'Zip <zip@example.com>', 'rsa2048', 'sign', 'never');
  const primary = /^fpr:+(\w+):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  await writeFile(join(folder, 'content'), content(digest));
  const keyring = await gpg('--armor', '--export');
  for (const algorithm of ['zip', 'zlib', 'bzip2', 'uncompressed']) {
    await gpg('--compress-algo', algorithm, '--output', algorithm, '--sign', 'content');
    const signature = await readFile(join(folder, algorithm));
    assert.equal(await skopeo(signature, primary), undefined, algorithm);
    const { accepts } = inspectSignature(signature, keyring, { digest, reference: REFERENCE });
    assert.deepEqual([accepts.cvo.accepted, accepts.containers.accepted], [true, true], algorithm);
  }
});

test('a key whose primary key only certifies is warned about', { skip }, async (t) => {
  const { gpg } = await tools(t);
  await gpg('--quick-gen-key', 'Certifier <c@example.com>', 'rsa2048', 'cert', 'never');
  const primary = /^fpr:+(\w+):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  await gpg('--quick-add-key', primary, 'rsa2048', 'sign', 'never');
  const key = { publicKey: await gpg('--armor', '--export'), fingerprint: primary, algorithm: 'RSA 4096' };
  const findings = checkRotation({ key, at: new Date() });
  assert.deepEqual(
    findings.map(({ severity }) => severity),
    ['warning'],
  );
  assert.match(findings[0]?.message ?? '', /^Only a subkey can sign: podman, skopeo and CRI-O .* refuse/);
});

test('SHA-1: clients take it, skopeo too, and the verdict warns', { skip }, async (t) => {
  const { folder, gpg, digest, skopeo } = await tools(t);
  await gpg('--quick-gen-key', 'Old <old@example.com>', 'rsa2048', 'sign', 'never');
  const primary = /^fpr:+(\w+):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  await writeFile(join(folder, 'content'), content(digest));
  await gpg('--digest-algo', 'SHA1', '--output', 'weak', '--sign', 'content');
  const weak = await readFile(join(folder, 'weak'));
  const keyring = await gpg('--armor', '--export');
  assert.equal(await skopeo(weak, primary), undefined);
  const stored = { signatures: [weak], problems: [] };
  const verdicts = await judgeConsumers({
    digest,
    reference: REFERENCE,
    at: new Date(),
    stored,
    lookaside: stored,
    config: { entries: [{ name: 'verifier-public-key-old', keyring }] },
    keyring,
    sigstore: [],
    imagePolicies: [],
    sigstoreKeys: [],
  });
  for (const { consumer, accepted, warnings = [] } of verdicts.slice(0, 3)) {
    assert.equal(accepted, true, consumer);
    assert.match(warnings.join(), /^it is over SHA-1/, consumer);
  }
});
