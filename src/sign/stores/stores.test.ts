import assert from 'node:assert/strict';
import test from 'node:test';
import { generateKey } from '../openpgp/key.ts';
import { signRelease } from '../signatures/release.ts';
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
import { missingFiles } from './held.ts';
import { releasePolicyFiles } from './policy.ts';
import { placeSignature, signatureFiles } from './stores.ts';

const HEX = DIGEST.slice('sha256:'.length);
const BYTES = [Buffer.from('sig1'), Buffer.from('sig2')];

test('signatures are published in the three forms that clients read', () => {
  const paths = (repository: string): string[] =>
    signatureFiles({ digest: DIGEST, repository, signatures: BYTES }).map(({ layout, path }) => `${layout} ${path}`);
  assert.deepEqual(paths('okd/scos-release'), [
    `cvo sha256=${HEX}/signature-1`,
    `cvo sha256=${HEX}/signature-2`,
    `lookaside okd/scos-release@sha256=${HEX}/signature-1`,
    `lookaside okd/scos-release@sha256=${HEX}/signature-2`,
    'configmap signature-sha256-0123456789abcdef.json',
  ]);
  for (const repository of [
    'quay.io/okd/scos-release',
    'localhost:8080/okd/scos-release',
    REFERENCE,
    `localhost/okd/scos-release@${DIGEST}`,
  ])
    assert.deepEqual(paths(repository), paths('okd/scos-release'), repository);
  for (const digest of ['sha256', 'sha256:', ':x', 'a:b:c', '../x'])
    assert.throws(() => signatureFiles({ digest, repository: 'a/b', signatures: [] }), { code: 'SIGN_DIGEST_INVALID' });
  const ten = Array.from({ length: 10 }, () => Buffer.from('x'));
  assert.throws(() => signatureFiles({ digest: DIGEST, repository: 'a/b', signatures: ten }), {
    code: 'SIGN_STORE_FULL',
  });
});

test('a ConfigMap that holds a signature twice, or an empty one, gets those that it lacks', () => {
  const [a, b] = [Buffer.from('sig1'), Buffer.from('sig2')];
  const numbered = new Map([
    [1, a],
    [2, b],
  ]);
  const missing = (...configmap: Uint8Array[]): string[] =>
    missingFiles(
      { cvo: numbered, lookaside: numbered, configmap },
      { digest: DIGEST, repository: 'a/b', signatures: [a, b] },
    ).map(({ layout }) => layout);
  for (const held of [[a], [a, a], [a, Buffer.alloc(0)]]) assert.deepEqual(missing(...held), ['configmap']);
  assert.deepEqual(missing(a, b, a), []);
});

test('a new signature gets the next number, one that is there already keeps its own', async () => {
  const key = await generateKey({ name: 'Slipway', email: 'a@example.com', at: KEY_TIME, bits: 2048 });
  const content = { digest: DIGEST, reference: REFERENCE, creator: 'slipway', timestamp: TIMESTAMP };
  const ours = await signRelease(content, key);
  const later = await signRelease({ ...content, timestamp: TIMESTAMP + 60 }, key);
  const elsewhere = await signRelease({ ...content, reference: 'quay.io/other/scos-release:4.21' }, key);
  const theirs = await foreignSignature(signedContent(), await foreignKey());
  const context = { digest: DIGEST, publicKey: key.publicKey, at: SIGN_TIME };
  const place = (existing: Uint8Array[]): string => {
    const { number, alreadyThere } = placeSignature(existing, ours, context);
    return `${number}${alreadyThere ? ' already' : ''}`;
  };
  assert.equal(place([]), '1');
  assert.equal(place([theirs]), '2');
  assert.equal(place([theirs, Buffer.from('damaged'), elsewhere]), '4');
  assert.equal(place([theirs, later]), '2 already');
  assert.equal(place([...Array.from({ length: 8 }, () => theirs), ours]), '9 already');
  assert.throws(() => place(Array.from({ length: 9 }, () => theirs)), { code: 'SIGN_STORE_FULL' });
});

test('policy files for podman and skopeo', () => {
  const files = releasePolicyFiles({
    repository: 'localhost:8080/okd/scos-release',
    keyPath: '/etc/pki/okd-release.gpg',
    lookaside: 'http://localhost:8080/lookaside',
  });
  assert.deepEqual(
    files.map(({ path }) => path),
    ['policy.json', 'registries.d/slipway.yaml'],
  );
  const [policy, registries] = files.map(({ bytes }) => Buffer.from(bytes).toString());
  assert.deepEqual(JSON.parse(policy ?? ''), {
    default: [{ type: 'insecureAcceptAnything' }],
    transports: {
      docker: {
        'localhost:8080/okd/scos-release': [
          { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/okd-release.gpg' },
        ],
      },
    },
  });
  assert.equal(
    registries,
    'docker:\n  localhost:8080/okd/scos-release:\n    lookaside: http://localhost:8080/lookaside\n',
  );
  const valid = { repository: 'quay.io/a/b', keyPath: '/k', lookaside: 'file:///x' };
  for (const wrong of [{ repository: 'b' }, { repository: 'quay.io/a/b:tag' }, { keyPath: 'k' }, { lookaside: 'x' }])
    assert.throws(() => releasePolicyFiles({ ...valid, ...wrong }), { code: 'SIGN_POLICY_INVALID' });
});
