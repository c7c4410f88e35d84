import {
  copiedImages,
  type Descriptor,
  type ImageSource,
  imageName,
  imageOf,
  type LoadedImage,
  loadImage,
  noPlatform,
  type RawManifest,
} from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { repositoryOf, type UnreadImage } from '../model/index.ts';

const AT_ONCE = 16;

export interface ImageToAudit {
  readonly source: ImageSource;
  readonly reference: string;
  readonly name: string;
  readonly base?: boolean;
  /** Where others find it, for the report; left out: nowhere. */
  readonly pullSpec?: string;
  /**
   * Which images of a manifest list are audited: all that can be run, or those whose `os/architecture[/variant]` the
   * expression fits. Each is named `name (os/architecture)`, but for bases, which policies know by their name alone.
   * Left out: the one of the audit's architecture, under the name itself.
   */
  readonly platforms?: 'every' | RegExp;
}

export interface OpenOptions {
  /** Architecture to choose of a manifest list where an image says nothing of platforms, default amd64. */
  readonly architecture?: string;
  /** Called for each manifest list that has images which were not chosen. */
  readonly onList?: (list: AuditedList) => void;
}

/** A manifest list of which some images are audited and others are not. */
export interface AuditedList {
  /** Name of the image. */
  readonly name: string;
  readonly listDigest: string;
  /** `os/architecture[/variant]`, in the order of the list. */
  readonly chosen: readonly string[];
  readonly left: readonly string[];
}

/** An image whose manifest and configuration were read. */
export interface OpenedImage {
  readonly name: string;
  readonly base: boolean;
  readonly pullSpec: string | null;
  /** As the manifest list states it; undefined where the image was not found in one by it. */
  readonly platform: string | undefined;
  readonly source: ImageSource;
  readonly image: LoadedImage;
  readonly layers: readonly { readonly layer: Descriptor; readonly diffId: string }[];
}

/** What is wrong with an image rather than with this machine: a full disk says nothing of any image. */
export function isOfImage(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && error.code.startsWith('OCI_');
}

/** One image of `ImageToAudit`, with its manifest where that was read to find it. */
interface Found extends Omit<OpenedImage, 'image' | 'layers'> {
  readonly digest: string | null;
  readonly load: () => Promise<LoadedImage>;
}

function labelOf(name: string, platform: string | undefined, digest: string, used: Set<string>): string {
  const [label, unique] = [
    `${name} (${platform ?? 'no platform'})`,
    `${name} (${platform ?? 'no platform'}, ${digest})`,
  ];
  if (used.has(label)) return unique;
  used.add(label);
  return label;
}

/** The images that are meant by one reference. */
async function find(wanted: ImageToAudit, { architecture, onList }: OpenOptions): Promise<readonly Found[]> {
  const { source, reference, name, platforms } = wanted;
  const plain = { source, name, base: wanted.base ?? false, pullSpec: wanted.pullSpec ?? null, platform: undefined };
  if (platforms === undefined) {
    const choice = architecture === undefined ? {} : { architecture };
    return [{ ...plain, digest: null, load: async () => await loadImage(source, reference, choice) }];
  }
  const load = (digest: string, manifest: RawManifest | SlipwayError) => async () => {
    if (manifest instanceof SlipwayError) throw manifest;
    return await imageOf(source, manifest, imageName(source, digest));
  };
  const images = await copiedImages(source, reference);
  const listDigest = images[0]?.listDigest;
  const [only] = images;
  if (only && listDigest === undefined)
    return [{ ...plain, digest: only.digest, load: load(only.digest, only.manifest) }];
  const known = images.map(({ platform }) => platform ?? 'no platform');
  const fits = ({ platform }: (typeof images)[number]): boolean =>
    platforms === 'every' || (platform !== undefined && platforms.test(platform));
  const chosen = images.filter(fits);
  if (chosen.length === 0)
    throw noPlatform(imageName(source, reference), platforms === 'every' ? 'runnable' : platforms, known);
  const left = images.filter((image) => !fits(image)).map(({ platform }) => platform ?? 'no platform');
  if (left.length > 0 && listDigest !== undefined)
    onList?.({ name, listDigest, chosen: chosen.map(({ platform }) => platform ?? 'no platform'), left });
  const used = new Set<string>();
  return chosen.map(({ digest, platform, manifest }) => ({
    ...plain,
    name: plain.base ? name : labelOf(name, platform, digest, used),
    pullSpec: plain.pullSpec === null ? null : `${repositoryOf(plain.pullSpec)}@${digest}`,
    platform,
    digest,
    load: load(digest, manifest),
  }));
}

/**
 * Reads manifests and configurations, each once. `unread` is told of images that can not be had, which do not keep
 * others from it; what it throws ends the whole. Errors that say nothing of an image pass unchanged.
 */
export async function openImages(
  images: readonly ImageToAudit[],
  options: OpenOptions,
  unread: (image: UnreadImage) => void,
): Promise<readonly OpenedImage[]> {
  const tolerated = async <T>(of: Omit<UnreadImage, 'error'>, work: () => Promise<readonly T[]>) => {
    try {
      return await work();
    } catch (error) {
      if (!isOfImage(error)) throw error;
      unread({ ...of, error });
      return [];
    }
  };
  const found = await mapLimit(images, AT_ONCE, async (image) => {
    const { name, pullSpec = null } = image;
    return await tolerated({ name, digest: null, pullSpec }, async () => await find(image, options));
  });
  const opened = await mapLimit(found.flat(), AT_ONCE, async ({ load, digest, ...rest }) => {
    const { name, pullSpec } = rest;
    return await tolerated({ name, digest, pullSpec }, async () => {
      const image = await load();
      const diffIds = image.config.rootfs.diff_ids;
      const layers = image.manifest.layers.map((layer, index) => ({ layer, diffId: diffIds[index] ?? '' }));
      return [{ ...rest, image, layers }];
    });
  });
  return opened.flat();
}
