import { SlipwayError } from '../util/index.ts';
import { readAll } from './bytes/read.ts';
import { type Digest, hasDigest, isDigest } from './format/digest.ts';
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  parseConfig,
  parseIndex,
  parseManifest,
} from './format/manifest.ts';
import { isIndexType, MEDIA } from './format/media.ts';
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
function platformText({ os, architecture, variant }: NonNullable<Descriptor['platform']>): string {
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
  if (!isIndexType(first.mediaType)) return await fromManifest(source, first, image);
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
    const message =
      filter === undefined
        ? `the manifest list has no linux/${architecture} image.`
        : `filtered all images from manifest list: "${filter.source}" fits none.`;
    throw new SlipwayError('OCI_PLATFORM_UNKNOWN', message, {
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

/** One of the images that a copy of a manifest list brings along. */
export interface CopiedImage {
  readonly digest: Digest;
  /** `os/architecture[/variant]` as the list states it; undefined for a single image, and where a list states none. */
  readonly platform: string | undefined;
  /** Found in a manifest list or index. */
  readonly listed: boolean;
}

/** Lists in lists in …: nobody builds them, and each costs requests. */
const DEEPEST_LIST = 4;
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([MEDIA.ociConfig, MEDIA.dockerConfig]);
/** Layers that a runtime unpacks; those of an attestation are documents. */
const ARCHIVE = /[.]tar(?:$|[+.])/;

/** Whether something in a list can be run. What claims a platform is taken to be meant for it. */
function isRunnable(manifest: ImageManifest, platform: string | undefined): boolean {
  if (!IMAGE_CONFIGS.has(manifest.config.mediaType)) return false;
  return platform !== undefined || manifest.layers.some(({ mediaType }) => ARCHIVE.test(mediaType));
}

/**
 * All images that a copy of `tagOrDigest` brings along, each once: itself, or every image of a list, also in lists of
 * lists and without a platform. What can not be run (attestations, signatures) is left out. Throws
 * `OCI_MANIFEST_UNKNOWN`, `OCI_MANIFEST_INVALID`.
 */
export async function copiedImages(source: ImageSource, tagOrDigest: string): Promise<readonly CopiedImage[]> {
  const place = { image: imageName(source, tagOrDigest) };
  const first = await source.manifest(tagOrDigest);
  if (!isIndexType(first.mediaType)) return [{ digest: first.digest, platform: undefined, listed: false }];
  const found = new Map<Digest, CopiedImage>();
  const seen = new Set<Digest>([first.digest]);
  const walk = async (list: RawManifest, depth: number): Promise<void> => {
    for (const { digest, platform: stated } of parseIndex(list.bytes, place).manifests) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      const member = await source.manifest(digest);
      if (isIndexType(member.mediaType)) {
        if (depth >= DEEPEST_LIST)
          throw new SlipwayError('OCI_MANIFEST_INVALID', `lists are nested more than ${DEEPEST_LIST} deep.`, { place });
        await walk(member, depth + 1);
        continue;
      }
      const platform = stated === undefined || stated.os === 'unknown' ? undefined : platformName(stated);
      if (isRunnable(parseManifest(member.bytes, place), platform))
        found.set(digest, { digest, platform, listed: true });
    }
  };
  await walk(first, 1);
  return [...found.values()];
}

/** `os/architecture[/variant]` */
function platformName({ os, architecture, variant }: NonNullable<Descriptor['platform']>): string {
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
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
