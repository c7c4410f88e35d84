import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import test from 'node:test';
import { dsseKeyId, signEnvelope, verifyEnvelope } from './dsse.ts';

const TYPE = 'application/vnd.in-toto+json';
const PAYLOAD = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');

test('an attestation is signed and verified with either kind of key', () => {
  for (const { privateKey, publicKey } of [p256, ed25519]) {
    const envelope = signEnvelope(TYPE, PAYLOAD, [privateKey]);
    const verified = verifyEnvelope(JSON.parse(JSON.stringify(envelope)), [publicKey], { payloadType: TYPE });
    assert.deepEqual(Buffer.from(verified.payload), PAYLOAD);
    assert.deepEqual(verified.keyIds, [dsseKeyId(publicKey)]);
    assert.equal(dsseKeyId(privateKey), dsseKeyId(publicKey));
  }
});

test('what is signed is the encoding of the specification’s example', () => {
  // DSSE protocol.md: PAE("http://example.com/HelloWorld", "hello world")
  const envelope = signEnvelope('http://example.com/HelloWorld', Buffer.from('hello world'), [ed25519.privateKey]);
  const pae = Buffer.from('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  const sig = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
  assert.equal(envelope.payload, 'aGVsbG8gd29ybGQ=');
  assert.ok(verify(null, pae, ed25519.publicKey, sig));
});

test('a change of type, payload or signature is found, and a threshold counts keys, not signatures', () => {
  const envelope = signEnvelope(TYPE, PAYLOAD, [p256.privateKey, p256.privateKey]);
  const keys = [p256.publicKey, ed25519.publicKey];
  const untrusted = (changed: object, options = {}): void =>
    assert.throws(() => verifyEnvelope({ ...envelope, ...changed }, keys, options), {
      code: 'SIGN_ENVELOPE_UNTRUSTED',
    });
  untrusted({ payloadType: 'text/plain' });
  untrusted({ payload: Buffer.from('{}').toString('base64') });
  untrusted({ signatures: [{ sig: 'AAAA' }] });
  untrusted({}, { threshold: 2 });
  assert.equal(verifyEnvelope(envelope, keys, { threshold: 1 }).keyIds.length, 1);
  assert.throws(() => verifyEnvelope(envelope, [ed25519.publicKey]), { code: 'SIGN_ENVELOPE_UNTRUSTED' });
  assert.throws(() => verifyEnvelope(envelope, keys, { payloadType: 'x' }), { code: 'SIGN_ENVELOPE_INVALID' });
  for (const broken of [{}, { ...envelope, signatures: [] }, { ...envelope, payload: '%' }, null])
    assert.throws(() => verifyEnvelope(broken, keys), { code: 'SIGN_ENVELOPE_INVALID' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  assert.throws(() => signEnvelope(TYPE, PAYLOAD, [rsa.privateKey]), { code: 'SIGN_KEY_UNSUPPORTED' });
});
