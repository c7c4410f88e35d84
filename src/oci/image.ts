import { SlipwayError } from '../util/index.ts';
import { type Digest, hasDigest, isDigest } from './digest.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  parseConfig,
  parseIndex,
  parseManifest,
} from './manifest.ts';
import { isIndexType } from './media.ts';
import { readAll } from './read.ts';
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

/**
 * Loads manifest and configuration of an image; one level of manifest list or index is followed to `architecture`
 * (default amd64, Linux). Throws `OCI_MANIFEST_UNKNOWN`, `OCI_MANIFEST_INVALID`, `OCI_CONFIG_INVALID`,
 * `OCI_PLATFORM_UNKNOWN`, `OCI_DIGEST_MISMATCH`.
 */
export async function loadImage(
  source: ImageSource,
  tagOrDigest: string,
  options: { readonly architecture?: string } = {},
): Promise<LoadedImage> {
  const image = imageName(source, tagOrDigest);
  const first = await source.manifest(tagOrDigest);
  if (!isIndexType(first.mediaType)) return await fromManifest(source, first, image);
  const architecture = options.architecture ?? 'amd64';
  const index = parseIndex(first.bytes, { image });
  const member = index.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  if (!member) {
    const known = index.manifests.flatMap(({ platform }) =>
      platform ? [`${platform.os}/${platform.architecture}`] : [],
    );
    throw new SlipwayError('OCI_PLATFORM_UNKNOWN', `the manifest list has no linux/${architecture} image.`, {
      place: { image },
      hint: `It has: ${known.join(', ')}.`,
    });
  }
  return { ...(await fromManifest(source, await source.manifest(member.digest), image)), listDigest: first.digest };
}

/** One image of a manifest list or index, with the platform that the list states for it. */
export interface ListMember {
  readonly platform: NonNullable<Descriptor['platform']>;
  readonly image: LoadedImage;
}

/**
 * Loads all images of a manifest list or index, in the order of the list; entries without a platform (attestations)
 * are left out. `undefined` when `tagOrDigest` is a single image. Throws what `loadImage` throws.
 */
export async function loadList(source: ImageSource, tagOrDigest: string): Promise<readonly ListMember[] | undefined> {
  const image = imageName(source, tagOrDigest);
  const first = await source.manifest(tagOrDigest);
  if (!isIndexType(first.mediaType)) return undefined;
  const members: ListMember[] = [];
  for (const { digest, platform } of parseIndex(first.bytes, { image }).manifests) {
    if (platform === undefined || platform.os === 'unknown') continue;
    const loaded = await fromManifest(source, await source.manifest(digest), image);
    members.push({ platform, image: { ...loaded, listDigest: first.digest } });
  }
  return members;
}

async function fromManifest(source: ImageSource, raw: RawManifest, image: string): Promise<LoadedImage> {
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
  const unpacked = config.rootfs.diff_ids ?? [];
  if (unpacked.length !== layers.length) {
    const message = `the configuration has ${unpacked.length} diffIDs, the manifest ${layers.length} layers.`;
    throw new SlipwayError('OCI_CONFIG_INVALID', message, { place });
  }
  return { digest: raw.digest, mediaType: raw.mediaType, manifest, config, rawManifest: raw.bytes, rawConfig };
}
