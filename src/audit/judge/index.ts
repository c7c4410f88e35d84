export { type Baseline, baselineOf, parseBaseline } from './baseline.ts';
export { type PreviousRelease, previousRelease } from './bases/previous.ts';
export { hitsOf } from './hits.ts';
export { type JudgeContext, judge, withUnread } from './judge.ts';
