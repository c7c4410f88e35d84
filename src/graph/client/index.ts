export { clusterReader, lossesOf } from './cvo.ts';
export { type CheckOptions, checkAnswer, type InvariantViolation } from './invariants.ts';
