import { type Phase, type ReleaseKind, type StepName, type StepStatus, stepsOf } from './steps.ts';

/** What the ledger knows of one release when a decision is due. */
export interface ReleaseFacts {
  readonly name: string;
  readonly kind: ReleaseKind;
  readonly phase: Phase;
  readonly steps: Readonly<Partial<Record<StepName, StepStatus>>>;
  /** Name of the stable release made of this nightly, if any. */
  readonly promotedTo: string | undefined;
  /** The stable stream judged this nightly and did not take it; left out: it did, or was not asked. */
  readonly promotionRefused?: boolean;
}

export interface PromotionRule {
  readonly promotion: 'automatic' | 'manual';
}

/** What is to be done next; the loop in `engine.ts` stores and acts. */
export type Action =
  | { readonly type: 'run'; readonly step: StepName }
  | { readonly type: 'skip'; readonly step: StepName; readonly reason: string }
  | { readonly type: 'promote' }
  | { readonly type: 'none'; readonly reason: string };

/** A step that is over: it does not run again by itself. */
export const settled = (status: StepStatus | undefined): boolean =>
  status === 'done' || status === 'bad' || status === 'skipped';

/**
 * The next action for one release: a pure function, so that a decision can be replayed.
 *
 * The rules, in words:
 * 1. Steps run in order; a step that a killed process left `running` runs again (steps are idempotent).
 * 2. Nothing is assembled, linted or verified from images that the audit refused, and nothing is verified that a
 *    cluster would refuse: after a bad step the next one is `judge`, which rejects (early reject).
 * 3. Only an accepted release is published. A human's override is a phase, so it is honoured here and nowhere else.
 * 4. An accepted nightly is promoted once, when it is published and its stream promotes automatically. One that the
 *    stable stream refused is promoted by a person or not at all.
 */
export function decide(facts: ReleaseFacts, rule: PromotionRule): Action {
  if (facts.phase === 'Failed') return { type: 'none', reason: 'the release failed' };
  const order = stepsOf(facts.kind);
  const bad = order.find((step) => facts.steps[step] === 'bad');
  for (const step of order) {
    if (settled(facts.steps[step])) continue;
    if (step === 'publish' || facts.kind === 'stable') {
      if (facts.phase === 'Rejected') return { type: 'skip', step, reason: 'the release is rejected' };
      if (facts.kind === 'nightly' && facts.phase !== 'Accepted') return { type: 'none', reason: 'not accepted' };
      // A human may accept a release that was never assembled; there is nothing to publish then.
      if (facts.kind === 'nightly' && facts.steps.assemble !== 'done')
        return { type: 'skip', step, reason: 'there is no payload' };
      return { type: 'run', step };
    }
    if (bad !== undefined && step !== 'judge') return { type: 'skip', step, reason: `${bad} was bad` };
    return { type: 'run', step };
  }
  const publishable = facts.kind === 'nightly' && facts.phase === 'Accepted' && facts.steps.publish === 'done';
  if (publishable && facts.promotedTo === undefined && rule.promotion === 'automatic') {
    if (facts.promotionRefused === true) return { type: 'none', reason: 'the stable stream refused it' };
    return { type: 'promote' };
  }
  return { type: 'none', reason: 'nothing is left to do' };
}

/**
 * The phase a failed release goes back to when it is tried again: what its steps show. A step that failed waits and is
 * the next to run. After `judge` only `publish` is left to fail, which runs for accepted nightlies alone, be it by
 * their gates or by a person against them.
 */
export function phaseBeforeFailure({ kind, steps }: Pick<ReleaseFacts, 'kind' | 'steps'>): Phase {
  if (kind === 'nightly' && settled(steps.judge)) return 'Accepted';
  return (kind === 'nightly' ? steps.assemble : steps.promote) === 'done' ? 'Ready' : 'Pending';
}
