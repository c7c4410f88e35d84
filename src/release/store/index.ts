export { promotionsOf, type ReleaseRecord } from './rows.ts';
export { Store } from './store.ts';
