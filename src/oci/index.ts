export { type ArchivedImage, type ImageArchive, openArchive } from './archive/index.ts';
export {
  type Artifact,
  type ArtifactBlob,
  artifactBlob,
  loadArtifact,
  putArtifact,
  putArtifactBlob,
} from './artifact.ts';
export {
  type ClientOptions,
  type CredentialSource,
  type Credentials,
  dockerCredentials,
  type MirrorRule,
  OpenUploads,
  parseMirrors,
  RegistryClient,
  type TransportOptions,
} from './client/index.ts';
export {
  type CopyBlobOptions,
  type CopyOptions,
  contentOf,
  copyBlob,
  copyImage,
  type ImageContent,
  imageContent,
} from './copy.ts';
export { type LayoutImage, MirrorFolder, OciLayout, openLayout } from './folder/index.ts';
export {
  type Descriptor,
  type Digest,
  digestOf,
  environmentOf,
  formatReference,
  type HistoryEntry,
  hasDigest,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  type ImageReference,
  isDigest,
  isDockerFamily,
  isRepositoryName,
  isTag,
  labelsOf,
  MEDIA,
  parseConfig,
  parseDigest,
  parseReference,
} from './format/index.ts';
export { type ImageChoice, imageName, imageOf, type LoadedImage, loadImage, noPlatform } from './image.ts';
export {
  type EntryType,
  type ImageFile,
  type LayerEntry,
  type NewEntry,
  type ReadLayerOptions,
  readFiles,
  readLayer,
  type WrittenLayer,
  writeLayer,
  writeTar,
} from './layer/index.ts';
export { type CopiedImage, copiedImages, type ListMember, loadList } from './list.ts';
export { LocalRegistry, type LocalRepository, registryPlugin } from './registry/index.ts';
export type { BlobCheck, ImageSource, ImageTarget, PutBlobOptions, RawManifest, Repository } from './source.ts';
