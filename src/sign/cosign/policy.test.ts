import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { DIGEST } from '../testing.ts';
import { judgeSigstore, type SigstoreVerdict } from './judge.ts';
import { type ImagePolicy, imagePolicies } from './policy.ts';
import { scopesOf } from './scope.ts';
import { signCosign } from './signature.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [first, second] = [pair(), pair()];
const REFERENCE = 'registry.okd.io:5000/okd/release:4.21';
const REPOSITORY = 'registry.okd.io:5000/okd/release';

const keyData = (key: KeyObject): string =>
  Buffer.from(createPublicKey(key).export({ format: 'pem', type: 'spki' })).toString('base64');

interface Written {
  readonly kind?: string;
  readonly metadata?: object;
  readonly scopes?: readonly string[];
  readonly root?: object;
  readonly signedIdentity?: object;
}

function policy({ kind = 'ClusterImagePolicy', metadata, scopes = [REPOSITORY], root, signedIdentity }: Written) {
  const rootOfTrust = root ?? { policyType: 'PublicKey', publicKey: { keyData: keyData(first.privateKey) } };
  const manifest = {
    apiVersion: 'config.openshift.io/v1',
    kind,
    metadata: { name: 'a', ...metadata },
    spec: { scopes, policy: { rootOfTrust, ...(signedIdentity === undefined ? {} : { signedIdentity }) } },
  };
  const [read] = imagePolicies(JSON.stringify(manifest), 'policy.yaml');
  assert.ok(read);
  return read;
}

const bySecond = { policyType: 'PublicKey', publicKey: { keyData: keyData(second.privateKey) } };
const byFulcio = { policyType: 'FulcioCAWithRekor', fulcioCAWithRekor: {} };

/** The verdict on an image that the first key signed. */
function judge(policies: readonly ImagePolicy[], more: { signed?: string; pulled?: string; keys?: KeyObject[] } = {}) {
  const { signed = REFERENCE, pulled = REFERENCE, keys = [] } = more;
  return judgeSigstore({
    digest: DIGEST,
    reference: pulled,
    sigstore: [signCosign({ digest: DIGEST, reference: signed }, first.privateKey)],
    imagePolicies: policies,
    sigstoreKeys: keys,
  });
}
const told = ({ outcome, reasons }: SigstoreVerdict): string => [outcome, ...reasons].join(' | ');

describe('image policies as a node applies them', () => {
  it('a matchPolicy without the field that it needs is refused with the field, not the matchPolicy', () => {
    for (const [matchPolicy, field] of [
      ['ExactRepository', 'exactRepository'],
      ['RemapIdentity', 'remapIdentity'],
    ] as const)
      assert.throws(() => policy({ signedIdentity: { matchPolicy } }), {
        code: 'SIGN_POLICY_INVALID',
        message: `the matchPolicy ${matchPolicy} needs "${field}".`,
        place: { file: 'policy.yaml', field: `spec.policy.signedIdentity.${field}` },
      });
    assert.throws(() => policy({ signedIdentity: { matchPolicy: 'Exact' } }), {
      message: /must be one of MatchRepoDigestOrExact, MatchRepository, ExactRepository, RemapIdentity\.$/,
    });
  });

  it('a root of trust that is not known is said by its name, whatever that is', () => {
    for (const policyType of ['Other', 'constructor', 'toString'])
      assert.equal(policy({ root: { policyType } }).beyond, policyType);
    assert.equal(policy({ root: byFulcio }).beyond, 'certificates of Fulcio, entries of Rekor');
  });

  it('policies that can not be read leave it unjudged, unless another one refuses', () => {
    const evidence = {
      digest: DIGEST,
      reference: REFERENCE,
      sigstore: [signCosign({ digest: DIGEST, reference: REFERENCE }, first.privateKey)],
      sigstoreKeys: [],
      policyProblems: ['b.yaml: broken'],
    };
    const outcome = (imagePolicies: readonly ImagePolicy[]) => told(judgeSigstore({ ...evidence, imagePolicies }));
    assert.equal(outcome([]), 'unjudged | b.yaml: broken');
    assert.equal(outcome([policy({})]), 'unjudged | b.yaml: broken');
    assert.match(outcome([policy({ root: bySecond })]), /^refused \| ClusterImagePolicy a: .* \| b\.yaml: broken$/);
  });

  it('scopes go from the image up to the domains above its host, without the port', () => {
    assert.deepEqual(scopesOf(REFERENCE), [
      REFERENCE,
      REPOSITORY,
      'registry.okd.io:5000/okd',
      'registry.okd.io:5000',
      '*.okd.io',
      '*.io',
    ]);
    assert.deepEqual(scopesOf(`localhost/a@${DIGEST}`), [`localhost/a@${DIGEST}`, 'localhost/a', 'localhost']);
  });

  it('all policies of a scope must be satisfied at the same time', () => {
    const [a, b] = [policy({}), policy({ metadata: { name: 'b' }, root: bySecond })];
    assert.equal(told(judge([a])), 'satisfied');
    assert.match(told(judge([a, b])), /^refused \| ClusterImagePolicy b: signature 1 .* not made by any of the keys$/);
    assert.equal(judge([a], { keys: [createPublicKey(second.privateKey)] }).outcome, 'refused');
    const either = [createPublicKey(second.privateKey), createPublicKey(first.privateKey)];
    assert.equal(judge([a], { keys: either }).outcome, 'satisfied');
  });

  it('the most specific scope alone counts', () => {
    const wide = policy({ scopes: ['registry.okd.io:5000', '*.okd.io'], root: bySecond });
    assert.equal(judge([wide]).outcome, 'refused');
    assert.equal(judge([wide, policy({})]).outcome, 'satisfied');
    assert.equal(judge([policy({ scopes: [REFERENCE], root: bySecond }), policy({})]).outcome, 'refused');
    assert.equal(judge([policy({ scopes: ['*.okd.io'] })]).outcome, 'satisfied');
    assert.match(told(judge([policy({ scopes: ['quay.io/okd'] })])), /^not-asked \| .*for quay\.io\/okd$/);
  });

  it('an ImagePolicy counts in its namespace, and not beside one of the cluster', () => {
    const own = (namespace: string, root?: object) =>
      policy({ kind: 'ImagePolicy', metadata: { namespace }, ...(root === undefined ? {} : { root }) });
    assert.equal(judge([own('x')]).outcome, 'satisfied');
    assert.match(told(judge([own('x'), own('y', bySecond)])), /^refused \| ImagePolicy y\/a: /);
    assert.equal(judge([own('y', bySecond), policy({ scopes: ['registry.okd.io:5000'] })]).outcome, 'satisfied');
  });

  it('what can not be judged here is neither accepted nor refused', () => {
    const fulcio = policy({ metadata: { name: 'f' }, root: byFulcio });
    assert.match(told(judge([fulcio])), /^unjudged \| ClusterImagePolicy f: certificates of Fulcio/);
    assert.match(told(judge([fulcio, policy({})])), /^unjudged \| ClusterImagePolicy f: /);
    assert.equal(judge([fulcio, policy({ root: bySecond })]).outcome, 'refused');
    const rekor = { keyData: keyData(first.privateKey), rekorKeyData: keyData(second.privateKey) };
    assert.match(
      told(judge([policy({ root: { policyType: 'PublicKey', publicKey: rekor } })])),
      /^unjudged \| .*entries of Rekor/,
    );
    const unsigned = { digest: DIGEST, reference: REFERENCE, sigstore: [], imagePolicies: [fulcio], sigstoreKeys: [] };
    assert.equal(judgeSigstore(unsigned).outcome, 'refused');
    assert.throws(() => policy({ root: { policyType: 'PublicKey' } }), { code: 'SIGN_POLICY_INVALID' });
  });

  it('signedIdentity says which name the signature has to have', () => {
    const remap = { prefix: 'registry.okd.io:5000', signedPrefix: 'quay.io' };
    const cases: readonly [identity: object | undefined, signed: string, outcome: string][] = [
      [undefined, 'registry.okd.io:5000/okd/release:4.20', 'refused'],
      [{ matchPolicy: 'MatchRepoDigestOrExact' }, 'registry.okd.io:5000/okd/release:4.20', 'refused'],
      [{ matchPolicy: 'MatchRepository' }, 'registry.okd.io:5000/okd/release:4.20', 'satisfied'],
      [{ matchPolicy: 'MatchRepository' }, 'registry.okd.io:5000/okd/other:4.21', 'refused'],
      [{ matchPolicy: 'ExactRepository', exactRepository: { repository: 'quay.io/x' } }, 'quay.io/x:1', 'satisfied'],
      [{ matchPolicy: 'ExactRepository', exactRepository: { repository: 'quay.io/x' } }, REFERENCE, 'refused'],
      [{ matchPolicy: 'RemapIdentity', remapIdentity: remap }, 'quay.io/okd/release:4.21', 'satisfied'],
      [{ matchPolicy: 'RemapIdentity', remapIdentity: remap }, REFERENCE, 'refused'],
      [
        { matchPolicy: 'RemapIdentity', remapIdentity: { prefix: 'registry.okd.io:500', signedPrefix: 'quay.io' } },
        REFERENCE,
        'satisfied',
      ],
    ];
    for (const [signedIdentity, signed, outcome] of cases) {
      const read = policy(signedIdentity === undefined ? {} : { signedIdentity });
      assert.equal(judge([read], { signed }).outcome, outcome, `${JSON.stringify(signedIdentity)} ${signed}`);
    }
    assert.throws(() => policy({ signedIdentity: { matchPolicy: 'Anything' } }), { code: 'SIGN_POLICY_INVALID' });
  });
});
