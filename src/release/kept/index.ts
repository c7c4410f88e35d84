export { EvidenceStore } from './evidence.ts';
export { type PromotionJudgement, parseFacts } from './facts.ts';
export { outputOf, parseOutput, type StepOutput } from './outputs.ts';
export {
  isOutdated,
  keptBases,
  keptReport,
  keptRun,
  parseGateOutcomes,
  parseLintFindings,
  type ReadReport,
  readReport,
} from './reports.ts';
