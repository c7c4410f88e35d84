export { CAPABILITIES } from './capabilities.ts';
export { commentsOf, documentsOf, type FieldLines, fieldLines } from './field-lines.ts';
export {
  CAPABILITY,
  capabilitiesOf,
  exclusionReason,
  FEATURE_GATE,
  FEATURE_SET,
  FEATURE_SETS,
  INCLUDE_PREFIX,
  type InclusionView,
  isSameObject,
  MAJOR_VERSION,
  majorVersionFault,
  PROFILES,
} from './inclusion.ts';
export { type FileOutline, type ManifestOutline, objectsOf, outlines } from './outline.ts';
export { ManifestOutlines } from './outlines.ts';
export {
  at,
  describeResource,
  isManifestFile,
  isObject,
  listAt,
  type ManifestDocument,
  parseDocuments,
  parseManifests,
  textAt,
} from './parse.ts';
export { runLevelOf, type TaskNode, type TaskOrder, taskGraph } from './task-graph.ts';
export type { Manifest } from './types.ts';
export { type Cluster, FEATURE_GATE_ONLY, hasGates, viewOf } from './view.ts';
export { parseExactly, parseFully, parseYaml, splitDocuments, textOf, type YamlDocument } from './yaml.ts';
