import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { signEnvelope, verifyEnvelope } from './dsse.ts';
import { generateAttestationKey, loadAttestationKey } from './key.ts';

const TYPE = 'application/vnd.in-toto+json';

test('a key that was made and read again signs, and its other half verifies', () => {
  for (const kind of ['p256', 'ed25519'] as const) {
    const made = generateAttestationKey(kind);
    const envelope = signEnvelope(TYPE, Buffer.from('{}'), [loadAttestationKey(made.privateKey, 'private')]);
    assert.equal(envelope.signatures[0]?.keyid, made.keyId);
    const { keyIds } = verifyEnvelope(envelope, [loadAttestationKey(made.publicKey, 'public')]);
    assert.deepEqual(keyIds, [made.keyId]);
    assert.match(made.keyId, /^[0-9a-f]{64}$/);
  }
});

test('keys of other kinds and other files are refused with their place', () => {
  const place = { file: 'key.pem' };
  const { privateKey, publicKey } = generateAttestationKey();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  for (const [pem, half, code] of [
    [publicKey, 'private', 'SIGN_KEY_INVALID'],
    [privateKey, 'public', 'SIGN_KEY_INVALID'],
    ['', 'public', 'SIGN_KEY_INVALID'],
    ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'private', 'SIGN_KEY_INVALID'],
    [rsa.export({ format: 'pem', type: 'pkcs8' }).toString(), 'private', 'SIGN_KEY_UNSUPPORTED'],
    [p384.export({ format: 'pem', type: 'pkcs8' }).toString(), 'private', 'SIGN_KEY_UNSUPPORTED'],
  ] as const)
    assert.throws(() => loadAttestationKey(pem, half, place), { code, place });
  const sec1 = p384.export({ format: 'pem', type: 'sec1' }).toString();
  assert.throws(() => loadAttestationKey(sec1, 'private'), { code: 'SIGN_KEY_INVALID', hint: /openssl pkcs8/ });
});
