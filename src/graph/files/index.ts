export { followGraph } from './follow.ts';
export { type GraphFiles, type GraphInputs, parseRules, type RuleTexts, readInputs, readRuleTexts } from './inputs.ts';
export { answerFromFiles, loadGraph } from './load.ts';
export { readGraphData } from './read.ts';
