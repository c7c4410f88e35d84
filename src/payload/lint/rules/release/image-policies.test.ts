import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { facts } from '../../../testing/facts.ts';
import { INCLUDED } from '../../../testing/images.ts';
import { object } from '../../../testing/rules.ts';
import { shared } from '../../../testing/shared.ts';
import { lintFacts } from '../../lint.ts';
import { factsInView } from '../../views.ts';
import { IMAGE_POLICIES } from './image-policies.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PUBLIC = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PRIVATE = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
/** A self-signed certificate of a P-256 key (openssl req -x509 -subj /CN=okd). */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIUBhLZs6iFfs/6oQsNkYTJnaRISt0wCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDb2tkMB4XDTI2MTEyODE1NDQzNFoXDTM2MTEyNTE1NDQzNFow
DjEMMAoGA1UEAwwDb2tkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZGzrML3Q
B34qQ/ug0y7RswnTA0KmiH7ZtMnN+99VUsLFQ4pKriNMamt8nu5D8Or/okqPhVKh
HdCAkeRBmVle3qNTMFEwHQYDVR0OBBYEFJEXEYEpiBA45RLzrfvdtiTEdwvgMB8G
A1UdIwQYMBaAFJEXEYEpiBA45RLzrfvdtiTEdwvgMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgE6u2C3mcacfKsjpGBB6zJyWsv78N2/hodS9vviVo
Q2cCIQCyy6yminli2HOPg6DWVLw5ffPaQNtlCgxUifeGTqB6Mg==
-----END CERTIFICATE-----
`;

function policy(root: string, annotations: readonly string[] = [INCLUDED], kind = 'ClusterImagePolicy'): string {
  const spec = `spec: {scopes: [quay.io/okd], policy: {rootOfTrust: {${root}}}}\n`;
  return object(kind, 'config.openshift.io/v1', spec, annotations);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function withKey(pem: string): string {
  return `policyType: PublicKey, publicKey: {keyData: ${base64(pem)}}`;
}

describe('T304', () => {
  const run = async (files: Readonly<Record<string, string>>) =>
    lintFacts(await facts({ files }), IMAGE_POLICIES).map(({ severity, message }) => `${severity}: ${message}`);
  const errors = async (text: string) =>
    (await run({ '0000_90_policy_1.yaml': text })).filter((line) => line.startsWith('error'));

  it('a ClusterImagePolicy covers the release with a key that parses', async (t) => {
    const folder = shared(t, 'keys/');
    if (folder === undefined) return;
    const name = readdirSync(folder).find((file) => file.includes('cluster-image-policy')) ?? '';
    const ocp = readFileSync(`${folder}${name}`, 'utf8');
    const severities = async (text: string) =>
      (await run({ '0000_90_policy_1.yaml': text })).map((line) => line.split(':')[0]);
    assert.deepEqual(await severities(ocp), ['warning', 'info']);
    const okd = ocp.replace(/quay\.io\/openshift-release-dev\/ocp-release/g, 'quay.io/okd');
    assert.deepEqual(await severities(okd), ['info']);
    const signed = async (sigstore: { readonly release?: boolean; readonly from?: boolean }) => {
      const from = { ...(await facts()).payload, pullSpec: 'registry.example.org/other:1' };
      const judged = await facts({
        files: { '0000_90_policy_1.yaml': okd },
        facts: { sigstore, edge: { from, files: [], trust: [] } },
      });
      return lintFacts(judged, IMAGE_POLICIES).flatMap(({ severity, message }) =>
        severity === 'info' ? [] : [message],
      );
    };
    assert.deepEqual(await signed({ release: true, from: true }), []);
    const unsigned = await signed({ release: false, from: false });
    // The release before is in a repository that the policy does not cover.
    assert.equal(unsigned.length, 1);
    assert.match(unsigned[0] ?? '', /covers quay\.io\/okd\/scos-release, which has no Sigstore signature of 4\.21\.0/);
    assert.deepEqual(await severities(okd.replace(/keyData: .{8}/, 'keyData: AAAAAAAA')), ['error', 'info']);
  });

  it('takes what the schema takes for a public key, and no other PEM', async () => {
    assert.deepEqual(await errors(policy(withKey(PUBLIC))), []);
    assert.deepEqual(await errors(policy(withKey(PUBLIC.trimEnd()))), []);
    for (const pem of [CERTIFICATE, PRIVATE, `# ours\n${PUBLIC}`, `${PUBLIC}more`, 'no key', ''])
      assert.match(
        (await errors(policy(withKey(pem)))).join(),
        /^error: publicKey\.keyData of ClusterImagePolicy "test\/test" is no public key: it must be PEM in base64, from -----BEGIN PUBLIC KEY----- on\.$/,
      );
    const fulcio = (ca: string, rekor: string) =>
      `policyType: FulcioCAWithRekor, fulcioCAWithRekor: {fulcioCAData: ${base64(ca)}, rekorKeyData: ${base64(rekor)}}`;
    assert.deepEqual(await errors(policy(fulcio(CERTIFICATE, PUBLIC))), []);
    assert.deepEqual((await errors(policy(fulcio(PUBLIC, CERTIFICATE)))).length, 2);
  });

  it('a root of trust of a name that every object of JavaScript has is one that is not known', async () => {
    for (const type of ['constructor', 'toString', '__proto__'])
      assert.deepEqual(await errors(policy(`policyType: ${type}`)), [], type);
  });

  it('the policy of a namespace needs a key, and covers only its own pods', async () => {
    assert.deepEqual(await run({ 'a.yaml': policy(withKey(PUBLIC), [INCLUDED], 'ImagePolicy') }), []);
    assert.equal((await errors(policy(withKey(PRIVATE), [INCLUDED], 'ImagePolicy'))).length, 1);
  });

  it('says which clusters get a policy that not all get', async () => {
    const judged = await facts({
      files: {
        'a.yaml': policy(withKey(PRIVATE), [INCLUDED, 'release.openshift.io/feature-set: TechPreviewNoUpgrade,OKD']),
        'b.yaml': policy(withKey(PRIVATE), ['nobody: gets it']),
      },
    });
    const messages = lintFacts(judged, IMAGE_POLICIES).map(({ place, message }) => `${place.file} ${message}`);
    assert.equal(messages.length, 2);
    for (const message of messages) assert.match(message, /^a\.yaml With the feature set OKD, TechPreviewNoUpgrade: /);
    const okd = lintFacts(factsInView(judged, { featureSet: 'OKD' }), IMAGE_POLICIES);
    assert.match(okd[0]?.message ?? '', /^publicKey\.keyData/);
    assert.deepEqual(lintFacts(factsInView(judged, { featureSet: 'Default' }), IMAGE_POLICIES), []);
  });
});
