import assert from 'node:assert/strict';
import test from 'node:test';
import { type PrivateKey, revokeKey } from 'openpgp';
import { identityObjection, type SignedIdentity } from '../identity.ts';
import { DIGEST, foreignKey, foreignSignature, REFERENCE, SIGN_TIME, signedContent, TIMESTAMP } from '../testing.ts';
import { inspectSignature, verifyRelease } from './verify.ts';

const EXPECTED = { digest: DIGEST, at: SIGN_TIME };
const rsa = await foreignKey();

/** `cvo containers`, each + or -, or the code of the error. */
async function verdict(
  content: string,
  key: PrivateKey = rsa,
  more: { reference?: string; at?: Date } = {},
): Promise<string> {
  const bytes = await foreignSignature(content, key);
  try {
    const { accepts } = inspectSignature(bytes, key.toPublic().armor(), { ...EXPECTED, ...more });
    return [accepts.cvo, accepts.containers].map(({ accepted }) => (accepted ? '+' : '-')).join('');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** A content with two digests. */
function twice(first: string, second: string): string {
  const name = '"docker-manifest-digest":';
  return signedContent({ digest: second }).replace(name, `${name}"${first}",${name}`);
}

test('the content is read as strictly as each consumer reads it', async () => {
  const cases: readonly [what: string, content: string, verdict: string][] = [
    ['as it should be', signedContent(), '++'],
    ['indented', JSON.stringify(JSON.parse(signedContent()), undefined, 2), '++'],
    ['no creator', signedContent({ optional: { creator: undefined } }), '++'],
    ['no optional part', signedContent({ optional: null }), '+-'],
    ['an unknown field on top', signedContent({ top: { extra: 1 } }), '--'],
    ['an unknown optional field', signedContent({ optional: { extra: 'x' } }), '-+'],
    ['an unknown critical field', signedContent({ critical: { extra: 'x' } }), '--'],
    ['time as text', signedContent({ optional: { timestamp: '1' } }), 'SIGN_CONTENT_INVALID'],
    ['time with a fraction', signedContent({ optional: { timestamp: 1.5 } }), 'SIGN_CONTENT_INVALID'],
    ['time written 1.0', signedContent().replace(String(TIMESTAMP), `${TIMESTAMP}.0`), '-+'],
    ['time written with an exponent', signedContent().replace(String(TIMESTAMP), '1e9'), '-+'],
    ['another type', signedContent({ critical: { type: 'x' } }), 'SIGN_CONTENT_INVALID'],
    ['no reference', signedContent({ reference: '' }), 'SIGN_CONTENT_INVALID'],
    ['another digest', signedContent({ digest: 'sha256:1' }), 'SIGN_WRONG_DIGEST'],
    ['creator as number', signedContent({ optional: { creator: 1 } }), 'SIGN_CONTENT_INVALID'],
    ['a field twice', signedContent().replace('"critical"', '"optional":{},"critical"'), '+-'],
    ['another digest behind the first', twice(DIGEST, 'sha256:1'), 'SIGN_WRONG_DIGEST'],
    ['the digest behind another', twice('sha256:1', DIGEST), '+-'],
    // How library-go's verifier and skopeo took each of these was seen with both.
    ['null for the optional part', signedContent({ top: { optional: null } }), '+-'],
    ['null for the creator', signedContent({ optional: { creator: null } }), '++'],
    ['null for the time', signedContent({ optional: { timestamp: null } }), '++'],
    ['a name in capitals', signedContent({ optional: { creator: undefined, Creator: 'x' } }), '++'],
    ['all names in capitals', signedContent().replace(/"[a-z-]+"(?=:)/g, (name) => name.toUpperCase()), '+-'],
    ['a name once in each case', signedContent({ optional: { Creator: 'x' } }), '++'],
    ['a name with a long s', signedContent().replace('"timestamp"', '"timeſtamp"'), '++'],
    ['a name with a ligature', signedContent().replace('"timestamp"', '"timeﬆamp"'), '-+'],
    ['null for the digest', signedContent({ critical: { image: null } }), 'SIGN_CONTENT_INVALID'],
    ['no JSON', 'x', 'SIGN_CONTENT_INVALID'],
    ['more behind', `${signedContent()} {}`, 'SIGN_CONTENT_INVALID'],
    ['a list', '[]', 'SIGN_CONTENT_INVALID'],
  ];
  for (const [what, content, expected] of cases) assert.equal(await verdict(content), expected, what);
});

test('keys: each consumer’s rules', async () => {
  const year = 365 * 24 * 3600;
  const cases: readonly [what: string, key: PrivateKey, verdict: string, at?: Date][] = [
    ['ECDSA P-256', await foreignKey({ type: 'ecc', curve: 'nistP256' }), '++'],
    ['ECDSA P-384', await foreignKey({ type: 'ecc', curve: 'nistP384' }), '++'],
    ['ECDSA P-521', await foreignKey({ type: 'ecc', curve: 'nistP521' }), '++'],
    ['Ed25519', await foreignKey({ type: 'ecc', curve: 'ed25519Legacy' }), '-+'],
    ['Ed25519 of the new form', await foreignKey({ type: 'curve25519' }), '-+'],
    ['a signing subkey', await foreignKey({ subkeys: [{ sign: true }] }), '+-'],
    ['an encryption subkey of Curve25519', await foreignKey({ subkeys: [{ type: 'curve25519' }] }), '-+'],
    ['a key that has expired', await foreignKey({ keyExpirationTime: year }), '+-', new Date('2028-01-01')],
    ['a key that will expire', await foreignKey({ keyExpirationTime: year }), '++', SIGN_TIME],
  ];
  for (const [what, key, expected, at] of cases)
    assert.equal(await verdict(signedContent(), key, at === undefined ? {} : { at }), expected, what);
});

test('a revoked key counts for nobody, if the ring says so', async () => {
  const bytes = await foreignSignature(signedContent(), rsa);
  const { publicKey } = await revokeKey({ key: rsa, date: SIGN_TIME, format: 'object' });
  const { accepts } = inspectSignature(bytes, publicKey.armor(), EXPECTED);
  assert.deepEqual([accepts.cvo.accepted, accepts.containers.accepted], [false, false]);
  await assert.rejects(verifyRelease(bytes, publicKey.armor(), EXPECTED), { code: 'SIGN_REFUSED', message: /revoked/ });
});

test('a key whose self-signature was changed is not one for signing', async () => {
  const bytes = await foreignSignature(signedContent(), rsa);
  const ring = rsa.toPublic().write();
  const at = Buffer.from(ring).indexOf('test@example.com');
  const changed = Uint8Array.from(ring);
  changed[at] = 'T'.charCodeAt(0);
  assert.equal(inspectSignature(bytes, ring, EXPECTED).accepts.cvo.accepted, true);
  assert.deepEqual(inspectSignature(bytes, changed, EXPECTED).accepts.cvo.accepted, false);
});

test('verifyRelease decides by the clusters’ rules', async () => {
  const bytes = await foreignSignature(signedContent({ optional: { extra: 'x' } }), rsa);
  await assert.rejects(verifyRelease(bytes, rsa.toPublic().armor(), EXPECTED), {
    code: 'SIGN_REFUSED',
    message: /the field "optional.extra" is unknown/,
    exitCode: 1,
  });
});

test('the identity rule of containers/image', async () => {
  const repository = 'quay.io/okd/scos-release';
  const byDigest = `${repository}@${DIGEST}`;
  const cases: readonly [pulled: string, signed: string, fits: boolean][] = [
    [REFERENCE, REFERENCE, true],
    [byDigest, REFERENCE, true],
    [byDigest, byDigest, true],
    [REFERENCE, byDigest, false],
    [REFERENCE, `${repository}:other`, false],
    [REFERENCE, 'quay.io/okd/other:4.21.0-okd-scos.0', false],
    [byDigest, 'quay.io/okd/other:4.21.0-okd-scos.0', false],
    [byDigest, `localhost:8080/okd/scos-release@${DIGEST}`, false],
    [`localhost:8080/okd/scos-release@${DIGEST}`, 'localhost:8080/okd/scos-release:4.21', true],
    [repository, REFERENCE, false],
    [byDigest, 'not a reference', false],
    [byDigest, repository, false],
    ['scos-release:4.21', 'scos-release:4.21', false],
  ];
  for (const [pulled, signed, fits] of cases) {
    assert.equal(identityObjection(pulled, signed) === undefined, fits, `${pulled} signed as ${signed}`);
    assert.equal(await verdict(signedContent({ reference: signed }), rsa, { reference: pulled }), fits ? '++' : '+-');
  }
});

test('a signature that names neither tag nor digest fits where only the repository is compared', () => {
  const repository = 'quay.io/okd/scos-release';
  const byDigest = `${repository}@${DIGEST}`;
  const objection = (rule: SignedIdentity) => identityObjection(byDigest, repository, rule);
  assert.equal(objection({ type: 'matchRepository' }), undefined);
  assert.equal(objection({ type: 'exactRepository', repository }), undefined);
  const remap: SignedIdentity = { type: 'remapIdentity', prefix: 'quay.io/okd', signedPrefix: 'quay.io/okd' };
  assert.match(objection(remap) ?? '', /neither tag nor digest/);
});

test('keyrings that are none are refused', async () => {
  const bytes = await foreignSignature(signedContent(), rsa);
  for (const [ring, code] of [
    ['', 'SIGN_KEYRING'],
    [rsa.armor(), 'SIGN_KEYRING'],
    [new Uint8Array(), 'SIGN_KEYRING'],
    [new Uint8Array([0x42]), 'SIGN_MALFORMED'],
    [rsa.toPublic().armor().replace(/^=.*$/m, '=AAAA'), 'SIGN_ARMOR'],
    [rsa.toPublic().write().subarray(0, 200), 'SIGN_MALFORMED'],
  ] as const)
    assert.throws(() => inspectSignature(bytes, ring, EXPECTED), { code }, String(ring).slice(0, 40));
});
