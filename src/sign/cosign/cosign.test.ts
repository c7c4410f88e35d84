import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DIGEST, NO_VECTORS, payloadVectors, REFERENCE } from '../testing.ts';
import { loadCosignKey, loadCosignPublicKey } from './key.ts';
import { openSecretbox } from './secretbox.ts';
import { cosignAttachment, inspectCosign, publicHalf, readCosignManifest, signCosign } from './signature.ts';

const vectors = payloadVectors();
const skip = vectors === undefined ? NO_VECTORS : false;
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const content = { digest: DIGEST, reference: REFERENCE };

describe('keys of cosign', () => {
  it('open under their passphrase, and have the public half that cosign wrote beside them', { skip }, async () => {
    const folder = join(vectors ?? '', 'oc-mirror/tests/integration/testdata/keys');
    const pem = await readFile(join(folder, 'cosign.key'), 'utf8');
    const key = loadCosignKey(pem, '');
    assert.equal(publicHalf(key), await readFile(join(folder, 'cosign.pub'), 'utf8'));
    const place = { file: 'cosign.key' };
    assert.throws(() => loadCosignKey(pem, 'wrong', place), { code: 'SIGN_KEY_INVALID', place, message: /passphrase/ });
    assert.throws(() => loadCosignKey(pem, undefined), { code: 'SIGN_KEY_INVALID', message: /protected/ });
    const signature = signCosign(content, key);
    assert.equal(inspectCosign(signature, [loadCosignPublicKey(publicHalf(key))], content).accepted, true);
  });

  it('may be plain PKCS #8, and are refused where no client could verify', () => {
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.equal(publicHalf(loadCosignKey(pem, undefined)), publicHalf(pair.privateKey));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' });
    assert.throws(() => loadCosignKey(rsa.toString(), undefined), { code: 'SIGN_KEY_UNSUPPORTED' });
    assert.throws(() => loadCosignKey('nothing', undefined), { code: 'SIGN_KEY_INVALID' });
    const greedy = Buffer.from(
      JSON.stringify({
        kdf: { name: 'scrypt', params: { N: 1 << 24, r: 8, p: 1 }, salt: 'AAAA' },
        cipher: { name: 'nacl/secretbox', nonce: 'AAAA' },
        ciphertext: 'AAAA',
      }),
    ).toString('base64');
    const hostile = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${greedy}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
    assert.throws(() => loadCosignKey(hostile, ''), { code: 'SIGN_KEY_INVALID', message: /scrypt/ });
  });

  it("secretbox opens NaCl's own test vector", () => {
    // tests/secretbox.c of NaCl: 131 bytes under the key "1b27…" and nonce "6969…", here by the digest of the text.
    const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
    const key = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
    const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
    const box = hex(`f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
      c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
      90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5`);
    const text = openSecretbox(box, nonce, key);
    assert.equal(text?.length, 131);
    assert.equal(text?.toString('hex').slice(0, 32), 'be075fc53c81f2d5cf141316ebeb0c7b');
    box[20] = (box[20] ?? 0) ^ 1;
    assert.equal(openSecretbox(box, nonce, key), undefined);
  });
});

describe('signatures of cosign', () => {
  const signature = signCosign(content, pair.privateKey);
  const keys = [createPublicKey(pair.privateKey)];
  const reasons = (change: object, expected: object = {}) =>
    inspectCosign({ ...signature, ...change }, keys, { ...content, ...expected }).reasons.join('; ');

  it('are for one digest, one name, one key', () => {
    assert.equal(reasons({}), '');
    assert.match(reasons({}, { digest: `sha256:${'0'.repeat(64)}` }), /^it is for sha256:0123/);
    assert.match(reasons({}, { reference: 'quay.io/okd/scos-release:other' }), /a pull by tag needs exactly/);
    assert.equal(reasons({}, { reference: `quay.io/okd/scos-release@${DIGEST}` }), '');
    assert.match(
      reasons({
        signature: signCosign(content, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).signature,
      }),
      /any of the keys/,
    );
    assert.match(
      reasons({ payload: Buffer.from('{"critical":{}}') }),
      /any of the keys; the signed text has other fields/,
    );
    assert.match(reasons({ payload: Buffer.from('[') }), /not JSON/);
  });

  it('stand in an image under the tag of the digest, which reads back', () => {
    const attachment = cosignAttachment(DIGEST, [signature]);
    assert.equal(attachment.tag, `sha256-${DIGEST.slice(7)}.sig`);
    for (const { digest, bytes } of attachment.blobs)
      assert.equal(digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    const [read] = readCosignManifest(attachment.manifest, 'x');
    assert.equal(read?.signature, signature.signature);
    assert.equal(read?.digest, attachment.blobs[1]?.digest);
    assert.throws(() => readCosignManifest(Buffer.from('{}'), 'x'), { code: 'SIGN_ATTACHMENT_INVALID' });
    assert.throws(() => readCosignManifest(Buffer.from('<'), 'x'), { code: 'SIGN_ATTACHMENT_INVALID' });
  });
});
