export { type Baseline, baselineOf, parseBaseline } from './baseline.ts';
export { hitsOf } from './hits.ts';
export { type JudgeContext, judge, withUnread } from './judge.ts';
export { originOf } from './origin/attribution.ts';
export { DnfLog } from './origin/dnf-log.ts';
export { type Examined, examinedOf, placeOf, transactionsOf } from './origin/examined.ts';
export { FlattenedBases } from './origin/flattened.ts';
export { type JudgedBase, Lineage } from './origin/lineage.ts';
export { type PreviousRelease, previousRelease } from './origin/previous.ts';
