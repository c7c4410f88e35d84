export { CONSUMERS, type Consumer, judgeConsumers, type SignatureEvidence, type Verdict } from './consumers.ts';
export {
  cosignTag,
  readCosignManifest,
  type StoredAttachment,
  withSignature,
} from './cosign/attachment.ts';
export { loadCosignKey, loadCosignPublicKey } from './cosign/key.ts';
export { type ImagePolicy, imagePolicies } from './cosign/policy.ts';
export {
  type CosignSignature,
  inspectCosign,
  publicHalf,
  signCosign,
} from './cosign/signature.ts';
export { type DsseEnvelope, dsseKeyId, signEnvelope, verifyEnvelope } from './dsse/dsse.ts';
export { type AttestationKey, generateAttestationKey, loadAttestationKey } from './dsse/key.ts';
export { generateKey, type KeyOptions, loadKey } from './openpgp/key.ts';
export { loadKeyring } from './openpgp/keyring.ts';
export { atomicMessage, type NewSignature } from './signatures/content.ts';
export { signDetached, verifyDetached } from './signatures/detached.ts';
export { signRelease } from './signatures/release.ts';
export { type Expected, inspectSignature, verifyRelease } from './signatures/verify.ts';
export { type HeldSignatures, heldSignatures, missingFiles } from './stores/held.ts';
export { type PolicyOptions, releasePolicyFiles } from './stores/policy.ts';
export { configMapSignatures, readLookaside, readStores, type StoredSignatures } from './stores/read-stores.ts';
export {
  configMapFile,
  distinctSignatures,
  MAX_SIGNATURES,
  numberedPath,
  placeSignature,
  type SignatureFile,
  type SignatureSet,
  signatureConfigMap,
  signatureFiles,
  storePath,
} from './stores/stores.ts';
export { checkRotation, type KeyFinding, type RotationInput } from './trust/rotation.ts';
export {
  configOfKeyring,
  joinKeyrings,
  parseVerificationConfigMap,
  type SatisfiedEntry,
  type UpdateKeysOptions,
  updateKeysManifest,
  verifyWithConfig,
} from './trust/verification-config.ts';
export type {
  Acceptance,
  AtomicSignature,
  SigningKey,
  StoredFile,
  VerificationConfig,
  VerifiedSignature,
} from './types.ts';
