import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateKey } from '../openpgp/key.ts';
import { foreignKey, KEY_TIME } from '../testing.ts';
import { checkRotation } from './rotation.ts';
import { parseVerificationConfigMap, updateKeysManifest } from './verification-config.ts';

const at = new Date(KEY_TIME.getTime() + 86_400_000);
const make = () => generateKey({ name: 'OKD', email: 'okd@example.com', at: KEY_TIME, bits: 2048 });
const [old, fresh] = [await make(), await make()];
const config = (...keys: readonly { publicKey: string }[]) =>
  parseVerificationConfigMap(
    updateKeysManifest({ name: 'okd', publicKeys: keys.map(({ publicKey }) => publicKey), store: 'https://okd.io/s' }),
  );
const findings = (input: Omit<Parameters<typeof checkRotation>[0], 'at'>) =>
  checkRotation({ ...input, at }).filter(({ message }) => !message.includes('2048 bits'));

describe('the rotation of a key', () => {
  it('is sound when the new key shipped beside the old one before it signs', () => {
    assert.deepEqual(findings({ key: old, running: config(old), signed: config(old, fresh) }), []);
    assert.deepEqual(findings({ key: fresh, running: config(old, fresh), signed: config(fresh) }), []);
  });

  it('is refused when clusters do not know the key yet', () => {
    const [finding] = findings({ key: fresh, running: config(old), signed: config(old, fresh) });
    assert.equal(finding?.severity, 'error');
    assert.match(finding?.message ?? '', /do not trust the key for "verifier-public-key-okd"/);
  });

  it('is warned about when the next release, or the way back, is cut off', () => {
    const [next] = findings({ key: old, running: config(old), signed: config(fresh) });
    assert.match(next?.message ?? '', /The release itself does not trust the key/);
    assert.match(findings({ key: old, running: config(old), signed: config(fresh) })[1]?.message ?? '', /that go back/);
    const entry = { name: 'verifier-public-key-second', keyring: fresh.publicKey };
    const two = { entries: [...config(old).entries, entry] };
    const messages = findings({ key: old, running: config(old), signed: two }).map(({ message }) => message);
    assert.match(messages.at(-1) ?? '', /"verifier-public-key-second" is a new entry/);
  });

  it('looks at the key itself: size, algorithm, expiry', async () => {
    const of = async (options: Parameters<typeof foreignKey>[0], algorithm: string, days = 1) => {
      const key = await foreignKey(options);
      const signing = { publicKey: key.toPublic().armor(), fingerprint: key.getFingerprint().toUpperCase(), algorithm };
      return checkRotation({ key: signing, at: new Date(KEY_TIME.getTime() + days * 86_400_000) }).map(
        ({ severity, message }) => `${severity} ${message}`,
      );
    };
    assert.match((await of({}, 'RSA 2048')).join(), /^warning The key has 2048 bits/);
    assert.match((await of({ type: 'ecc', curve: 'ed25519Legacy' }, 'eddsa')).join(), /^error The key is eddsa, which/);
    const ecdsa = await of({ type: 'ecc', curve: 'nistP384' }, 'ecdsa nistP384');
    assert.match(ecdsa.join(), /^warning The key is ecdsa nistP384: clusters take it, but RSA 4096/);
    const hundred = { keyExpirationTime: 100 * 86_400 };
    assert.equal((await of(hundred, 'RSA 4096', 5)).length, 0);
    assert.match((await of(hundred, 'RSA 4096', 20)).join(), /^warning The key expires on 2027-03-03/);
    assert.match((await of(hundred, 'RSA 4096', 101)).join(), /^error The key expired on 2027-03-03/);
  });
});
