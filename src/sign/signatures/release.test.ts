import assert from 'node:assert/strict';
import test from 'node:test';
import { createCleartextMessage, createMessage, readMessage, readPrivateKey, sign } from 'openpgp';
import { SlipwayError } from '../../util/index.ts';
import { generateKey, loadKey } from '../openpgp/key.ts';
import { readInlineMessage } from '../openpgp/message.ts';
import {
  DIGEST,
  foreignKey,
  foreignSignature,
  KEY_TIME,
  REFERENCE,
  SIGN_TIME,
  signedContent,
  TIMESTAMP,
} from '../testing.ts';
import { atomicMessage } from './content.ts';
import { signDetached, verifyDetached } from './detached.ts';
import { signRelease } from './release.ts';
import { inspectSignature, verifyRelease } from './verify.ts';

const CONTENT = { digest: DIGEST, reference: REFERENCE, creator: 'slipway', timestamp: TIMESTAMP };
const EXPECTED = { digest: DIGEST, at: SIGN_TIME };
const key = await generateKey({ name: 'Slipway test', email: 'test@example.com', at: KEY_TIME, bits: 2048 });
const signature = await signRelease(CONTENT, key);

test('a key is RSA 4096 of version 4, created when told, and comes back from its storage format', async () => {
  const full = await generateKey({ name: 'Slipway', email: 'release@example.com', at: KEY_TIME });
  assert.equal(full.algorithm, 'RSA 4096');
  assert.equal(full.userId, 'Slipway <release@example.com>');
  assert.equal(full.created, KEY_TIME.getTime() / 1000);
  assert.match(full.fingerprint, /^[0-9A-F]{40}$/);
  assert.match(full.armored, /^-----BEGIN PGP PRIVATE KEY BLOCK-----/);
  assert.match(full.publicKey, /^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
  assert.deepEqual(await loadKey(full.armored), full);
  await assert.rejects(loadKey(full.publicKey), { code: 'SIGN_KEY_INVALID' });
  await assert.rejects(loadKey(''), { code: 'SIGN_KEY_INVALID' });
});

test('a signed release verifies, and says what was signed by whom', async () => {
  assert.deepEqual(await verifyRelease(signature, key.publicKey, { ...EXPECTED, reference: REFERENCE }), {
    ...CONTENT,
    fingerprint: key.fingerprint,
    primaryFingerprint: key.fingerprint,
    userId: key.userId,
    signedAt: TIMESTAMP,
    warnings: [],
    accepts: {
      cvo: { accepted: true, reasons: [] },
      containers: { accepted: true, reasons: [] },
      ocMirror: { accepted: true, reasons: [] },
    },
  });
});

test('signing the same twice gives the same bytes', async () => {
  assert.deepEqual(await signRelease(CONTENT, key), signature);
});

test('no signature without digest, reference, creator and a time after the key', async () => {
  for (const missing of [{ digest: '' }, { reference: '' }, { creator: '' }, { timestamp: 0 }, { timestamp: 1.5 }])
    await assert.rejects(signRelease({ ...CONTENT, ...missing }, key), { code: 'SIGN_CONTENT_INVALID' });
  await assert.rejects(signRelease({ ...CONTENT, timestamp: key.created - 1 }, key), { code: 'SIGN_KEY_NEWER' });
});

test('no changed bit verifies', () => {
  const changed = Uint8Array.from(signature);
  for (let at = 0; at < signature.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      changed[at] = (signature[at] ?? 0) ^ (1 << bit);
      assert.throws(
        () => inspectSignature(changed, key.publicKey, EXPECTED),
        (error) => error instanceof SlipwayError && error.exitCode === 1,
        `bit ${bit} of byte ${at} of ${signature.length}`,
      );
    }
    changed[at] = signature[at] ?? 0;
  }
});

test('no other byte in place of one verifies, nor does a part or an addition', () => {
  const { signature: packet } = readInlineMessage(signature);
  const changed = Uint8Array.from(signature);
  const frame = signature.length - packet.value.length; // the integers are covered bit by bit above
  for (let at = 0; at < frame; at += 1) {
    for (const value of [0x00, 0x01, 0x62, 0x74, 0x75, 0xff]) {
      if (signature[at] === value) continue;
      changed[at] = value;
      assert.throws(() => inspectSignature(changed, key.publicKey, EXPECTED), SlipwayError, `${value} at ${at}`);
    }
    changed[at] = signature[at] ?? 0;
  }
  for (const length of [0, 1, 15, signature.length - 1])
    assert.throws(() => inspectSignature(signature.subarray(0, length), key.publicKey, EXPECTED), SlipwayError);
  const longer = Buffer.concat([signature, Buffer.from([0xc2, 0x00])]);
  assert.throws(() => inspectSignature(longer, key.publicKey, EXPECTED), { code: 'SIGN_NOT_INLINE' });
});

test('armored, detached and clear-signed signatures are refused, each by name', async () => {
  const signingKeys = await readPrivateKey({ armoredKey: key.armored });
  const text = atomicMessage(CONTENT);
  const options = { signingKeys, date: SIGN_TIME } as const;
  const message = await createMessage({ text });
  const detached = await sign({ message, ...options, detached: true, format: 'binary' });
  const clear = await sign({ message: await createCleartextMessage({ text }), ...options });
  const armored = (await readMessage({ binaryMessage: signature })).armor();
  const refused: readonly [string, Uint8Array][] = [
    ['armored', Buffer.from(armored)],
    ['detached', detached],
    ['clear-signed', Buffer.from(clear)],
  ];
  for (const [name, bytes] of refused)
    assert.throws(() => inspectSignature(bytes, key.publicKey, EXPECTED), {
      code: 'SIGN_NOT_INLINE',
      message: new RegExp(name, 'i'),
    });
});

test('another key, another digest: refused', async () => {
  const other = await foreignKey();
  assert.throws(() => inspectSignature(signature, other.toPublic().armor(), EXPECTED), { code: 'SIGN_NO_KEY' });
  assert.throws(() => inspectSignature(signature, key.publicKey, { ...EXPECTED, digest: 'sha256:00' }), {
    code: 'SIGN_WRONG_DIGEST',
  });
});

test('a date that the signature does not cover cannot be changed', async () => {
  const foreign = await foreignKey();
  const changed = await foreignSignature(signedContent(), foreign, { literalDate: new Date('2020-01-01') });
  assert.throws(() => inspectSignature(changed, foreign.toPublic().armor(), EXPECTED), { code: 'SIGN_MALFORMED' });
  const named = await foreignSignature(signedContent(), foreign, { filename: 'release.json' });
  assert.equal(inspectSignature(named, foreign.toPublic().armor(), EXPECTED).accepts.cvo.accepted, true);
});

test('a detached signature over a file', async () => {
  const content = Buffer.from('0123  openshift-client.tar.gz\n');
  const armored = await signDetached(content, key, SIGN_TIME);
  assert.match(armored, /^-----BEGIN PGP SIGNATURE-----\n/);
  assert.equal(armored, await signDetached(content, key, SIGN_TIME));
  assert.deepEqual(verifyDetached(content, armored, key.publicKey, SIGN_TIME), {
    fingerprint: key.fingerprint,
    userId: key.userId,
    signedAt: TIMESTAMP,
  });
  const refused = (bytes: Uint8Array, text: string, code: string): void =>
    assert.throws(() => verifyDetached(bytes, text, key.publicKey, SIGN_TIME), { code });
  refused(Buffer.from('0124  openshift-client.tar.gz\n'), armored, 'SIGN_BAD_SIGNATURE');
  refused(content, 'nothing', 'SIGN_NOT_DETACHED');
  refused(content, key.publicKey, 'SIGN_NOT_DETACHED');
  refused(
    content,
    armored.replace(/\n([A-Za-z])/, (_, first) => `\n${first === 'A' ? 'B' : 'A'}`),
    'SIGN_ARMOR',
  );
});
