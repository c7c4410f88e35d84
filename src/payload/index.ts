export {
  type AssembledPayload,
  type AssembleInput,
  type AssembleOptions,
  assemble,
  assembleContent,
  type Component,
  INCLUDE_KEY,
  type PayloadContent,
} from './assemble/assemble.ts';
export { bugsOf, formatBugs } from './changelog/bugs.ts';
export { type Changelog, changelogOf } from './changelog/changelog.ts';
export { clonesIn } from './changelog/clones.ts';
export type { CommitSource } from './changelog/commits.ts';
export { type ForgeOptions, firstOf, forgeAt } from './changelog/forge.ts';
export { formatChangelog } from './changelog/format.ts';
export { referenceUrl } from './changelog/references.ts';
export {
  type Approval,
  type Difference,
  formatInput,
  formatPayloadLock,
  formatReleaseLock,
  type ManifestFolders,
  mirrorTag,
  type NewPayload,
  newPayload,
  type PayloadInput,
  type PayloadLock,
  type PreparedPayload,
  type PrepareOptions,
  type PushOptions,
  parsePayloadLock,
  preparePayload,
  pushPayload,
  type Reproduction,
  readManifestFolders,
  releaseTag,
  reproducePayload,
  writePayloadFolder,
  writePayloadLayer,
} from './create/index.ts';
export { diffPayloads, type ImageChange, type ManifestChange, type PayloadDiff } from './diff/diff.ts';
export { type DiffReport, diffReportValue, formatDiffHtml, formatDiffReport } from './diff/report.ts';
export { diffResources, type ResourceChange } from './diff/resources.ts';
export { diffSizes, releaseImage } from './diff/sizes.ts';
export { formatDiff, formatDiffJson } from './diff/text.ts';
export { runGraphDot, runGraphMermaid } from './explain/diagrams.ts';
export {
  type ExplainedObject,
  type Explanation,
  explainOutlines,
  explainPayload,
  runGraph,
} from './explain/explain.ts';
export { runGraphSvg } from './explain/svg.ts';
export { explanationText } from './explain/text.ts';
export { CLOUDS } from './extract/clouds.ts';
export { type InstallPlan, parseInstallConfig } from './extract/install-config.ts';
export { type ExtractManifestsOptions, extractManifests, payloadFile } from './extract/manifests.ts';
export { type ComponentOptions, loadComponents } from './info/components.ts';
export { imageFor, payloadInfo, type ReleaseInfo } from './info/info.ts';
export { formatInfoJson } from './info/json.ts';
export { type LoadOptions, loadPayload } from './info/load.ts';
export { type ImageSize, type ReleaseSize, releaseSize } from './info/sizes.ts';
export { commitUrl, compareUrl, webUrl } from './info/source-location.ts';
export { type InfoTemplate, infoTemplate, TEMPLATE_FORMS } from './info/template.ts';
export {
  formatContents,
  formatInfo,
  formatInfoSizes,
  formatList,
  formatVerified,
  type InfoColumns,
} from './info/text.ts';
export { gatherFacts } from './lint/facts.ts';
export { lintFacts } from './lint/lint.ts';
export type { EdgeOptions, LintOptions } from './lint/options.ts';
export { type LintPolicy, parseLintPolicy } from './lint/policy.ts';
export { formatLint, type LintFormat } from './lint/report/format.ts';
export { type LintReport, lintReport, unreadReport } from './lint/report/report.ts';
export { LINT_RULES } from './lint/rules/index.ts';
export type { LintFacts, LintFinding, LintRule, Severity } from './lint/types.ts';
export { factsInView } from './lint/views.ts';
export { exclusionReason, type InclusionView } from './manifest/inclusion.ts';
export type { FileOutline } from './manifest/outline.ts';
export { ManifestOutlines } from './manifest/outlines.ts';
export { describeResource, isManifestFile, parseManifests } from './manifest/parse.ts';
export { type TaskNode, type TaskOrder, taskGraph } from './manifest/task-graph.ts';
export type { JsonObject, JsonValue, Manifest } from './manifest/types.ts';
export { type Cluster, viewOf } from './manifest/view.ts';
export {
  type Mirrored,
  type MirrorOptions,
  type MirrorProgress,
  mirrorImages,
  mirrorPayload,
} from './mirror/copy.ts';
export { type InstructionKind, mirrorInstructions, mirrorManifest } from './mirror/instructions.ts';
export { formatMapping, type MirrorPlan, planMirror } from './mirror/plan.ts';
export { formatManifests, formatMirrorReport, type ReportOptions } from './mirror/report.ts';
export { type ReleaseSignatures, releaseSignatures, type SignatureOptions } from './mirror/signatures.ts';
export { packageCache } from './packages/cache.ts';
export {
  diffPackages,
  formatPackageDifference,
  formatPackageDifferenceJson,
  formatPackages,
  formatPackagesJson,
  type PackageDifference,
  packageVersions,
} from './packages/diff.ts';
export { type NodePackages, nodePackages } from './packages/read.ts';
export { type Mapping, parseMappings, readMappingFile } from './stream/mappings.ts';
export { emptyImageStream, parseImageStream } from './stream/parse.ts';
export { formatPullSpec, type PullSpec, parsePullSpec, repositoryOf } from './stream/pull-spec.ts';
export type { ImageStream, TagReference } from './stream/types.ts';
export {
  checksums,
  extractTools,
  releaseText,
  streamTools,
  type ToolFile,
  type ToolOptions,
  type ToolStream,
} from './tools/extract.ts';
export { parsePlatform, type ToolSelection } from './tools/targets.ts';
export { type WrittenTool, writeCommand, writeTools } from './tools/write.ts';
export type { ComponentImage, ComponentVersion, Payload, PayloadFile, ReleaseMetadata } from './types.ts';
