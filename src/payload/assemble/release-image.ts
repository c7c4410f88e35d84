import { type Descriptor, type Digest, digestOf, type ListMember, type LoadedImage, MEDIA } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { type GoValue, goJson } from '../text/index.ts';
import { dockerConfigValue } from './docker-config.ts';
import { BASE_DIGEST_LABEL, RELEASE_LABEL } from './labels.ts';

/** Comment of the first entry of a release's history; the other entries have only a time. */
export const HISTORY_COMMENT = 'Release image for OpenShift';

/** The image a release is built on: the Cluster Version Operator's. */
export type BaseImage = Pick<LoadedImage, 'digest' | 'mediaType' | 'manifest' | 'config' | 'rawConfig'>;

export interface NewLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes, compressed. */
  readonly size: number;
}

export interface ReleaseImage {
  readonly config: Uint8Array;
  readonly configDigest: Digest;
  readonly manifest: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/**
 * Docker schema 2 names for OCI layers. oc copies the OCI names into a docker manifest, which podman, skopeo and CRI-O
 * then refuse to pull (payload format § 1.12, B2); a layer that has no docker name is an error here.
 */
const DOCKER_LAYER: ReadonlyMap<string, string> = new Map([
  [MEDIA.dockerLayer, MEDIA.dockerLayer],
  [MEDIA.ociLayerGzip, MEDIA.dockerLayer],
  [MEDIA.ociLayer, 'application/vnd.docker.image.rootfs.diff.tar'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'application/vnd.docker.image.rootfs.diff.tar'],
]);

function dockerLayer(layer: Descriptor, index: number): GoValue {
  const mediaType = DOCKER_LAYER.get(layer.mediaType);
  if (mediaType === undefined) {
    throw new SlipwayError(
      'PAYLOAD_BASE_UNSUPPORTED',
      `layer ${index} of the base image has the media type ${layer.mediaType}, which a docker schema 2 release image cannot carry.`,
      {
        place: { image: layer.digest, field: `layers[${index}].mediaType` },
        hint: 'Build the base image with gzip layers.',
      },
    );
  }
  return { mediaType, digest: layer.digest, size: layer.size };
}

/**
 * Configuration and docker v2s2 manifest of a release image: the base with one more layer, labels and history replaced
 * (payload format § 1.11). Pure; byte-equal to oc's for a docker base and the same layer blob.
 * @param created RFC 3339, whole seconds.
 */
export function releaseImage(base: BaseImage, layer: NewLayer, name: string, created: string): ReleaseImage {
  const layers = base.manifest.layers.map(dockerLayer);
  const count = layers.length + 1;
  const size = base.manifest.layers.reduce((sum, { size }) => sum + size, layer.size);
  const config = goJson(
    dockerConfigValue(base.rawConfig, {
      fresh: true,
      created,
      labels: { [RELEASE_LABEL]: name, [BASE_DIGEST_LABEL]: base.digest },
      size,
      diffIds: [...base.config.rootfs.diff_ids, layer.diffId],
      history: Array.from({ length: count }, (_, index) =>
        index === 0 ? { created, comment: HISTORY_COMMENT } : { created },
      ),
    }),
  );
  const configBytes = Buffer.from(config);
  const configDigest = digestOf(configBytes);
  const manifest = Buffer.from(
    goJson(
      {
        schemaVersion: 2,
        mediaType: MEDIA.dockerManifest,
        config: { mediaType: MEDIA.dockerConfig, digest: configDigest, size: configBytes.length },
        layers: [...layers, { mediaType: MEDIA.dockerLayer, digest: layer.digest, size: layer.size }],
      },
      '   ',
    ),
  );
  return { config: configBytes, configDigest, manifest, mediaType: MEDIA.dockerManifest, digest: digestOf(manifest) };
}

export interface ReleaseList {
  readonly manifest: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/**
 * Docker manifest list of one release for several platforms, in the order of the base's list (payload format § 1.11).
 * Pure; byte-equal to oc's for equal images.
 */
export function releaseList(
  members: readonly { readonly platform: ListMember['platform']; readonly release: ReleaseImage }[],
): ReleaseList {
  const manifest = Buffer.from(
    goJson(
      {
        schemaVersion: 2,
        mediaType: MEDIA.dockerList,
        manifests: members.map(({ platform, release }) => ({
          mediaType: release.mediaType,
          digest: release.digest,
          size: release.manifest.length,
          platform: {
            architecture: platform.architecture,
            os: platform.os,
            ...(platform.variant === undefined ? {} : { variant: platform.variant }),
          },
        })),
      },
      '   ',
    ),
  );
  return { manifest, mediaType: MEDIA.dockerList, digest: digestOf(manifest) };
}
