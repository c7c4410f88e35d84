export {
  createdOf,
  documentUuid,
  type ReportContext,
  type ReportFormatter,
  type ReportPayload,
  toolOf,
} from './document.ts';
export { emptyLayer } from './empty.ts';
export type {
  BinaryFacts,
  CertificateFacts,
  ContentManifestFacts,
  DnfHistoryFacts,
  DnfPackage,
  DnfTransaction,
  DockerfileFacts,
  FileFacts,
  Gap,
  GoBuild,
  LabelFileFacts,
  OsReleaseFacts,
  PackageListFacts,
  PackageNote,
  RepositoryFacts,
  ResidueFacts,
} from './evidence.ts';
export {
  EXTRACTOR,
  type FileCheck,
  type ImageFacts,
  type ImageFileFacts,
  type ImageLayer,
  type KnownBase,
  type LayerFacts,
  type LayerOrigin,
  parseLayerFacts,
  type UnownedFile,
  type UnreadImage,
} from './facts.ts';
export type { ChosenAt, Finding, FindingImage, FindingOrigin, FindingPackage, FindingSubject } from './findings.ts';
export type { ImportedKey, PackageFacts, RpmdbFacts, SignatureFacts } from './packages.ts';
export {
  type AllowDenyList,
  type Policy,
  type PolicyException,
  PolicySchema,
  type PolicySigner,
  type Profile,
  type Severity,
} from './policy.ts';
export { imageSpec, repositoryOf } from './pull-spec.ts';
export {
  type AuditReport,
  type Judgement,
  parseAuditReport,
  parseJudgement,
  type ReportBase,
  type ReportContent,
  type ReportException,
  type ReportImage,
  type ReportLayer,
  type ReportModule,
  type ReportOs,
  type ReportPackage,
  type ReportProgram,
  type ReportSigner,
  type ReportUnread,
} from './report.ts';
export { identityOf, type PackageOccurrence, type PackageView, packagesOf, visible } from './view.ts';
