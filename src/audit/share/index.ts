export { type PulledFacts, pullFacts } from './pull.ts';
export { type PushedFacts, pushFacts } from './push.ts';
