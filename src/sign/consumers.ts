import type { KeyObject } from 'node:crypto';
import { messageOf, SlipwayError } from '../util/index.ts';
import { type CosignSignature, inspectCosign } from './cosign/signature.ts';
import type { Acceptance, VerificationConfig } from './types.ts';
import { verifyWithConfig } from './verification-config.ts';
import { inspectSignature } from './verify.ts';

/** Who asks whether a release is signed, each by rules of its own. */
export const CONSUMERS = {
  cvo: 'Cluster Version Operator, oc',
  containers: 'podman, skopeo, CRI-O (signedBy)',
  ocMirror: 'oc-mirror',
  sigstore: 'ClusterImagePolicy, sigstoreSigned',
} as const;
export type Consumer = keyof typeof CONSUMERS;

/** What a consumer makes of a release; `not-asked` where there is no key or policy that it could judge by. */
export interface Verdict extends Acceptance {
  readonly consumer: Consumer;
  readonly asked: boolean;
}

export interface SignatureEvidence {
  readonly digest: string;
  /** Pull spec that podman, skopeo and CRI-O would use, by tag or by digest. */
  readonly reference: string;
  readonly at: Date;
  /** Signatures of the store that clusters read, the first is `signature-1`. */
  readonly stored: readonly Uint8Array[];
  /** Signatures of the lookaside store; those of the other store where they are the same. */
  readonly lookaside: readonly Uint8Array[];
  readonly sigstore: readonly CosignSignature[];
  /** How a cluster verifies: a verification ConfigMap, or one ring in its place. */
  readonly config?: Pick<VerificationConfig, 'entries'>;
  /** Why the ConfigMap can not be loaded: a cluster then refuses everything. */
  readonly configProblem?: string;
  /** The keys of a `signedBy` policy, and of oc-mirror. */
  readonly keyring?: string | Uint8Array;
  readonly sigstoreKeys: readonly KeyObject[];
}

const NOT_ASKED = { asked: false, accepted: false } as const;

/** The reason in an error of this room; anything else passes on. */
function reasonOf(error: unknown): string {
  if (error instanceof SlipwayError) return messageOf(error).replace(/\.$/, '');
  throw error;
}

async function cvo({ config, configProblem, stored, digest, at }: SignatureEvidence): Promise<Verdict> {
  const consumer = 'cvo';
  if (configProblem !== undefined) return { consumer, asked: true, accepted: false, reasons: [configProblem] };
  if (config === undefined) return { consumer, ...NOT_ASKED, reasons: ['no key was named'] };
  try {
    await verifyWithConfig(stored, config, { digest, at });
    return { consumer, asked: true, accepted: true, reasons: [] };
  } catch (error) {
    return { consumer, asked: true, accepted: false, reasons: [reasonOf(error)] };
  }
}

/** One of the signatures must do; the reasons of all are told when none does. */
function anyOf(
  consumer: Consumer,
  signatures: readonly Uint8Array[],
  judge: (signature: Uint8Array) => Acceptance,
): Verdict {
  const reasons: string[] = [];
  for (const [index, signature] of signatures.entries()) {
    try {
      const verdict = judge(signature);
      if (verdict.accepted) return { consumer, asked: true, accepted: true, reasons: [] };
      reasons.push(`signature-${index + 1}: ${verdict.reasons.join('; ')}`);
    } catch (error) {
      reasons.push(`signature-${index + 1}: ${reasonOf(error)}`);
    }
  }
  if (reasons.length === 0) reasons.push('there is no signature');
  return { consumer, asked: true, accepted: false, reasons };
}

function containers({ keyring, lookaside, digest, reference, at }: SignatureEvidence): Verdict {
  if (keyring === undefined) return { consumer: 'containers', ...NOT_ASKED, reasons: ['no key was named'] };
  return anyOf(
    'containers',
    lookaside,
    (signature) => inspectSignature(signature, keyring, { digest, reference, at }).accepts.containers,
  );
}

/** oc-mirror reads `signature-1` of one store, and no other. */
function ocMirror({ keyring, stored, digest, at }: SignatureEvidence): Verdict {
  if (keyring === undefined) return { consumer: 'ocMirror', ...NOT_ASKED, reasons: ['no key was named'] };
  const judge = (signature: Uint8Array): Acceptance =>
    inspectSignature(signature, keyring, { digest, at }).accepts.ocMirror;
  return anyOf('ocMirror', stored.slice(0, 1), judge);
}

function sigstore({ sigstoreKeys, sigstore: signatures, digest, reference }: SignatureEvidence): Verdict {
  const consumer = 'sigstore';
  if (sigstoreKeys.length === 0) return { consumer, ...NOT_ASKED, reasons: ['no key or policy was named'] };
  const verdicts = signatures.map((signature) => inspectCosign(signature, sigstoreKeys, { digest, reference }));
  if (verdicts.some(({ accepted }) => accepted)) return { consumer, asked: true, accepted: true, reasons: [] };
  const reasons = verdicts.map(
    ({ reasons: all }, index) => `signature ${index + 1} of the attachment: ${all.join('; ')}`,
  );
  return {
    consumer,
    asked: true,
    accepted: false,
    reasons: reasons.length === 0 ? ['there is no signature'] : reasons,
  };
}

/** Says of each consumer whether it accepts a release and why not. Pure but for the check of signatures. */
export async function judgeConsumers(evidence: SignatureEvidence): Promise<readonly Verdict[]> {
  return [await cvo(evidence), containers(evidence), ocMirror(evidence), sigstore(evidence)];
}
