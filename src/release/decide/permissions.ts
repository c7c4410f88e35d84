import { SlipwayError } from '../../util/index.ts';
import { type ReleaseFacts, settled } from './decide.ts';

/**
 * What a person may ask for, given where a release stands. Pure; each throws `RELEASE_CONFLICT` with the reason. The
 * store calls them inside the transaction that acts, so that nothing changes between the look and the act.
 */
function conflict(message: string, hint?: string): never {
  throw new SlipwayError('RELEASE_CONFLICT', message, hint === undefined ? {} : { hint });
}

function requireNightly({ name, kind }: ReleaseFacts): void {
  if (kind !== 'nightly') conflict(`${name} is not a nightly.`);
}

/** Only an accepted, published nightly is promoted. One that was promoted may be asked for again: it has its answer. */
export function checkPromotion(facts: ReleaseFacts): void {
  requireNightly(facts);
  const { name, phase, steps, promotedTo } = facts;
  if (promotedTo !== undefined) return;
  if (phase !== 'Accepted') conflict(`${name} is ${phase}; only an accepted nightly can be promoted.`);
  if (steps.publish !== 'done') conflict(`${name} is accepted but not published yet; only then can it be promoted.`);
}

/** A nightly's gates are overridden once they have judged, and a rejection only while nobody can have pulled it. */
export function checkOverride(facts: ReleaseFacts, wanted: 'Accepted' | 'Rejected'): void {
  requireNightly(facts);
  const { name, phase, steps } = facts;
  if (phase === wanted) conflict(`${name} is ${phase} already.`);
  if (wanted === 'Rejected' && (steps.publish === 'done' || steps.publish === 'running'))
    conflict(`${name} is published; what others may have pulled can not be rejected any more.`);
  if (!settled(steps.judge)) {
    if (phase === 'Failed')
      conflict(`${name} failed before its gates could judge.`, `\`slipway release retry ${name}\` tries it again.`);
    conflict(`${name} is still being worked on; its gates have not judged yet.`);
  }
  if (wanted === 'Accepted' && steps.assemble !== 'done')
    conflict(
      `${name} was rejected before a payload was assembled; there is nothing to accept.`,
      'Remove the cause, or grant an exception in the policy, and make a new nightly.',
    );
}

/** Only a failed release is tried again. */
export function checkRetry({ name, phase }: ReleaseFacts): void {
  if (phase !== 'Failed') conflict(`${name} is ${phase}; only a failed release can be tried again.`);
}
