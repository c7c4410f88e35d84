export {
  type Attestation,
  attestationsOf,
  type SignedAttestation,
  signAttestation,
} from './attest/attestations.ts';
export { PREDICATES, type Predicate } from './attest/predicates.ts';
export {
  attachAttestations,
  attachDocument,
  cosignTag,
  type FoundAttestation,
  findAttestations,
} from './attest/registry.ts';
export { IN_TOTO, type Statement } from './attest/statement.ts';
export { type CaseResult, type PolicyTest, parsePolicyTest, runPolicyTest } from './cases/run.ts';
export { buildCatalogue, type CatalogueOptions, formatCatalogue } from './catalogue/build.ts';
export { type Catalogue, type CatalogueFile, cataloguesOf, parseCatalogue } from './catalogue/model.ts';
export { folderRepository, type RepositorySource, webRepository } from './catalogue/source.ts';
export {
  REPOSITORIES,
  type RepositoryClass,
  type RepositoryDirectory,
  repositoryDirectory,
} from './data/repositories.ts';
export {
  KEY_CLASSES,
  type KeyClass,
  type KeyDirectory,
  type KnownKey,
  SIGNING_KEYS,
} from './data/signing-keys.ts';
export { type ComparedReport, parseComparedReport } from './diff/compared.ts';
export { type AuditDifference, diffReports } from './diff/diff.ts';
export { textDifference } from './diff/text.ts';
export { explainPackage } from './explain/explain.ts';
export type { Explanation } from './explain/model.ts';
export { textExplanation } from './explain/text.ts';
export { directoryCache, type LayerFactsCache, memoryCache, type PackageFilesCache } from './facts/cache.ts';
export {
  type AuditImageOptions,
  type AuditImagesOptions,
  type AuditOptions,
  auditImage,
  auditImages,
  type LayerProgress,
  type Survey,
  surveyImages,
} from './facts/image.ts';
export type { AuditedList, ImageToAudit } from './facts/open.ts';
export { type Baseline, baselineOf, parseBaseline } from './judge/baseline.ts';
export { type JudgeContext, judge, withUnread } from './judge/judge.ts';
export type { JudgedBase } from './judge/origin/lineage.ts';
export { type PreviousRelease, previousRelease } from './judge/origin/previous.ts';
export {
  type AuditReport,
  type BinaryFacts,
  type CertificateFacts,
  type ChosenAt,
  type ContentManifestFacts,
  type DnfHistoryFacts,
  type DnfPackage,
  type DnfTransaction,
  type DockerfileFacts,
  type FileCheck,
  type FileFacts,
  type Finding,
  type FindingImage,
  type FindingOrigin,
  type FindingPackage,
  type FindingSubject,
  type Gap,
  type GoBuild,
  type ImageFacts,
  type ImageFileFacts,
  type ImageLayer,
  type ImportedKey,
  type Judgement,
  type KnownBase,
  type LabelFileFacts,
  type LayerFacts,
  type OsReleaseFacts,
  type PackageFacts,
  type PackageListFacts,
  type PackageNote,
  parseAuditReport,
  parseJudgement,
  type ReportBase,
  type ReportContent,
  type ReportException,
  type ReportImage,
  type ReportLayer,
  type ReportOs,
  type ReportPackage,
  type ReportSigner,
  type ReportUnread,
  type RepositoryFacts,
  type ResidueFacts,
  type RpmdbFacts,
  type SignatureFacts,
  type UnownedFile,
  type UnreadImage,
} from './model/index.ts';
export { type PolicyText, parsePolicy, readPolicy } from './policy/parse.ts';
export type { AllowDenyList, Policy, PolicyException, PolicySigner, Severity } from './policy/schema.ts';
export {
  describeChoice,
  describeInstruction,
  describeIntroduction,
  describeLayer,
  describeOrigin,
  formatAuditReport,
  imageFileNames,
  onlyImage,
  REPORT_FORMATS,
  type ReportContext,
  type ReportFormat,
  type ReportFormatter,
  type ReportPayload,
} from './report/index.ts';
export { PROOF_LEVELS, type ProofLevel, RULE_SUMMARIES, type RuleSummary } from './rules/index.ts';
export { type PulledFacts, pullFacts } from './share/pull.ts';
export { type PushedFacts, pushFacts } from './share/push.ts';
