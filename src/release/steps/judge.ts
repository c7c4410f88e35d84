import type { Step } from '../context.ts';
import { type GateOutcome, judgeGates } from '../decide/index.ts';
import { collectOutcomes } from './outcomes.ts';

/** Accepts or rejects by the gates; the outcomes are kept as evidence that the decision cites. */
export const judgeStep: Step<'judge'> = {
  name: 'judge',
  async run(context) {
    const outcomes: readonly GateOutcome[] = await collectOutcomes(context);
    const verdict = judgeGates(outcomes);
    const gates = await context.evidence.put(outcomes);
    // What spoke against it is said by the gates, and once more as the reason of the release.
    const against = outcomes.filter(({ blocking, passed }) => blocking && passed === false).map(({ gate }) => gate);
    return {
      state: verdict.phase === 'Accepted' ? 'done' : 'bad',
      detail: against.length > 0 ? `Rejected by ${against.join(', ')}` : `${verdict.phase}: ${verdict.reason}`,
      output: { ...verdict, gates },
    };
  },
};
