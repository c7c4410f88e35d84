import type { KeyObject } from 'node:crypto';
import type { SignedIdentity } from '../identity.ts';
import type { ImagePolicy } from './policy.ts';
import { governingPolicies } from './scope.ts';
import { type CosignSignature, inspectCosign } from './signature.ts';

export interface SigstoreEvidence {
  readonly digest: string;
  /** Pull spec that clients use, by tag or by digest. */
  readonly reference: string;
  readonly sigstore: readonly CosignSignature[];
  /** Why the signatures beside the image can not be read: nobody knows what they are. */
  readonly sigstoreProblem?: string;
  /** Image policies; those for other images count nothing. */
  readonly imagePolicies: readonly ImagePolicy[];
  /** Why a policy of the release can not be read: nobody knows what it asks for. */
  readonly policyProblems?: readonly string[];
  /** Image policies of the release that the clusters in question do not get, and why; parts of sentences. */
  readonly otherPolicies?: readonly string[];
  /** Keys of a `sigstoreSigned` policy: one of them must have signed. */
  readonly sigstoreKeys: readonly KeyObject[];
}

/** One `sigstoreSigned` requirement of a client's policy. */
interface Requirement {
  /** Who asks for it; goes before its reasons. */
  readonly by?: string;
  readonly keys: readonly KeyObject[];
  readonly identity?: SignedIdentity;
  readonly beyond?: string;
}

interface Outcome {
  readonly outcome: 'satisfied' | 'refused' | 'unjudged';
  readonly reasons: readonly string[];
}

function requirementOf({ kind, namespace, name, key, identity, beyond }: ImagePolicy): Requirement {
  return {
    by: `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`,
    keys: key === undefined ? [] : [key],
    identity,
    ...(beyond === undefined ? {} : { beyond }),
  };
}

/** One of the signatures must do; the reasons of all are told when none does. */
function judgeRequirement(
  { keys, identity, beyond }: Requirement,
  { sigstore, sigstoreProblem, digest, reference }: SigstoreEvidence,
): Outcome {
  if (sigstoreProblem !== undefined) return { outcome: 'unjudged', reasons: [sigstoreProblem] };
  if (sigstore.length === 0) return { outcome: 'refused', reasons: ['there is no signature'] };
  const unjudged = { outcome: 'unjudged', reasons: [`${beyond} can not be judged here`] } as const;
  if (keys.length === 0) return unjudged;
  const expected = { digest, reference, ...(identity === undefined ? {} : { identity }) };
  const verdicts = sigstore.map((signature) => inspectCosign(signature, keys, expected));
  if (verdicts.some(({ accepted }) => accepted))
    return beyond === undefined ? { outcome: 'satisfied', reasons: [] } : unjudged;
  const reasons = verdicts.map((one, index) => `signature ${index + 1} of the attachment: ${one.reasons.join('; ')}`);
  return { outcome: 'refused', reasons };
}

export interface SigstoreVerdict {
  readonly outcome: 'not-asked' | 'satisfied' | 'refused' | 'unjudged';
  readonly reasons: readonly string[];
}

/**
 * What a client that applies these policies makes of an image: all requirements of the most specific scope must be
 * satisfied at the same time (containers-policy.json(5), § Policy Requirements), and that of the keys beside them.
 */
export function judgeSigstore(evidence: SigstoreEvidence): SigstoreVerdict {
  const { imagePolicies, policyProblems = [], sigstoreKeys, reference } = evidence;
  const requirements: readonly Requirement[] = [
    ...governingPolicies(imagePolicies, reference).flatMap(({ policies }) => policies.map(requirementOf)),
    ...(sigstoreKeys.length === 0 ? [] : [{ keys: sigstoreKeys }]),
  ];
  if (requirements.length === 0 && policyProblems.length > 0) return { outcome: 'unjudged', reasons: policyProblems };
  if (requirements.length === 0) {
    const others = imagePolicies.flatMap(({ scopes }) => scopes);
    const reason =
      others.length === 0
        ? 'no key or policy was named'
        : `no policy is for this image; there are for ${others.join(', ')}`;
    return { outcome: 'not-asked', reasons: [reason] };
  }
  const judged = requirements.map((requirement) => ({ requirement, ...judgeRequirement(requirement, evidence) }));
  const worst = (['refused', 'unjudged'] as const).find((bad) => judged.some(({ outcome }) => outcome === bad));
  return {
    outcome: worst ?? (policyProblems.length > 0 ? 'unjudged' : 'satisfied'),
    reasons: [
      ...judged.flatMap(({ requirement: { by }, reasons }) =>
        reasons.map((reason) => (by === undefined ? reason : `${by}: ${reason}`)),
      ),
      ...policyProblems,
    ],
  };
}
