import { environmentOf, type ImageSource, labelsOf } from '../../oci/index.ts';
import type { RpmKeyring } from '../../rpm/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { checkFiles } from '../deep/index.ts';
import type { ImageFacts, LayerFacts, UnreadImage } from '../model/index.ts';
import { type LayerFactsCache, memoryCache } from './cache.ts';
import { deskOf } from './desk.ts';
import { alignHistory } from './history.ts';
import { keyringDigest } from './layer/rpmdb.ts';
import { unreadableLayer } from './layer/unreadable.ts';
import { type ImageToAudit, isOfImage, type OpenedImage, type OpenOptions, openImages } from './open.ts';

const LAYERS_AT_ONCE = 6;

export interface AuditOptions {
  /** Public keys to verify package signatures with. */
  readonly keyring: RpmKeyring;
  /** Facts of layers seen before; default: none are kept beyond the call. */
  readonly cache?: LayerFactsCache;
  /**
   * Deep mode: hash every file of every layer, compare it with what its package signed, and look for programs that were
   * copied from other images. Takes about a third more processor time, and some 300 bytes of memory a file.
   */
  readonly deep?: boolean;
}

export interface AuditImageOptions extends AuditOptions, Pick<OpenOptions, 'architecture'> {
  /** Name of the component, as findings and exceptions call it. */
  readonly name: string;
  /** The image is a base of others: findings name it as origin. */
  readonly base?: boolean;
}

export interface AuditImagesOptions extends AuditOptions, OpenOptions {
  /**
   * Layers unpacked at a time, default 6. Unpacking runs beside this thread; while this one reads a database and checks
   * its packages, every layer under way has one piece unpacked ahead, and six keep two processors busy that long.
   */
  readonly concurrency?: number;
  /** Called after each distinct layer. */
  readonly onLayer?: (progress: LayerProgress) => void;
}

export interface LayerProgress {
  readonly done: number;
  readonly total: number;
  readonly digest: string;
  /** False when the facts were there already. */
  readonly extracted: boolean;
}

/** What is known of a set of images, and of which nothing is. */
export interface Survey {
  readonly images: readonly ImageFacts[];
  readonly unread: readonly UnreadImage[];
}

/**
 * Facts of many images, as an audit of a payload wants them: manifests and configurations first, then each distinct
 * layer once, `concurrency` at a time. Memory: per layer that is being unpacked a few buffers of 512 KiB and the RPM
 * databases it holds, and the facts of all layers. Nothing is written but to the cache.
 *
 * A layer that can not be read (damaged, truncated, not what the configuration says) is a gap among the facts, and never
 * cached. An image that can not be had at all (`OCI_…`: unknown, invalid, its registry out of reach) is told among
 * `unread` and does not keep others from being read. Other errors, as of the cache, pass unchanged.
 */
export async function surveyImages(images: readonly ImageToAudit[], options: AuditImagesOptions): Promise<Survey> {
  const unread: UnreadImage[] = [];
  const facts = await readFacts(images, options, (image) => unread.push(image));
  return { images: facts, unread: unread.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** As `surveyImages`, all or none: what one image can not be had for is thrown, and the others are not waited for. */
export async function auditImages(images: readonly ImageToAudit[], options: AuditImagesOptions): Promise<ImageFacts[]> {
  return await readFacts(images, options, ({ error }) => {
    throw error;
  });
}

async function readFacts(
  images: readonly ImageToAudit[],
  options: AuditImagesOptions,
  unread: (image: UnreadImage) => void,
): Promise<ImageFacts[]> {
  const cache = options.cache ?? memoryCache();
  const deep = options.deep ?? false;
  const opened = await openImages(images, options, unread);
  const facts = await readLayers(opened, { ...options, cache, deep }, unread);
  const audited = opened.flatMap((image) => {
    const layers = image.layers.flatMap((entry) => facts.get(keyOf(entry)) ?? []);
    return layers.length === image.layers.length ? [factsOf(image, layers)] : [];
  });
  if (!deep) return audited;
  const desk = deskOf(cache);
  const checked = checkFiles(audited, (header) => desk.filesOf(header));
  return audited.map((image, index) => ({ ...image, files: checked[index] ?? null }));
}

type Layer = OpenedImage['layers'][number];

const keyOf = ({ layer, diffId }: Layer): string => `${layer.digest} ${diffId}`;

/** Facts of each distinct layer. Those that only images carry which can not be had anyway are not read. */
async function readLayers(
  images: readonly OpenedImage[],
  options: AuditImagesOptions & { readonly cache: LayerFactsCache; readonly deep: boolean },
  unread: (image: UnreadImage) => void,
): Promise<ReadonlyMap<string, LayerFacts>> {
  const { keyring, cache, deep } = options;
  const desk = deskOf(cache);
  const carried = Map.groupBy(
    images.flatMap((image) => image.layers.map((entry) => ({ image, entry }))),
    ({ entry }) => keyOf(entry),
  );
  const facts = new Map<string, LayerFacts>();
  const lost = new Set<OpenedImage>();
  const read = async ({ layer, diffId }: Layer, { source }: OpenedImage) => {
    try {
      return await desk.facts(source, layer, diffId, { keyring, cache, deep });
    } catch (error) {
      const unreadable = { ...layer, diffId, keyring: keyringDigest(keyring) };
      return { facts: unreadableLayer(error, unreadable, deep), extracted: true };
    }
  };
  let done = 0;
  await mapLimit(carried, options.concurrency ?? LAYERS_AT_ONCE, async ([key, carriers]) => {
    const [first] = carriers;
    if (first === undefined || carriers.every(({ image }) => lost.has(image))) return;
    try {
      const made = await read(first.entry, first.image);
      facts.set(key, made.facts);
      done += 1;
      const { digest } = first.entry.layer;
      options.onLayer?.({ done, total: carried.size, digest, extracted: made.extracted });
    } catch (error) {
      if (!isOfImage(error)) throw error;
      for (const { image } of carriers) {
        if (lost.has(image)) continue;
        lost.add(image);
        unread({ name: image.name, digest: image.image.digest, pullSpec: image.pullSpec, error });
      }
    }
  });
  return facts;
}

function factsOf(
  { image, name, base, pullSpec, platform, layers }: OpenedImage,
  facts: readonly LayerFacts[],
): ImageFacts {
  const history = image.config.history ?? [];
  const origins = alignHistory(history, layers.length);
  return {
    name,
    digest: image.digest,
    pullSpec,
    ...(platform === undefined ? {} : { platform }),
    architecture: image.config.architecture,
    created: image.config.created ?? null,
    labels: labelsOf(image.config),
    environment: environmentOf(image.config),
    annotations: image.manifest.annotations ?? {},
    comments: history.flatMap(({ comment = '' }) => (comment === '' ? [] : [comment])),
    diffIds: layers.map(({ diffId }) => diffId),
    layers: facts.map((layer, index) => ({
      number: index + 1,
      createdBy: '',
      span: [],
      ...origins[index],
      facts: layer,
    })),
    base,
    files: null,
  };
}

/** Facts of one image; see `auditImages`, which shares layers better when there are many. */
export async function auditImage(
  source: ImageSource,
  tagOrDigest: string,
  options: AuditImageOptions,
): Promise<ImageFacts> {
  const { name, base, ...rest } = options;
  const [facts] = await auditImages(
    [{ source, reference: tagOrDigest, name, ...(base === undefined ? {} : { base }) }],
    rest,
  );
  if (!facts)
    throw new SlipwayError('AUDIT_IMAGE_MISSING', 'there are no facts of the image.', { place: { image: name } });
  return facts;
}
