export { type Explained, originOf, type Place, type Transactions } from './attribution.ts';
export { DnfLog } from './dnf-log.ts';
export { type Examined, examinedOf, placeOf, transactionsOf } from './examined.ts';
export { FlattenedBases } from './flattened.ts';
export { type Base, type JudgedBase, Lineage } from './lineage.ts';
