import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { armor, forgeCertificate, forgeKey, packet } from '../testing/forge-openpgp.ts';
import { parseKeyring } from './keyring.ts';

const rsa = forgeKey('rsa');
const ed25519 = forgeKey('ed25519', { version: 6 });

function refusal(input: string | Uint8Array): SlipwayError {
  try {
    parseKeyring([forgeCertificate(rsa), input]);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  return assert.fail('it was accepted');
}

test('reads binary and armored keys, several blocks in a file, with text around them', () => {
  const text = `pub rsa2048\n${armor(forgeCertificate(rsa))}\nand another\n${armor(forgeCertificate(ed25519))}`;
  for (const input of [text, Buffer.from(text), Buffer.concat([forgeCertificate(rsa), forgeCertificate(ed25519)])]) {
    const { certificates } = parseKeyring([input]);
    assert.deepEqual(
      certificates.map(({ primary, userIds }) => [primary.fingerprint, primary.bound, userIds]),
      [rsa, ed25519].map((key) => [key.fingerprint, true, ['Forger <forger@example.invalid>']]),
    );
  }
});

test('ids are the end of a version 4 fingerprint and the beginning of a version 6 one', () => {
  const ring = parseKeyring([forgeCertificate(rsa), forgeCertificate(ed25519)]);
  assert.equal(ring.withId(rsa.fingerprint.slice(-16))[0]?.fingerprint, rsa.fingerprint);
  assert.equal(ring.withId(ed25519.fingerprint.slice(0, 16))[0]?.fingerprint, ed25519.fingerprint);
  assert.deepEqual(ring.withId('0000000000000000'), []);
});

test('the same certificate twice is one', () => {
  const { certificates, withId } = parseKeyring([forgeCertificate(rsa), armor(forgeCertificate(rsa))]);
  assert.equal(certificates.length, 1);
  assert.equal(withId(rsa.keyId).length, 1);
});

test('refuses private keys, other text, broken armor and cut packets, naming the file', () => {
  assert.equal(refusal(packet(5, rsa.body)).code, 'RPM_KEY_SECRET');
  for (const input of ['no key here', '', Buffer.alloc(0), Buffer.alloc(40), forgeCertificate(rsa).subarray(0, 100)]) {
    const error = refusal(input);
    assert.equal(error.code, 'RPM_KEY_CORRUPT');
    assert.match(error.place.field ?? '', /^key file 2/);
  }
  const summed = armor(forgeCertificate(rsa)).replace('-----END', '=AAAA\n-----END');
  assert.match(refusal(summed).message, /checksum/);
  assert.match(refusal(packet(2, Buffer.alloc(4))).message, /public key packet/);
});
