import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DIGEST, NO_VECTORS, payloadVectors, REFERENCE } from '../testing.ts';
import { readCosignManifest, withSignature } from './attachment.ts';
import { loadCosignKey, loadCosignPublicKey } from './key.ts';
import { imagePolicies } from './policy.ts';
import { openSecretbox } from './secretbox.ts';
import { inspectCosign, publicHalf, signCosign } from './signature.ts';

const vectors = payloadVectors();
const skip = vectors === undefined ? NO_VECTORS : false;
const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';
/** Of a certificate only its kind is looked at. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
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

  it('may be plain, or PKCS #8 under a passphrase, and are refused where no client could verify', () => {
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.equal(publicHalf(loadCosignKey(pem, undefined)), publicHalf(pair.privateKey));
    const passphrase = 'open sesame';
    const locked = pair.privateKey
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase })
      .toString();
    assert.equal(publicHalf(loadCosignKey(locked, passphrase)), publicHalf(pair.privateKey));
    assert.throws(() => loadCosignKey(locked, 'wrong'), { code: 'SIGN_KEY_INVALID', message: /passphrase .* wrong/ });
    assert.throws(() => loadCosignKey(locked, undefined), { code: 'SIGN_KEY_INVALID', message: /protected/ });
    for (const { privateKey } of [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('x25519'),
    ])
      assert.throws(() => loadCosignKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), undefined), {
        code: 'SIGN_KEY_UNSUPPORTED',
      });
    assert.throws(() => loadCosignKey('nothing', undefined), { code: 'SIGN_KEY_INVALID' });
    const blank = `-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----${'\n'.repeat(20_000)}?`;
    assert.throws(() => loadCosignKey(blank, undefined), { code: 'SIGN_KEY_INVALID' });
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

  it('of the public kind are a public key and nothing else', () => {
    const place = { file: 'cosign.pub' };
    const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      format: 'pem',
      type: 'pkcs1',
    });
    assert.equal(loadCosignPublicKey(pkcs1.toString()).asymmetricKeyType, 'rsa');
    const secret = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    assert.throws(() => loadCosignPublicKey(secret, place), {
      code: 'SIGN_KEY_INVALID',
      place,
      message: /PRIVATE KEY/,
    });
    assert.throws(() => loadCosignPublicKey(CERTIFICATE), { code: 'SIGN_KEY_INVALID', message: /a CERTIFICATE/ });
    const damaged = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
    assert.throws(() => loadCosignPublicKey(damaged), { code: 'SIGN_KEY_INVALID', message: /damaged/ });
    const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' });
    assert.throws(() => loadCosignPublicKey(x25519.toString()), { code: 'SIGN_KEY_UNSUPPORTED' });
    const endless = '-----BEGIN PUBLIC KEY-----\n'.repeat(40_000);
    assert.throws(() => loadCosignPublicKey(endless, place), {
      code: 'SIGN_KEY_INVALID',
      place,
      message: /at most 65536/,
    });
  });

  it("read OCP's own ClusterImagePolicy, whose key is RSA", { skip }, async () => {
    const file = 'ocp_0000_90_openshift-cluster-image-policy.yaml';
    const [policy] = imagePolicies(await readFile(join(vectors ?? '', 'keys', file), 'utf8'), file);
    assert.deepEqual([policy?.key?.asymmetricKeyType, policy?.key?.asymmetricKeyDetails?.modulusLength], ['rsa', 4096]);
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
      /any of the keys; the signed text is refused: the field "optional" is missing/,
    );
    assert.match(reasons({ payload: Buffer.from('[') }), /not JSON/);
  });

  for (const [name, make] of [
    ['RSA 4096', () => generateKeyPairSync('rsa', { modulusLength: 4096 })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['ECDSA P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ECDSA P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ] as const)
    it(`by ${name} are made and taken, as OpenSSL makes and takes them`, { skip: noOpenssl }, async (t) => {
      const { privateKey } = make();
      const folder = await mkdtemp(join(tmpdir(), 'slipway-openssl-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const path = (file: string): string => join(folder, file);
      const ours = signCosign(content, privateKey);
      await writeFile(path('key'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
      await writeFile(path('pub'), publicHalf(privateKey));
      await writeFile(path('payload'), ours.payload);
      await writeFile(path('ours'), Buffer.from(ours.signature, 'base64'));
      const openssl = (...args: string[]) => {
        const files = ['-rawin', '-in', path('payload'), ...(name === 'Ed25519' ? [] : ['-digest', 'sha256'])];
        const { status, stderr } = spawnSync('openssl', ['pkeyutl', ...args, ...files], { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
      };
      openssl('-verify', '-pubin', '-inkey', path('pub'), '-sigfile', path('ours'));
      openssl('-sign', '-inkey', path('key'), '-out', path('theirs'));
      const theirs = { payload: ours.payload, signature: (await readFile(path('theirs'))).toString('base64') };
      const own = [loadCosignPublicKey(publicHalf(privateKey))];
      for (const one of [ours, theirs]) {
        assert.deepEqual(inspectCosign(one, own, content), { accepted: true, reasons: [] });
        const changed = { ...one, payload: Buffer.from(`${one.payload} `) };
        assert.equal(inspectCosign(changed, own, content).accepted, false);
        assert.equal(inspectCosign(one, keys, content).accepted, false);
      }
    });

  it('may be in the plain form of ECDSA, which sigstore reads too; their base64 is strict', () => {
    const plain = sign('sha256', signature.payload, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
    assert.equal(reasons({ signature: plain.toString('base64') }), '');
    assert.match(reasons({ signature: signature.signature.replace(/=*$/, '!') }), /any of the keys/);
  });

  it("are over a text that containers/image reads, cosign's or another signer's", () => {
    const text = (optional: string): Uint8Array =>
      Buffer.from(Buffer.from(signature.payload).toString().replace('"optional":null', `"optional":${optional}`));
    const read = (optional: string): string => {
      const payload = text(optional);
      return reasons({ payload, signature: sign('sha256', payload, pair.privateKey).toString('base64') });
    };
    for (const good of [
      '{}',
      '{"creator":"x","timestamp":1}',
      '{"timestamp":1e3}',
      '{"creator":null}',
      '{"Creator":1}',
    ])
      assert.equal(read(good), '', good);
    for (const [bad, told] of [
      ['{"creator":1}', /"optional\.creator" is not a text/],
      ['{"timestamp":1.5}', /"optional\.timestamp" is not an integer/],
      ['{"timestamp":"1"}', /"optional\.timestamp" is not an integer/],
      ['{"creator":"x","creator":"x"}', /given twice/],
      ['[]', /"optional" is not an object/],
      ['""', /"optional" is not an object/],
    ] as const)
      assert.match(read(bad), told, bad);
  });

  it('stand in an image under the tag of the digest, which reads back', () => {
    const attachment = withSignature(DIGEST, undefined, signature);
    assert.equal(attachment.tag, `sha256-${DIGEST.slice(7)}.sig`);
    for (const { digest, bytes } of attachment.blobs)
      assert.equal(digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    const { config, signatures } = readCosignManifest(attachment.manifest, 'x');
    assert.deepEqual(
      signatures.map((read) => [read.signature, read.digest]),
      [[signature.signature, attachment.blobs[1]?.digest]],
    );
    assert.equal(config?.digest, attachment.blobs[0]?.digest);
    assert.throws(() => readCosignManifest(Buffer.from('{}'), 'x'), { code: 'SIGN_ATTACHMENT_INVALID' });
    assert.throws(() => readCosignManifest(Buffer.from('<'), 'x'), { code: 'SIGN_ATTACHMENT_INVALID' });
  });

  it('are added to what others have put there, which stays', () => {
    const foreign = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      digest: `sha256:${'a'.repeat(64)}`,
      size: 3,
      annotations: {
        'dev.cosignproject.cosign/signature': 'AAAA',
        'dev.sigstore.cosign/bundle': '{"SignedEntryTimestamp":"x"}',
        'dev.sigstore.cosign/certificate': 'PEM',
      },
    };
    const attestation = { mediaType: 'application/x', digest: `sha256:${'b'.repeat(64)}`, size: 1 << 30 };
    const config = { architecture: 'x', rootfs: { type: 'layers', diff_ids: ['a', 'b'] }, history: [{}, {}], more: 1 };
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: foreign.digest, size: 1, extra: true },
      layers: [foreign, attestation],
      annotations: { by: 'others' },
      subject: { ...attestation },
    };
    const encode = (value: object): Buffer => Buffer.from(JSON.stringify(value));
    const stored = { mediaType: manifest.mediaType, manifest: encode(manifest), config: encode(config) };
    const longer = withSignature(DIGEST, stored, signature);
    const { layers, config: described, ...others } = JSON.parse(Buffer.from(longer.manifest).toString());
    const { layers: was, config: wasDescribed, ...othersWere } = manifest;
    assert.deepEqual(others, othersWere);
    assert.deepEqual(layers.slice(0, 2), was);
    assert.equal(layers[2].annotations['dev.cosignproject.cosign/signature'], signature.signature);
    const [written, layer] = longer.blobs;
    assert.deepEqual(described, { ...wasDescribed, digest: written?.digest, size: written?.size });
    assert.deepEqual(JSON.parse(Buffer.from(written?.bytes ?? []).toString()), {
      ...config,
      rootfs: { type: 'layers', diff_ids: ['a', 'b', layer?.digest] },
      history: [{}, {}, { created: '0001-01-01T00:00:00Z' }],
    });
    // What a descriptor embeds is the old content.
    const embedding = { ...manifest.config, data: 'e30=', urls: ['https://a.example'], annotations: { by: 'others' } };
    const embedded = encode({ ...manifest, config: embedding });
    const changed = withSignature(DIGEST, { ...stored, manifest: embedded }, signature);
    assert.deepEqual(JSON.parse(Buffer.from(changed.manifest).toString()).config, {
      ...described,
      annotations: { by: 'others' },
    });
    // An artifact's empty configuration says nothing of layers.
    const empty = { ...manifest, config: { ...manifest.config, mediaType: 'application/vnd.oci.empty.v1+json' } };
    const kept = withSignature(DIGEST, { ...stored, manifest: encode(empty), config: Buffer.from('{}') }, signature);
    assert.deepEqual(JSON.parse(Buffer.from(kept.manifest).toString()).config, empty.config);
    assert.equal(kept.blobs.length, 1);
    const { config: _, ...bare } = manifest;
    const without = withSignature(DIGEST, { ...stored, manifest: encode(bare), config: Buffer.alloc(0) }, signature);
    assert.equal(JSON.parse(Buffer.from(without.manifest).toString()).layers.length, 3);
    assert.throws(() => withSignature(DIGEST, { ...stored, manifest: Buffer.from('{}') }, signature), {
      code: 'SIGN_ATTACHMENT_INVALID',
    });
  });
});
