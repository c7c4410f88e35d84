export { type CaseResult, type PolicyTest, parsePolicyTest, runPolicyTest } from './run.ts';
