export { explainPackage } from './explain.ts';
export type { Explanation } from './model.ts';
export { textExplanation } from './text.ts';
