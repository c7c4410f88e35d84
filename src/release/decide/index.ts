export { type Action, decide, phaseBeforeFailure, type ReleaseFacts } from './decide.ts';
export { type Gate, type GateOutcome, gatesOf, judgeGates, promotionRefused } from './gates.ts';
export { givesUpAt } from './patience.ts';
export { checkOverride, checkPromotion, checkRetry } from './permissions.ts';
export { type Phase, type ReleaseKind, STEP_TITLES, type StepName, type StepStatus, stepsOf } from './steps.ts';
