import assert from 'node:assert/strict';
import test from 'node:test';
import { armor } from '../openpgp/armor.ts';
import { readKeyring } from '../openpgp/keyring.ts';
import { DIGEST, foreignKey, foreignSignature, SIGN_TIME, signedContent } from '../testing.ts';
import {
  configOfKeyring,
  parseVerificationConfigMap,
  updateKeysManifest,
  verifyWithConfig,
} from './verification-config.ts';

const [a, b, c] = await Promise.all([foreignKey(), foreignKey(), foreignKey()]);
const [ringA, ringB, ringC] = [a, b, c].map((key) => key.toPublic().armor()) as [string, string, string];
const STORE = 'https://okd.test/signatures';

test('the manifest of update keys holds all keys in one entry, and reads back', () => {
  const manifest = updateKeysManifest({ name: 'okd', publicKeys: [ringA, ringB], store: STORE });
  const config = parseVerificationConfigMap(manifest);
  assert.deepEqual(config.stores, [STORE]);
  assert.deepEqual(config.ignored, []);
  assert.deepEqual(
    config.entries.map(({ name }) => name),
    ['verifier-public-key-okd'],
  );
  assert.deepEqual(
    readKeyring(config.entries[0]?.keyring ?? '').keys.map(({ packet }) => packet.fingerprint),
    [a, b].map((key) => key.getFingerprint().toUpperCase()),
  );
  assert.equal(manifest, updateKeysManifest({ name: 'okd', publicKeys: [ringA, ringB], store: STORE }));
});

test('a key or store that breaks the clusters’ verifier is refused', async () => {
  const ed25519 = (await foreignKey({ type: 'curve25519' })).toPublic().armor();
  const make =
    (publicKeys: string[], store = STORE) =>
    () =>
      updateKeysManifest({ name: 'x', publicKeys, store });
  assert.throws(make([ringA, ed25519]), { code: 'SIGN_CONFIG_INVALID', message: /algorithm/ });
  assert.throws(make([ringA, ed25519, ringB]), { code: 'SIGN_CONFIG_INVALID', message: /drops the key/ });
  assert.throws(make([]), { code: 'SIGN_CONFIG_INVALID' });
  assert.throws(make([ringA], 'ftp://x'), { code: 'SIGN_CONFIG_INVALID' });
});

const head = (name: string, annotated = true): string =>
  `kind: ConfigMap\nmetadata:\n  name: ${name}\n${annotated ? '  annotations: {release.openshift.io/verification-config-map: ""}\n' : ''}`;
const data = (entries: Record<string, string>): string => `data: ${JSON.stringify(entries)}\n`;

test('the first annotated ConfigMap counts', () => {
  const yaml = [
    'kind: Secret\nmetadata: {annotations: {release.openshift.io/verification-config-map: ""}}\n',
    head('other', false) + data({}),
    head('first') + data({ 'store-a': ` ${STORE}\n`, 'verifier-public-key-a': ringA, note: 'x' }),
    head('second') + data({ 'store-b': STORE, 'verifier-public-key-b': ringB }),
  ].join('---\n');
  assert.deepEqual(parseVerificationConfigMap(yaml), {
    entries: [{ name: 'verifier-public-key-a', keyring: ringA }],
    stores: [STORE],
    ignored: ['note'],
    dropped: [],
  });
  for (const [broken, message] of [
    [head('x', false), /no ConfigMap has the annotation/],
    [head('x'), /no data/],
    [head('x') + data({ 'verifier-public-key-a': ringA }), /no signature store/],
    [head('x') + data({ 'store-a': STORE }), /no key/],
    [head('x') + data({ 'store-a': STORE, 'verifier-public-key-a': 'x' }), /could not be read/],
    ['a: [', /does not parse/],
  ] as const)
    assert.throws(() => parseVerificationConfigMap(broken), { code: /^SIGN_CONFIG_(?:INVALID|MISSING)$/, message });
});

test('a ring of which a cluster loads a part counts with that part', async () => {
  const ed = await foreignKey({ type: 'ecc', curve: 'ed25519Legacy' });
  const ring = armor('PUBLIC KEY BLOCK', Buffer.concat([b, ed, a].map((key) => key.toPublic().write())));
  const config = parseVerificationConfigMap(head('x') + data({ 'store-a': STORE, 'verifier-public-key-a': ring }));
  assert.deepEqual(
    config.dropped.map(({ fingerprint }) => fingerprint),
    [b, ed].map((key) => key.getFingerprint().toUpperCase()),
  );
  const expected = { digest: DIGEST, at: SIGN_TIME };
  const [byA, byB] = await Promise.all([foreignSignature(signedContent(), a), foreignSignature(signedContent(), b)]);
  assert.equal((await verifyWithConfig([byA], config, expected)).length, 1);
  await assert.rejects(verifyWithConfig([byB], config, expected), { message: /does not load the key/ });
  const none = armor('PUBLIC KEY BLOCK', Buffer.concat([a, ed].map((key) => key.toPublic().write())));
  assert.throws(() => configOfKeyring('ring', none), { code: 'SIGN_CONFIG_INVALID', message: /can load no key/ });
  assert.deepEqual(configOfKeyring('ring', ringA), { entries: [{ name: 'ring', keyring: ringA }], dropped: [] });
});

test('every entry must be satisfied, each by any of its keys', async () => {
  const [byA, byB] = await Promise.all([foreignSignature(signedContent(), a), foreignSignature(signedContent(), b)]);
  const both = updateKeysManifest({ name: 'r', publicKeys: [ringA, ringC], store: STORE });
  const [ringAC] = parseVerificationConfigMap(both).entries;
  const expected = { digest: DIGEST, at: SIGN_TIME };
  const config = {
    entries: [
      { name: 'one', keyring: ringAC?.keyring ?? '' },
      { name: 'two', keyring: ringB },
    ],
  };
  const satisfied = await verifyWithConfig([byB, byA], config, expected);
  assert.deepEqual(
    satisfied.map(({ entry, number, signature }) => [entry, number, signature.fingerprint]),
    [
      ['one', 2, a.getFingerprint().toUpperCase()],
      ['two', 1, b.getFingerprint().toUpperCase()],
    ],
  );
  await assert.rejects(verifyWithConfig([byA], config, expected), {
    code: 'SIGN_UNSATISFIED',
    message: /two \(signature-1/,
  });
  await assert.rejects(verifyWithConfig([], config, expected), { code: 'SIGN_UNSATISFIED' });
  await assert.rejects(verifyWithConfig([byA], { entries: [] }, expected), { code: 'SIGN_UNSATISFIED' });
  // clusters stop reading at nine
  const tenth = [...Array.from({ length: 9 }, () => byA), byB];
  await assert.rejects(verifyWithConfig(tenth, config, expected), { code: 'SIGN_UNSATISFIED' });
});
