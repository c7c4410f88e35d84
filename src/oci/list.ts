import { SlipwayError } from '../util/index.ts';
import {
  type Descriptor,
  type Digest,
  type ImageManifest,
  isIndexType,
  MEDIA,
  parseIndex,
  parseManifest,
} from './format/index.ts';
import { imageName, imageOf, type LoadedImage, platformText } from './image.ts';
import type { ImageSource, RawManifest } from './source.ts';

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
    const loaded = await imageOf(source, await source.manifest(digest), image);
    members.push({ platform, image: { ...loaded, listDigest: first.digest } });
  }
  return members;
}

/** One of the images that a copy of a manifest list brings along. */
export interface CopiedImage {
  readonly digest: Digest;
  /** `os/architecture[/variant]` as the list states it; undefined for a single image, and where a list states none. */
  readonly platform: string | undefined;
  /** Digest of the outermost manifest list or index that it was found in. */
  readonly listDigest: Digest | undefined;
  /** Its manifest, or the error that came in place of it: of a list, one image may be gone and the others there. */
  readonly manifest: RawManifest | SlipwayError;
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
 * lists and without a platform. What can not be run (attestations, signatures) is left out; what can not be read might
 * be an image and is not. Each manifest is asked for once. Throws `OCI_…` when the outermost manifest can not be read.
 */
export async function copiedImages(source: ImageSource, tagOrDigest: string): Promise<readonly CopiedImage[]> {
  const place = { image: imageName(source, tagOrDigest) };
  const first = await source.manifest(tagOrDigest);
  const { digest: outer } = first;
  if (!isIndexType(first.mediaType))
    return [{ digest: outer, platform: undefined, listDigest: undefined, manifest: first }];
  const found: CopiedImage[] = [];
  const seen = new Set<Digest>([outer]);
  const visit = async (digest: Digest, platform: string | undefined, depth: number): Promise<void> => {
    const member = await source.manifest(digest);
    if (isIndexType(member.mediaType)) {
      if (depth >= DEEPEST_LIST)
        throw new SlipwayError('OCI_MANIFEST_INVALID', `lists are nested more than ${DEEPEST_LIST} deep.`, { place });
      await walk(member, depth + 1);
    } else if (isRunnable(parseManifest(member.bytes, place), platform))
      found.push({ digest, platform, listDigest: outer, manifest: member });
  };
  const walk = async (list: RawManifest, depth: number): Promise<void> => {
    for (const { digest, platform: stated } of parseIndex(list.bytes, place).manifests) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      const platform = stated === undefined || stated.os === 'unknown' ? undefined : platformText(stated);
      try {
        await visit(digest, platform, depth);
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        found.push({ digest, platform, listDigest: outer, manifest: error });
      }
    }
  };
  await walk(first, 1);
  return found;
}
