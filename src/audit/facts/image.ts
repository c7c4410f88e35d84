import {
  type Descriptor,
  environmentOf,
  type ImageSource,
  type LoadedImage,
  labelsOf,
  loadImage,
} from '../../oci/index.ts';
import type { RpmKeyring } from '../../rpm/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { checkFiles } from '../deep/check.ts';
import { type LayerFactsCache, memoryCache } from './cache.ts';
import { deskOf } from './desk.ts';
import { alignHistory } from './history.ts';
import type { ImageFacts } from './model.ts';
import { keyringDigest } from './rpmdb.ts';
import { unreadableLayer } from './unreadable.ts';

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
  /** Architecture to choose of a manifest list, default amd64. */
  readonly architecture?: string;
}

export interface AuditImageOptions extends AuditOptions {
  /** Name of the component, as findings and exceptions call it. */
  readonly name: string;
  /** The image is a base of others: findings name it as origin. */
  readonly base?: boolean;
}

export interface ImageToAudit {
  readonly source: ImageSource;
  readonly reference: string;
  readonly name: string;
  readonly base?: boolean;
  /** Where others find it, for the report; left out: nowhere. */
  readonly pullSpec?: string;
}

export interface AuditImagesOptions extends AuditOptions {
  /**
   * Layers unpacked at a time, default 6. Unpacking runs beside this thread; while this one reads a database and checks
   * its packages, every layer under way has one piece unpacked ahead, and six keep two processors busy that long.
   */
  readonly concurrency?: number;
  /** Called after each distinct layer. */
  readonly onLayer?: (progress: LayerProgress) => void;
  /** Called for each reference that is a manifest list, of which one image is audited and the others are not. */
  readonly onList?: (list: AuditedList) => void;
}

export interface AuditedList {
  /** Name of the image. */
  readonly name: string;
  readonly listDigest: string;
  /** Of the image that was audited. */
  readonly architecture: string;
}

export interface LayerProgress {
  readonly done: number;
  readonly total: number;
  readonly digest: string;
  /** False when the facts were there already. */
  readonly extracted: boolean;
}

/** Layers of an image with the diffIDs that its configuration states for them. */
function layersOf(image: LoadedImage, name: string): { layer: Descriptor; diffId: string }[] {
  const diffIds = image.config.rootfs.diff_ids ?? [];
  const { layers } = image.manifest;
  if (diffIds.length !== layers.length) {
    throw new SlipwayError(
      'AUDIT_LAYERS_DISAGREE',
      `the manifest has ${layers.length} layers, the configuration ${diffIds.length}.`,
      { place: { image: name, field: 'rootfs.diff_ids' } },
    );
  }
  return layers.map((layer, index) => ({ layer, diffId: diffIds[index] ?? '' }));
}

/**
 * Facts of many images, as an audit of a payload wants them: manifests and configurations first, then each distinct
 * layer once, `concurrency` at a time. Memory: per layer that is being unpacked a few buffers of 512 KiB and the RPM
 * databases it holds, and the facts of all layers. Nothing is written but to the cache.
 *
 * A layer that can not be read (damaged, truncated, not what the configuration says) is a gap among the facts, and never
 * cached. Other errors of the source pass unchanged (`OCI_…`: unknown image, registry out of reach): nothing is judged
 * then. `AUDIT_LAYERS_DISAGREE` when manifest and configuration do not fit.
 */
export async function auditImages(images: readonly ImageToAudit[], options: AuditImagesOptions): Promise<ImageFacts[]> {
  const cache = options.cache ?? memoryCache();
  const desk = deskOf(cache);
  const deep = options.deep ?? false;
  const selection = options.architecture === undefined ? {} : { architecture: options.architecture };
  const loaded = await mapLimit(images, 16, async ({ source, reference, name, base, pullSpec }) => {
    const image = await loadImage(source, reference, selection);
    const { listDigest } = image;
    if (listDigest !== undefined) options.onList?.({ name, listDigest, architecture: image.config.architecture });
    return { image, source, name, base: base ?? false, pullSpec: pullSpec ?? null, layers: layersOf(image, name) };
  });
  const distinct = new Map(
    loaded.flatMap(({ source, layers }) => layers.map((entry) => [keyOf(entry), { ...entry, source }] as const)),
  );
  let done = 0;
  const made = await mapLimit(
    [...distinct],
    options.concurrency ?? LAYERS_AT_ONCE,
    async ([key, { source, layer, diffId }]) => {
      const { facts, extracted } = await desk
        .facts(source, layer, diffId, { keyring: options.keyring, cache, deep })
        .catch((error: unknown) => ({
          facts: unreadableLayer(error, { ...layer, diffId, keyring: keyringDigest(options.keyring) }, deep),
          extracted: true,
        }));
      done += 1;
      options.onLayer?.({ done, total: distinct.size, digest: layer.digest, extracted });
      return [key, facts] as const;
    },
  );
  const facts = new Map(made);
  const audited = loaded.map(({ image, name, base, pullSpec, layers }) => {
    const origins = alignHistory(image.config.history ?? [], layers.length);
    return {
      name,
      digest: image.digest,
      pullSpec,
      architecture: image.config.architecture,
      created: image.config.created ?? null,
      labels: labelsOf(image.config),
      environment: environmentOf(image.config),
      annotations: image.manifest.annotations ?? {},
      comments: (image.config.history ?? []).flatMap(({ comment = '' }) => (comment === '' ? [] : [comment])),
      diffIds: layers.map(({ diffId }) => diffId),
      layers: layers.map((entry, index) => {
        const found = facts.get(keyOf(entry));
        if (!found) throw new SlipwayError('AUDIT_LAYER_MISSING', `there are no facts of ${entry.layer.digest}.`);
        return { number: index + 1, createdBy: '', span: [], ...origins[index], facts: found };
      }),
      base,
      files: null,
    };
  });
  if (!deep) return audited;
  const checked = checkFiles(audited, (header) => desk.filesOf(header));
  return audited.map((image, index) => ({ ...image, files: checked[index] ?? null }));
}

const keyOf = ({ layer, diffId }: { layer: Descriptor; diffId: string }): string => `${layer.digest} ${diffId}`;

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
