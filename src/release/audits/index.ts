export { openAttestationKey } from './attestation-key.ts';
export { Audits } from './audits.ts';
export { gatherFacts } from './facts.ts';
export { summarise } from './summary.ts';
