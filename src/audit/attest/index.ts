export { type Attestation, attestationsOf, type SignedAttestation, signAttestation } from './attestations.ts';
export { PREDICATES, type Predicate } from './predicates.ts';
export { attachAttestations, attachDocument, cosignTag, type FoundAttestation, findAttestations } from './registry.ts';
export { IN_TOTO, type Statement } from './statement.ts';
