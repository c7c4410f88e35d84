import { type JobConfiguration, PROMOTION } from '../definition/index.ts';

/** One thing a release must pass, or is watched by. Audit and lint are gates as the end-to-end jobs are. */
export interface Gate {
  readonly name: string;
  readonly blocking: boolean;
  readonly description: string;
}

export interface GateOutcome {
  readonly gate: string;
  readonly blocking: boolean;
  /** `undefined`: not run. */
  readonly passed: boolean | undefined;
  /** One sentence. */
  readonly reason: string;
  /** What the outcome rests on: digests of reports, run ids. */
  readonly evidence: readonly string[];
}

/** The gates of a nightly: audit and lint always, then the end-to-end jobs. */
export function gatesOf(jobs: readonly JobConfiguration[]): Gate[] {
  return [
    { name: 'audit', blocking: true, description: 'Every package of every image is judged by the policy.' },
    {
      name: 'lint',
      blocking: true,
      description: 'Nothing in the payload would make a Cluster Version Operator refuse it.',
    },
    ...jobs.map((job) => ({
      name: job.name,
      blocking: job.blocking,
      description: job.description ?? job.title,
    })),
  ];
}

/** Whether the gates of a nightly say that the stable stream refused it. */
export const promotionRefused = (
  gates: readonly { readonly gate: string; readonly passed: boolean | null | undefined }[],
): boolean => gates.some(({ gate, passed }) => gate === PROMOTION && passed === false);

export interface Verdict {
  readonly phase: 'Accepted' | 'Rejected';
  readonly reason: string;
}

/**
 * Accepts a release when every blocking gate passed. A blocking gate that did not run never counts as passed (the
 * release-controller's synthetic success for a job without a source is the counter-example). Pure.
 */
export function judgeGates(outcomes: readonly GateOutcome[]): Verdict {
  const blocking = outcomes.filter((outcome) => outcome.blocking);
  const failed = blocking.filter((outcome) => outcome.passed === false);
  if (failed.length > 0)
    return { phase: 'Rejected', reason: failed.map((outcome) => `${outcome.gate}: ${outcome.reason}`).join(' ') };
  const missing = blocking.filter((outcome) => outcome.passed === undefined);
  if (missing.length > 0)
    return { phase: 'Rejected', reason: `Not run: ${missing.map((outcome) => outcome.gate).join(', ')}.` };
  if (blocking.length === 0)
    return { phase: 'Rejected', reason: 'No blocking gate is configured: nothing vouches for this release.' };
  const informing = outcomes.filter((outcome) => !outcome.blocking && outcome.passed !== true);
  const remark =
    informing.length === 0
      ? ''
      : ` Informing gates not passed: ${informing.map((outcome) => outcome.gate).join(', ')}.`;
  return { phase: 'Accepted', reason: `All ${blocking.length} blocking gates passed.${remark}` };
}
