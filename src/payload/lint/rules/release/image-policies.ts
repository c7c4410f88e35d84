import { createPublicKey, X509Certificate } from 'node:crypto';
import { listAt, type Manifest, textAt } from '../../../manifest/index.ts';
import { parsePullSpec, repositoryOf } from '../../../stream/index.ts';
import { isImagePolicy, manifestsOf, nameOf } from '../../objects.ts';
import type { LintFacts, LintRule, Problem } from '../../types.ts';
import { featureSetsIn } from '../../views.ts';
import { problem } from '../problem.ts';

const ROOT = ['spec', 'policy', 'rootOfTrust'] as const;

interface TrustedText {
  /** Below `rootOfTrust`. */
  readonly field: string;
  /** Of the PEM. */
  readonly label: 'PUBLIC KEY' | 'CERTIFICATE';
  readonly needed?: true;
}

/**
 * By `policyType`: what the schema of the CRD asks of text in base64: how it begins and ends (openshift/api
 * config/v1, `ImagePolicySpec`), and that it can be read. Certificates may stand one behind the other.
 */
const TRUSTED: ReadonlyMap<string, readonly TrustedText[]> = new Map<string, readonly TrustedText[]>([
  [
    'PublicKey',
    [
      { field: 'publicKey.keyData', label: 'PUBLIC KEY', needed: true },
      { field: 'publicKey.rekorKeyData', label: 'PUBLIC KEY' },
    ],
  ],
  [
    'FulcioCAWithRekor',
    [
      { field: 'fulcioCAWithRekor.fulcioCAData', label: 'CERTIFICATE', needed: true },
      { field: 'fulcioCAWithRekor.rekorKeyData', label: 'PUBLIC KEY', needed: true },
    ],
  ],
  [
    'PKI',
    [
      { field: 'pki.caRootsData', label: 'CERTIFICATE', needed: true },
      { field: 'pki.caIntermediatesData', label: 'CERTIFICATE' },
    ],
  ],
]);

/** Whether text in base64 is PEM of such a label, and can be read. */
function isPem(base64: string, label: string): boolean {
  const pem = Buffer.from(base64, 'base64').toString('latin1');
  if (!pem.startsWith(`-----BEGIN ${label}-----`) || !/-----END [A-Z ]+-----\n?$/.test(pem)) return false;
  try {
    // Of a certificate or a private key Node would take the public key, which nothing else does.
    if (label === 'CERTIFICATE') new X509Certificate(pem);
    else createPublicKey(pem);
    return true;
  } catch {
    return false;
  }
}

/** Whether a scope of a ClusterImagePolicy is the repository or above it (containers-policy.json, § Supporting scopes). */
function covers(scope: string, repository: string): boolean {
  if (scope.startsWith('*.')) return (repository.split('/')[0] ?? '').endsWith(scope.slice(1));
  return repository === scope || repository.startsWith(`${scope}/`);
}

function* wrongKeys(policy: Manifest): Iterable<Problem> {
  for (const { field, label, needed } of TRUSTED.get(textAt(policy.object, ...ROOT, 'policyType')) ?? []) {
    const text = textAt(policy.object, ...ROOT, ...field.split('.'));
    if (text === '' ? needed !== true : isPem(text, label)) continue;
    const what = label === 'CERTIFICATE' ? 'certificate' : 'public key';
    const message = `${field} of ${nameOf(policy)} is no ${what}: it must be PEM in base64, from -----BEGIN ${label}----- on.`;
    yield problem('error', policy, message, [...ROOT, field].join('.'));
  }
}

/** Repositories in which a policy wants signatures that are not there. */
function* unsigned(policy: Manifest, scopes: readonly string[], facts: LintFacts): Iterable<Problem> {
  const { edge, payload, sigstore } = facts;
  for (const [signed, version, pullSpec] of [
    [sigstore?.release, payload.metadata.version, payload.pullSpec],
    [sigstore?.from, edge?.from.metadata.version ?? '', edge?.from.pullSpec ?? payload.pullSpec],
  ] as const) {
    const place = repositoryOf(parsePullSpec(pullSpec));
    if (signed !== false || !scopes.some((scope) => covers(scope, place))) continue;
    const message = `${nameOf(policy)} covers ${place}, which has no Sigstore signature of ${version}: nodes refuse to pull it.`;
    yield problem('warning', policy, message, 'spec.scopes');
  }
}

function* judged(policy: Manifest, facts: LintFacts): Iterable<Problem> {
  const repository = repositoryOf(parsePullSpec(facts.payload.pullSpec));
  const scopes = listAt(policy.object, 'spec', 'scopes').filter((scope) => typeof scope === 'string');
  yield* wrongKeys(policy);
  // The policy of a namespace is for what its own pods pull.
  if (policy.kind === 'ImagePolicy') return;
  if (!scopes.some((scope) => covers(scope, repository))) {
    const message = `${nameOf(policy)} does not cover ${repository}, where this release is.`;
    yield problem('warning', policy, message, 'spec.scopes');
  }
  yield* unsigned(policy, scopes, facts);
  // Other releases that an update can lead to or come from are not known here.
  yield problem(
    'info',
    policy,
    `${nameOf(policy)} is enforced whenever an image is pulled: every release that an update can lead to or come from must have a Sigstore signature.`,
  );
}

/** What nodes verify images by. */
export const IMAGE_POLICIES: readonly LintRule[] = [
  {
    id: 'T304',
    title: 'a ClusterImagePolicy covers the release, and image policies have keys that can be read',
    *check(facts) {
      const policies = manifestsOf(facts).filter(isImagePolicy);
      if (policies.length === 0) return;
      const featureSetsOf = featureSetsIn(facts);
      for (const policy of policies) {
        const sets = featureSetsOf(policy);
        if (sets?.length === 0) continue;
        const whose = sets === undefined ? '' : `With the feature set ${sets.join(', ')}: `;
        for (const one of judged(policy, facts)) yield { ...one, message: `${whose}${one.message}` };
      }
    },
  },
];
