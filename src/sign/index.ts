export { CONSUMERS, type Consumer, judgeConsumers, type SignatureEvidence, type Verdict } from './consumers.ts';
export { atomicMessage, type NewSignature } from './content.ts';
export { loadCosignKey, loadCosignPublicKey } from './cosign/key.ts';
export { type ImagePolicy, imagePolicies } from './cosign/policy.ts';
export {
  type CosignAttachment,
  type CosignSignature,
  cosignAttachment,
  cosignTag,
  inspectCosign,
  publicHalf,
  readCosignManifest,
  signCosign,
} from './cosign/signature.ts';
export { signDetached, verifyDetached } from './detached.ts';
export { type DsseEnvelope, dsseKeyId, signEnvelope, verifyEnvelope } from './dsse/dsse.ts';
export { type AttestationKey, generateAttestationKey, loadAttestationKey } from './dsse/key.ts';
export { generateKey, type KeyOptions, loadKey } from './openpgp/key.ts';
export { loadKeyring } from './openpgp/keyring.ts';
export { type PolicyOptions, releasePolicyFiles } from './policy.ts';
export { configMapSignatures, readLookaside, readStores, type StoredSignatures } from './read-stores.ts';
export { signRelease } from './release.ts';
export { checkRotation, type KeyFinding, type RotationInput } from './rotation.ts';
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
  joinKeyrings,
  parseVerificationConfigMap,
  type SatisfiedEntry,
  type UpdateKeysOptions,
  updateKeysManifest,
  verifyWithConfig,
} from './verification-config.ts';
export { type Expected, inspectSignature, verifyRelease } from './verify.ts';
