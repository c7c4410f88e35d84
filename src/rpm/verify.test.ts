import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeader } from './header/header.ts';
import { parseKeyring } from './openpgp/keyring.ts';
import { installedPackage } from './package.ts';
import { type ForgedValue, forgedBuild, forgeHeader, forgeInstalled, signedHeader } from './testing/forge-header.ts';
import {
  FORGED_AT,
  type ForgedKey,
  type ForgeSignatureOptions,
  forgeCertificate,
  forgeKey,
  forgeSignature,
  KEY_KINDS,
} from './testing/forge-openpgp.ts';
import { verifyPackage } from './verify.ts';

const BUILD = forgedBuild('forged');
const SIGNED = signedHeader(BUILD);
const rsa = forgeKey('rsa');
const ed25519 = forgeKey('ed25519');

function packageWith(dribbles: readonly (readonly [number, ForgedValue])[]) {
  return installedPackage(readHeader(forgeHeader(BUILD, new Map(dribbles))), 'test');
}

function signedBy(key: ForgedKey, options?: ForgeSignatureOptions) {
  return packageWith([[268, forgeSignature(key, [SIGNED], options)]]);
}

const ringOf = (...keys: readonly ForgedKey[]) => parseKeyring(keys.map((key) => forgeCertificate(key)));

for (const kind of Object.keys(KEY_KINDS) as (keyof typeof KEY_KINDS)[]) {
  for (const version of [4, 6] as const) {
    test(`verifies ${kind} keys of version ${version}, and refuses the same signature over another header`, () => {
      const key = forgeKey(kind, { version });
      const ring = ringOf(key);
      const { signature, by } = verifyPackage(signedBy(key, { hash: 'sha512' }), ring);
      assert.equal(signature, 'ok');
      assert.deepEqual(by, { keyId: key.keyId, fingerprint: key.fingerprint });
      const other = packageWith([[268, forgeSignature(key, [Buffer.from('something else')], { hash: 'sha512' })]]);
      assert.equal(verifyPackage(other, ring).signature, 'bad');
    });
  }
}

test('verifies version 3 signatures, as RHEL and SUSE packages have them', () => {
  const pkg = signedBy(rsa, { version: 3 });
  assert.deepEqual(pkg.keyIds, [rsa.keyId]);
  assert.equal(verifyPackage(pkg, ringOf(rsa)).signature, 'ok');
});

test('says no-key without the key and absent without a signature', () => {
  assert.equal(verifyPackage(signedBy(rsa), ringOf(ed25519)).signature, 'no-key');
  assert.equal(verifyPackage(packageWith([]), ringOf(rsa)).signature, 'absent');
});

test('an unknown algorithm, hash, version or critical subpacket is unverifiable, never bad', () => {
  const unknown = forgeKey('ed25519', { algorithm: 99 });
  const bound = parseKeyring([forgeCertificate(unknown, { selfSigned: false })]);
  const check = verifyPackage(signedBy(unknown), bound);
  assert.equal(check.signature, 'unverifiable');
  assert.match(check.checks[0]?.reason ?? '', /algorithm 99/);
  const ring = ringOf(rsa);
  assert.equal(verifyPackage(signedBy(rsa, { hash: 'md5' }), ring).signature, 'unverifiable');
  assert.equal(verifyPackage(signedBy(rsa, { hashed: [[0x80 | 60, Buffer.of(1)]] }), ring).signature, 'unverifiable');
  const version5 = forgeSignature(rsa, [SIGNED]);
  version5[6] = 5;
  assert.equal(verifyPackage(packageWith([[268, version5]]), ring).signature, 'unverifiable');
});

test('several signatures: the good one counts beside an unverifiable one, a bad one spoils all', () => {
  const unknown = forgeKey('ed25519', { algorithm: 99 });
  const good = forgeSignature(rsa, [SIGNED]);
  const odd = forgeSignature(unknown, [SIGNED]);
  const ring = parseKeyring([forgeCertificate(rsa), forgeCertificate(unknown, { selfSigned: false })]);
  const modern = packageWith([[278, [odd.toString('base64'), good.toString('base64')]]]);
  const result = verifyPackage(modern, ring);
  assert.equal(result.signature, 'ok');
  assert.equal(result.by?.fingerprint, rsa.fingerprint);
  assert.deepEqual(
    result.checks.map((check) => check.result),
    ['unverifiable', 'ok'],
  );
  const bad = forgeSignature(rsa, [Buffer.from('another header')]);
  assert.equal(
    verifyPackage(
      packageWith([
        [268, good],
        [267, bad],
      ]),
      ring,
    ).signature,
    'bad',
  );
});

test('a signature that can’t be read, or is of another type, is bad', () => {
  const ring = ringOf(rsa);
  for (const bytes of [Buffer.of(0xc2, 1), Buffer.of(0), forgeSignature(rsa, [SIGNED]).subarray(0, 40)]) {
    assert.equal(verifyPackage(packageWith([[268, bytes]]), ring).signature, 'bad');
  }
  assert.equal(verifyPackage(packageWith([[278, ['not base64!']]]), ring).signature, 'bad');
  assert.equal(verifyPackage(packageWith([[268, 'a string']]), ring).signature, 'bad');
  assert.equal(verifyPackage(signedBy(rsa, { type: 0x10 }), ring).signature, 'bad');
});

test('keys whose 64-bit ids collide are all tried', () => {
  const other = forgeKey('rsa');
  const pkg = signedBy(rsa, { claim: other.keyId });
  const ring = ringOf(rsa, other);
  assert.equal(verifyPackage(pkg, ring).signature, 'bad', 'the other key did not make it');
  const colliding = { certificates: ring.certificates, withId: () => ring.certificates.map((each) => each.primary) };
  const result = verifyPackage(pkg, colliding);
  assert.equal(result.signature, 'ok');
  assert.equal(result.by?.fingerprint, rsa.fingerprint, 'the fingerprint tells which of the two it was');
});

test('a fingerprint in the signature rules out other keys of the same id', () => {
  const fake = forgeKey('rsa');
  const colliding = { certificates: [], withId: () => ringOf(fake).certificates.map((each) => each.primary) };
  assert.equal(verifyPackage(signedBy(rsa), colliding).signature, 'no-key');
});

test('a signature from after the key’s expiry, before its creation or after its revocation does not count', () => {
  const expiring = parseKeyring([forgeCertificate(rsa, { expires: 2000 })]);
  assert.equal(verifyPackage(signedBy(rsa, { at: FORGED_AT + 1999 }), expiring).signature, 'ok');
  assert.equal(verifyPackage(signedBy(rsa, { at: FORGED_AT + 2000 }), expiring).signature, 'unverifiable');
  assert.equal(verifyPackage(signedBy(rsa, { at: FORGED_AT - 1 }), ringOf(rsa)).signature, 'unverifiable');
  const retired = parseKeyring([forgeCertificate(rsa, { revoked: { at: FORGED_AT + 5000, reason: 3 } })]);
  assert.equal(verifyPackage(signedBy(rsa, { at: FORGED_AT + 4999 }), retired).signature, 'ok');
  assert.equal(verifyPackage(signedBy(rsa, { at: FORGED_AT + 5000 }), retired).signature, 'unverifiable');
  const stolen = parseKeyring([forgeCertificate(rsa, { revoked: { at: FORGED_AT + 5000, reason: 2 } })]);
  const { signature, checks } = verifyPackage(signedBy(rsa, { at: FORGED_AT + 10 }), stolen);
  assert.equal(signature, 'unverifiable', 'whoever stole the key may have backdated it');
  assert.match(checks[0]?.reason ?? '', /revoked \(told so\)/);
});

test('a revocation in one copy of a certificate counts for every copy', () => {
  const revoked = forgeCertificate(rsa, { revoked: { at: FORGED_AT, reason: 2 } });
  for (const files of [
    [forgeCertificate(rsa), revoked],
    [revoked, forgeCertificate(rsa)],
  ]) {
    const ring = parseKeyring(files);
    assert.equal(ring.certificates.length, 1);
    assert.equal(verifyPackage(signedBy(rsa), ring).signature, 'unverifiable');
  }
});

test('subkeys sign only with a binding by their primary key and a cross-certification of their own', () => {
  const stranger = forgeKey('rsa');
  const cases = [
    ['bound and cross-certified', {}, 'ok'],
    ['no binding signature', { unbound: true }, 'unverifiable'],
    ['bound by a stranger', { boundBy: stranger }, 'unverifiable'],
    ['not cross-certified', { crossBy: null }, 'unverifiable'],
    ['cross-certified by the primary key', { crossBy: rsa }, 'unverifiable'],
    ['for encryption only', { flags: 0x0c }, 'unverifiable'],
    ['revoked', { revoked: { at: FORGED_AT, reason: 2 } }, 'unverifiable'],
    ['expired', { expires: 999 }, 'unverifiable'],
  ] as const;
  for (const [what, options, expected] of cases) {
    const ring = parseKeyring([forgeCertificate(rsa, { subkeys: [[ed25519, options]] })]);
    assert.equal(verifyPackage(signedBy(ed25519), ring).signature, expected, what);
  }
  const dead = parseKeyring([
    forgeCertificate(rsa, { revoked: { at: FORGED_AT, reason: 2 }, subkeys: [[ed25519, {}]] }),
  ]);
  assert.equal(verifyPackage(signedBy(ed25519), dead).signature, 'unverifiable', 'primary key revoked');
});

test('a primary key needs a self-signature and the right to sign', () => {
  const bare = parseKeyring([forgeCertificate(rsa, { selfSigned: false })]);
  assert.equal(verifyPackage(signedBy(rsa), bare).signature, 'unverifiable');
  const certifying = parseKeyring([forgeCertificate(rsa, { flags: 0x01 })]);
  assert.equal(verifyPackage(signedBy(rsa), certifying).signature, 'unverifiable');
});

test('signatures over header and payload can’t be judged once installed', () => {
  const pkg = packageWith([[259, forgeSignature(rsa, [SIGNED, Buffer.from('payload')])]]);
  assert.deepEqual(pkg.keyIds, [rsa.keyId]);
  const { signature, checks } = verifyPackage(pkg, ringOf(rsa));
  assert.equal(signature, 'unverifiable');
  assert.match(checks[0]?.reason ?? '', /payload/);
});

test('a digest that does not fit makes the package bad, with or without the key', () => {
  const wrong = packageWith([
    [268, forgeSignature(rsa, [SIGNED])],
    [273, '00'.repeat(32)],
  ]);
  assert.equal(wrong.headerDigest, 'bad');
  assert.equal(verifyPackage(wrong, ringOf(rsa)).signature, 'bad');
  assert.equal(verifyPackage(wrong, parseKeyring([])).signature, 'bad');
});

test('a build tag slipped in behind the signed region makes the package bad', () => {
  const blob = forgeInstalled(BUILD, [rsa], new Map([[1011, 'Red Hat, Inc.']]));
  const pkg = installedPackage(readHeader(blob), 'test');
  assert.equal(pkg.vendor, 'Red Hat, Inc.', 'readers see the later entry, as with rpm');
  assert.equal(pkg.headerDigest, 'ok', 'no digest notices');
  const { signature, reason } = verifyPackage(pkg, ringOf(rsa));
  assert.equal(signature, 'bad');
  assert.match(reason ?? '', /1011/);
});

test('a header signature without a signed region is bad', () => {
  const blob = forgeHeader(BUILD, new Map([[268, forgeSignature(rsa, [SIGNED])]]), 61);
  const { signature } = verifyPackage(installedPackage(readHeader(blob), 'test'), ringOf(rsa));
  assert.equal(signature, 'bad');
});
