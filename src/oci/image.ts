import { SlipwayError } from '../util/index.ts';
import { readAll } from './bytes/index.ts';
import {
  type Descriptor,
  type Digest,
  hasDigest,
  type ImageConfig,
  type ImageManifest,
  isDigest,
  isIndexType,
  parseConfig,
  parseIndex,
  parseManifest,
} from './format/index.ts';
import type { ImageSource, RawManifest } from './source.ts';

const MAX_CONFIG = 8 << 20;

export interface LoadedImage {
  /** Digest of the image's own manifest. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly rawManifest: Uint8Array;
  readonly rawConfig: Uint8Array;
  /** Digest of the manifest list or index the image was found in. */
  readonly listDigest?: Digest;
}

/** How an image is named in messages: `source@sha256:…` or `source:tag`. */
export function imageName(source: { readonly name: string }, tagOrDigest: string): string {
  return `${source.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
}

/** Which image of a manifest list or index is read. */
export interface ImageChoice {
  /** The Linux image of this architecture; default amd64. */
  readonly architecture?: string;
  /** Instead: the first whose `os/architecture[/variant]` this fits. */
  readonly platform?: RegExp;
}

/** `linux/arm64/v8`, as `--filter-by-os` of oc has it. */
export function platformText({ os, architecture, variant }: NonNullable<Descriptor['platform']>): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/**
 * Loads manifest and configuration of an image; one level of manifest list or index is followed to the
 * image that is chosen. Throws `OCI_MANIFEST_UNKNOWN`, `OCI_MANIFEST_INVALID`, `OCI_CONFIG_INVALID`,
 * `OCI_PLATFORM_UNKNOWN`, `OCI_DIGEST_MISMATCH`.
 */
export async function loadImage(
  source: ImageSource,
  tagOrDigest: string,
  options: ImageChoice = {},
): Promise<LoadedImage> {
  const image = imageName(source, tagOrDigest);
  const first = await source.manifest(tagOrDigest);
  if (!isIndexType(first.mediaType)) return await imageOf(source, first, image);
  const { architecture = 'amd64', platform: filter } = options;
  const index = parseIndex(first.bytes, { image });
  const member = index.manifests.find(({ platform }) =>
    platform === undefined
      ? false
      : filter === undefined
        ? platform.os === 'linux' && platform.architecture === architecture
        : filter.test(platformText(platform)),
  );
  if (!member) {
    const known = index.manifests.flatMap(({ platform }) => (platform ? [platformText(platform)] : []));
    throw noPlatform(image, filter ?? `linux/${architecture}`, known);
  }
  return { ...(await imageOf(source, await source.manifest(member.digest), image)), listDigest: first.digest };
}

/** `OCI_PLATFORM_UNKNOWN`: a list has no image of the platform, or none that the expression fits. */
export function noPlatform(image: string, wanted: RegExp | string, known: readonly string[]): SlipwayError {
  const message =
    typeof wanted === 'string'
      ? `the manifest list has no ${wanted} image.`
      : `filtered all images from manifest list: "${wanted.source}" fits none.`;
  return new SlipwayError('OCI_PLATFORM_UNKNOWN', message, {
    place: { image },
    hint: `It has: ${known.join(', ')}.`,
  });
}

/** The image of a manifest that was read already; `image` is how messages call it. Throws as `loadImage` does. */
export async function imageOf(source: ImageSource, raw: RawManifest, image: string): Promise<LoadedImage> {
  const place = { image };
  const manifest = parseManifest(raw.bytes, place);
  if (manifest.mediaType !== undefined && manifest.mediaType !== raw.mediaType) {
    const message = `the manifest states "${manifest.mediaType}", but was given as "${raw.mediaType}".`;
    throw new SlipwayError('OCI_MANIFEST_INVALID', message, { place });
  }
  const rawConfig = await readAll(await source.blob(manifest.config), MAX_CONFIG, image);
  if (!hasDigest(rawConfig, manifest.config.digest)) {
    throw new SlipwayError('OCI_DIGEST_MISMATCH', `the configuration is not ${manifest.config.digest}.`, { place });
  }
  const config = parseConfig(rawConfig, place);
  const { layers } = manifest;
  const unpacked = config.rootfs.diff_ids;
  if (unpacked.length !== layers.length) {
    const message = `the configuration has ${unpacked.length} diffIDs, the manifest ${layers.length} layers.`;
    throw new SlipwayError('OCI_CONFIG_INVALID', message, { place });
  }
  return { digest: raw.digest, mediaType: raw.mediaType, manifest, config, rawManifest: raw.bytes, rawConfig };
}
