export { atomicMessage, type NewSignature } from './content.ts';
export { signDetached, verifyDetached } from './detached.ts';
export { type DsseEnvelope, dsseKeyId, signEnvelope, verifyEnvelope } from './dsse.ts';
export { type AttestationKey, generateAttestationKey, loadAttestationKey } from './dsse-key.ts';
export { generateKey, type KeyOptions, loadKey } from './key.ts';
export { type PolicyOptions, releasePolicyFiles } from './policy.ts';
export { configMapSignatures, readLookaside, readStores, type StoredSignatures } from './read-stores.ts';
export { signRelease } from './release.ts';
export {
  placeSignature,
  type SignatureFile,
  type SignatureSet,
  signatureConfigMap,
  signatureFiles,
  storePath,
} from './stores.ts';
export type {
  Acceptance,
  AtomicSignature,
  SigningKey,
  StoredFile,
  VerificationConfig,
  VerifiedSignature,
} from './types.ts';
export {
  findVerificationConfig,
  parseVerificationConfigMap,
  type SatisfiedEntry,
  type UpdateKeysOptions,
  updateKeysManifest,
  verifyWithConfig,
} from './verification-config.ts';
export { type Expected, inspectSignature, verifyRelease } from './verify.ts';
