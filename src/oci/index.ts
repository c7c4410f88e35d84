export { type ArchivedImage, type ImageArchive, openArchive } from './archive/archive.ts';
export {
  type Artifact,
  type ArtifactBlob,
  artifactBlob,
  loadArtifact,
  putArtifact,
  putArtifactBlob,
} from './artifact.ts';
export { type ClientOptions, RegistryClient } from './client/client.ts';
export { type CredentialSource, type Credentials, dockerCredentials } from './client/credentials.ts';
export { type MirrorRule, parseMirrors } from './client/mirrors.ts';
export type { TransportOptions } from './client/transport.ts';
export { OpenUploads } from './client/uploads.ts';
export { type CopyOptions, contentOf, copyBlob, copyImage, type ImageContent, imageContent } from './copy.ts';
export { type LayoutImage, OciLayout, openLayout } from './folder/layout.ts';
export { MirrorFolder } from './folder/mirror-folder.ts';
export { type Digest, digestOf, hasDigest, isDigest, parseDigest } from './format/digest.ts';
export {
  type Descriptor,
  environmentOf,
  type HistoryEntry,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  labelsOf,
  parseConfig,
} from './format/manifest.ts';
export { isDockerFamily, MEDIA } from './format/media.ts';
export { formatReference, type ImageReference, isRepositoryName, isTag, parseReference } from './format/reference.ts';
export { type ImageChoice, imageName, imageOf, type LoadedImage, loadImage, noPlatform } from './image.ts';
export type { EntryType, LayerEntry } from './layer/entry.ts';
export { type ImageFile, readFiles } from './layer/files.ts';
export { type ReadLayerOptions, readLayer } from './layer/reader.ts';
export { type NewEntry, type WrittenLayer, writeLayer, writeTar } from './layer/writer.ts';
export { type CopiedImage, copiedImages, type ListMember, loadList } from './list.ts';
export { registryPlugin } from './registry/http.ts';
export { LocalRegistry } from './registry/local.ts';
export type { LocalRepository } from './registry/repository.ts';
export type { BlobCheck, ImageSource, ImageTarget, PutBlobOptions, RawManifest, Repository } from './source.ts';
