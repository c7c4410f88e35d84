import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { generateKey } from './openpgp/key.ts';
import { atomicMessage } from './signatures/content.ts';
import { signDetached, verifyDetached } from './signatures/detached.ts';
import { signRelease } from './signatures/release.ts';
import { inspectSignature } from './signatures/verify.ts';
import { DIGEST, REFERENCE, signedContent } from './testing.ts';

const run = promisify(execFile);
const skip = spawnSync('gpg', ['--version']).status === 0 ? false : 'gpg is not installed';

/** A key ring of gpg in a folder of its own, gone with the test. */
async function gpgHome(t: TestContext): Promise<{ folder: string; gpg: (...args: string[]) => Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-gpg-'));
  t.after(async () => {
    await run('gpgconf', ['--homedir', folder, '--kill', 'gpg-agent']);
    await rm(folder, { recursive: true, force: true });
  });
  const gpg = async (...args: string[]): Promise<string> => {
    const all = ['--homedir', folder, '--batch', '--yes', '--trust-model', 'always', '--status-fd', '2', ...args];
    const { stdout, stderr } = await run('gpg', all, { cwd: folder, encoding: 'latin1' });
    return stdout + stderr;
  };
  return { folder, gpg };
}

const at = new Date('2024-06-01T00:00:00Z');
const content = { digest: DIGEST, reference: REFERENCE, creator: 'slipway', timestamp: at.getTime() / 1000 };
const key = await generateKey({ name: 'Slipway', email: 'a@example.com', at: new Date('2024-01-01'), bits: 2048 });

test('gpg accepts our signatures, inline and detached', { skip }, async (t) => {
  const { folder, gpg } = await gpgHome(t);
  await writeFile(join(folder, 'key.asc'), key.publicKey);
  await gpg('--import', 'key.asc');
  await writeFile(join(folder, 'signature-1'), await signRelease(content, key));
  const output = await gpg('--decrypt', 'signature-1');
  assert.match(output, new RegExp(`VALIDSIG ${key.fingerprint} 2024-06-01`));
  assert.ok(output.startsWith(atomicMessage(content)));
  await writeFile(join(folder, 'sha256sum.txt'), 'sums\n');
  await writeFile(join(folder, 'sha256sum.txt.asc'), await signDetached(Buffer.from('sums\n'), key, at));
  assert.match(await gpg('--verify', 'sha256sum.txt.asc', 'sha256sum.txt'), /VALIDSIG/);
  await writeFile(join(folder, 'sha256sum.txt'), 'other\n');
  await assert.rejects(gpg('--verify', 'sha256sum.txt.asc', 'sha256sum.txt'), /BADSIG/);
});

test('we accept gpg’s signatures with our key in its storage format, and with keys of gpg', { skip }, async (t) => {
  const { folder, gpg } = await gpgHome(t);
  await writeFile(join(folder, 'key.asc'), key.armored);
  await gpg('--import', 'key.asc');
  await gpg('--passphrase', '', '--quick-gen-key', 'Dsa <d@example.com>', 'dsa2048', 'sign', 'never');
  await gpg('--passphrase', '', '--quick-gen-key', 'Ec <e@example.com>', 'nistp384', 'sign', 'never');
  await writeFile(join(folder, 'content.json'), signedContent());
  for (const [user, cvo] of [
    ['a@example.com', true],
    ['d@example.com', true],
    ['e@example.com', true],
  ] as const) {
    await gpg('--local-user', user, '--output', 'signature', '--sign', 'content.json');
    await gpg('--output', 'ring.gpg', '--export', user);
    await gpg('--local-user', user, '--armor', '--output', 'content.asc', '--detach-sign', 'content.json');
    const ring = await readFile(join(folder, 'ring.gpg'));
    const { accepts } = inspectSignature(await readFile(join(folder, 'signature')), ring, { digest: DIGEST });
    assert.deepEqual([accepts.cvo.accepted, accepts.containers.accepted], [cvo, true], user);
    const detached = await readFile(join(folder, 'content.asc'), 'utf8');
    assert.equal(verifyDetached(Buffer.from(signedContent()), detached, ring).fingerprint.length, 40);
  }
});
