export { directoryCache, type LayerFactsCache, memoryCache } from './facts/cache.ts';
export {
  type AuditImageOptions,
  type AuditImagesOptions,
  type AuditOptions,
  auditImage,
  auditImages,
  type ImageToAudit,
  type LayerProgress,
} from './facts/image.ts';
export type {
  CertificateFacts,
  ContentManifestFacts,
  DockerfileFacts,
  Gap,
  ImageFacts,
  ImageLayer,
  KnownBase,
  LayerFacts,
  OsReleaseFacts,
  PackageFacts,
  RepositoryFacts,
  RpmdbFacts,
} from './facts/model.ts';
export { type JudgeContext, judge } from './judge/judge.ts';
export { parsePolicy } from './policy/parse.ts';
export type { AllowDenyList, Policy, PolicyException, PolicySigner, Severity } from './policy/schema.ts';
export {
  describeInstruction,
  describeIntroduction,
  describeLayer,
  formatAuditReport,
  type ReportFormat,
} from './report/index.ts';
export type {
  AuditReport,
  Finding,
  FindingImage,
  FindingOrigin,
  FindingPackage,
  ReportContent,
  ReportImage,
  ReportLayer,
  ReportOs,
  ReportPackage,
  ReportSigner,
} from './report/model.ts';
export { PROOF_LEVELS, type ProofLevel, RULE_SUMMARIES, type RuleSummary } from './rules/index.ts';
