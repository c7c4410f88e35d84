import { PROOF_LEVELS } from '../packages/proof.ts';
import type { Rule } from '../rule.ts';

const tooFewProven: Rule<'proofRate'> = {
  id: 'COV-003',
  title: 'fewer packages proven than the policy wants',
  subject: 'proofRate',
  severity: 'deny',
  fixed: true,
  test({ total, proven, rest }, { proof }) {
    if (proof === null || total === 0 || 100 * proven >= proof.percent * total) return undefined;
    return {
      message: `${proven} of ${total} packages reach ${proof.level} (${PROOF_LEVELS[proof.level]}), which is less than ${proof.percent} %`,
      evidence: rest,
    };
  },
};

export const proofRateRules: readonly Rule<'proofRate'>[] = [tooFewProven];
