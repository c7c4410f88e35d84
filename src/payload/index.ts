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
export { newPayload, preparePayload, pushPayload } from './create/new-payload.ts';
export type { NewPayload, PayloadInput, PreparedPayload, PrepareOptions, PushOptions } from './create/options.ts';
export { type LoadOptions, loadPayload } from './info/load.ts';
export { exclusionReason, type InclusionView } from './manifest/inclusion.ts';
export { describeResource, isManifestFile, parseManifests } from './manifest/parse.ts';
export type { JsonObject, JsonValue, Manifest } from './manifest/types.ts';
export { type Mapping, parseMappings, readMappingFile } from './stream/mappings.ts';
export { parseImageStream } from './stream/parse.ts';
export { formatPullSpec, type PullSpec, parsePullSpec, repositoryOf } from './stream/pull-spec.ts';
export type { ImageStream, TagReference } from './stream/types.ts';
export type { ComponentImage, ComponentVersion, Payload, PayloadFile, ReleaseMetadata } from './types.ts';
