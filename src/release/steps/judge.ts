import type { Step } from '../context.ts';
import type { GateOutcome } from '../gates.ts';
import { judgeGates } from '../gates.ts';
import { collectOutcomes } from '../outcomes.ts';

/** Accepts or rejects by the gates; the outcomes are kept as evidence that the decision cites. */
export const judgeStep: Step<'judge'> = {
  name: 'judge',
  async run(context) {
    const outcomes: readonly GateOutcome[] = await collectOutcomes(context);
    const verdict = judgeGates(outcomes);
    const gates = await context.evidence.put(outcomes);
    return {
      state: verdict.phase === 'Accepted' ? 'done' : 'bad',
      detail: `${verdict.phase}: ${verdict.reason}`,
      output: { ...verdict, gates },
    };
  },
};
