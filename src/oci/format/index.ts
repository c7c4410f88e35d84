export { algorithmOf, type Digest, digestOf, hasDigest, hasherFor, hexOf, isDigest, parseDigest } from './digest.ts';
export {
  type Descriptor,
  environmentOf,
  type HistoryEntry,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  labelsOf,
  parseConfig,
  parseIndex,
  parseManifest,
  statedMediaType,
} from './manifest.ts';
export { isDockerFamily, isForeign, isIndexType, MANIFEST_TYPES, MEDIA } from './media.ts';
export { formatReference, type ImageReference, isRepositoryName, isTag, parseReference } from './reference.ts';
