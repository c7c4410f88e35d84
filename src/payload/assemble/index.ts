export {
  type AssembledPayload,
  type AssembleInput,
  type AssembleOptions,
  assemble,
  assembleContent,
  type Component,
  DEFAULT_BASE_TAG,
  droppedWarning,
  INCLUDE_KEY,
  METADATA_FILE,
  PAYLOAD_FOLDER,
  type PayloadContent,
} from './assemble.ts';
export { nearest } from './candidates.ts';
export { checkBase, checkComponentName, checkFileName, checkIncluded, checkName, checkUnique } from './checks.ts';
export { dockerConfigValue } from './docker-config.ts';
export {
  BASE_DIGEST_LABEL,
  COMMIT_ID,
  COMMIT_REF,
  isOperator,
  OPERATOR_LABEL,
  OVERRIDE_ANNOTATION,
  RELEASE_LABEL,
  SOURCE_LOCATION,
  VERSION_KEYS,
} from './labels.ts';
export { metadataValue, parseMetadata, parseMetadataAsIs } from './metadata.ts';
export { nameInPayload } from './names.ts';
export { REFERENCES_FILE } from './operator.ts';
export { HISTORY_COMMENT, type ReleaseImage, type ReleaseList, releaseImage, releaseList } from './release-image.ts';
export { unusedOverrides } from './unused.ts';
