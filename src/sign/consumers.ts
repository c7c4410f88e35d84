import { messageOf, SlipwayError } from '../util/index.ts';
import { judgeSigstore, type SigstoreEvidence } from './cosign/judge.ts';
import { inspectSignature } from './signatures/verify.ts';
import type { StoredSignatures } from './stores/read-stores.ts';
import { verifyWithConfig } from './trust/verification-config.ts';
import type { Acceptance, VerificationConfig, VerifiedSignature } from './types.ts';

/** Who asks whether a release is signed, each by rules of its own. */
export const CONSUMERS = {
  cvo: 'Cluster Version Operator, oc',
  containers: 'podman, skopeo, CRI-O (signedBy)',
  ocMirror: 'oc-mirror',
  sigstore: 'ClusterImagePolicy, sigstoreSigned',
} as const;
export type Consumer = keyof typeof CONSUMERS;

/** What a consumer makes of a release. */
export interface Verdict extends Acceptance {
  readonly consumer: Consumer;
  /** Is there a key or a policy that it could judge by? */
  readonly asked: boolean;
  /** False where it was asked and what it needs could not be read or can not be judged here: neither accepted nor refused. */
  readonly judged: boolean;
  /** What is weak about the signature that it accepts. */
  readonly warnings?: readonly string[];
}

export interface SignatureEvidence extends SigstoreEvidence {
  readonly at: Date;
  /** What the stores that clusters read hold, the first is `signature-1`. */
  readonly stored: StoredSignatures;
  /** What the lookaside store holds; the same as the other store where they are one. */
  readonly lookaside: StoredSignatures;
  /** How a cluster verifies: a verification ConfigMap, or one ring in its place. */
  readonly config?: Pick<VerificationConfig, 'entries'>;
  /** Why the ConfigMap can not be loaded: a cluster then refuses everything. */
  readonly configProblem?: string;
  /** The keys of a `signedBy` policy, and of oc-mirror. */
  readonly keyring?: string | Uint8Array;
}

const NOT_ASKED = { asked: false, judged: false, accepted: false, reasons: ['no key was named'] } as const;
const ACCEPTED = { asked: true, judged: true, accepted: true, reasons: [] } as const;

function accepted(consumer: Consumer, warnings: readonly string[]): Verdict {
  return { consumer, ...ACCEPTED, ...(warnings.length === 0 ? {} : { warnings: [...new Set(warnings)] }) };
}

/** Refused, unless a store that could not be read may hold the signature that is missing. */
function refused(consumer: Consumer, reasons: readonly string[], { signatures, problems }: StoredSignatures): Verdict {
  const unread = problems.map((problem) => problem.replace(/\.$/, ''));
  const judged = unread.length === 0;
  // Of a store that could not be read nobody knows that it holds no signature.
  const known = judged || signatures.length > 0 ? reasons : [];
  return { consumer, asked: true, judged, accepted: false, reasons: [...unread, ...known] };
}

/** The reason in an error of this room; anything else passes on. */
function reasonOf(error: unknown): string {
  if (error instanceof SlipwayError) return messageOf(error).replace(/\.$/, '');
  throw error;
}

async function cvo({ config, configProblem, stored, digest, at }: SignatureEvidence): Promise<Verdict> {
  const consumer = 'cvo';
  if (configProblem !== undefined)
    return { consumer, asked: true, judged: true, accepted: false, reasons: [configProblem] };
  if (config === undefined) return { consumer, ...NOT_ASKED };
  try {
    const satisfied = await verifyWithConfig(stored.signatures, config, { digest, at });
    return accepted(
      consumer,
      satisfied.flatMap(({ signature }) => signature.warnings),
    );
  } catch (error) {
    return refused(consumer, [reasonOf(error)], stored);
  }
}

/** One of the signatures must do; the reasons of all are told when none does. */
function anyOf(
  consumer: 'containers' | 'ocMirror',
  stored: StoredSignatures,
  inspect: (signature: Uint8Array) => VerifiedSignature,
): Verdict {
  const reasons: string[] = [];
  for (const [index, signature] of stored.signatures.entries()) {
    try {
      const { accepts, warnings } = inspect(signature);
      const verdict = accepts[consumer];
      if (verdict.accepted) return accepted(consumer, warnings);
      reasons.push(`signature-${index + 1}: ${verdict.reasons.join('; ')}`);
    } catch (error) {
      reasons.push(`signature-${index + 1}: ${reasonOf(error)}`);
    }
  }
  return refused(consumer, reasons.length === 0 ? ['there is no signature'] : reasons, stored);
}

function containers({ keyring, lookaside, digest, reference, at }: SignatureEvidence): Verdict {
  if (keyring === undefined) return { consumer: 'containers', ...NOT_ASKED };
  return anyOf('containers', lookaside, (signature) => inspectSignature(signature, keyring, { digest, reference, at }));
}

/** oc-mirror reads `signature-1` of one store, and no other. */
function ocMirror({ keyring, stored, digest, at }: SignatureEvidence): Verdict {
  if (keyring === undefined) return { consumer: 'ocMirror', ...NOT_ASKED };
  const first = { ...stored, signatures: stored.signatures.slice(0, 1) };
  return anyOf('ocMirror', first, (signature) => inspectSignature(signature, keyring, { digest, at }));
}

function sigstore(evidence: SignatureEvidence): Verdict {
  const { outcome, reasons } = judgeSigstore(evidence);
  const { otherPolicies = [] } = evidence;
  return {
    consumer: 'sigstore',
    asked: outcome !== 'not-asked',
    judged: outcome === 'satisfied' || outcome === 'refused',
    accepted: outcome === 'satisfied',
    reasons,
    ...(otherPolicies.length === 0 ? {} : { warnings: otherPolicies }),
  };
}

/** Says of each consumer whether it accepts a release and why not. Pure but for the check of signatures. */
export async function judgeConsumers(evidence: SignatureEvidence): Promise<readonly Verdict[]> {
  return [await cvo(evidence), containers(evidence), ocMirror(evidence), sigstore(evidence)];
}
