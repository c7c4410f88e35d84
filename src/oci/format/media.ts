/** Media types of images: Docker's schema 2 and OCI's (image-spec 1.1, § Media types). */
export const MEDIA = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
} as const;

/** What a client says it takes when it asks for a manifest. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA.dockerManifest,
  MEDIA.ociManifest,
  MEDIA.dockerList,
  MEDIA.ociIndex,
];

/**
 * Layers that may not be pushed: their bytes are at URLs that the descriptor names (image-spec 1.1, § Non-Distributable
 * Layers; Docker's base layers of Windows). A repository has such an image without them.
 */
export function isForeign(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    mediaType === 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  );
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA.dockerList || mediaType === MEDIA.ociIndex;
}

export function isDockerFamily(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.docker.');
}
