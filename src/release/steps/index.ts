import type { Step } from '../context.ts';
import type { StepName } from '../decide/index.ts';
import { assembleStep } from './assemble.ts';
import { auditStep } from './audit.ts';
import { importStep } from './import.ts';
import { judgeStep } from './judge.ts';
import { lintStep } from './lint.ts';
import { promoteStep } from './promote.ts';
import { publishStep } from './publish.ts';
import { signStep } from './sign.ts';
import { verifyStep } from './verify.ts';

/** All steps by name. A new one is a file here, a line in this table, and its place in `STEPS` (`../decide/steps.ts`). */
export const STEP_TABLE: { readonly [Name in StepName]: Step<Name> } = {
  import: importStep,
  audit: auditStep,
  assemble: assembleStep,
  lint: lintStep,
  verify: verifyStep,
  judge: judgeStep,
  promote: promoteStep,
  sign: signStep,
  publish: publishStep,
};
