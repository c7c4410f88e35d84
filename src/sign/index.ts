export type { Acceptance, AtomicSignature, SigningKey, StoredFile, VerificationConfig, VerifiedSignature } from './types.ts';
