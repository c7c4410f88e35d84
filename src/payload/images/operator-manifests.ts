import { type Digest, type ImageSource, type LoadedImage, readFiles } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { DroppedEntry, LayeredFile, PayloadFile } from '../files.ts';
import { compareBytes, goQuote } from '../text/index.ts';
import { describeLink, FILE_LIMIT, type LayerPart, nameOf, readLayerPart } from './layer-manifests.ts';

/** Of all images together: a payload has less than 20 MiB in all. */
const TOTAL_LIMIT = 128 << 20;

/** `/manifests` of an image. */
export interface ImageManifests {
  /** Files by their path below the folder, in byte order. */
  readonly files: readonly LayeredFile[];
  /** What else is there and not read, in byte order: symbolic links are not followed. */
  readonly dropped: readonly DroppedEntry[];
}

/** What hard links lead to: a file, or what it is instead. */
type Targets = ReadonlyMap<string, PayloadFile | string>;

/**
 * Reads `/manifests` of operator images through all their layers, whiteouts applied. oc looks only into the last layer
 * and silently finds nothing when the image was built with more (payload format § 1.12, B1). Layers that images share
 * are read once; a second time only for hard links that lead out of the folder, or to a layer below.
 */
export class OperatorManifests {
  readonly #layers = new Map<Digest, Promise<LayerPart>>();
  /** By the digests of a layer and all below it. */
  readonly #below = new Map<string, Promise<Targets>>();
  #left: number;

  /** `limit` bytes of all images together. */
  constructor(limit = TOTAL_LIMIT) {
    this.#left = limit;
  }

  /**
   * All layers together; with `lastLayerOnly` what oc finds. Throws `OCI_…` errors naming the image, `OCI_LAYER_INVALID`
   * for a hard link to nothing.
   */
  async read(
    source: ImageSource,
    image: LoadedImage,
    { lastLayerOnly = false }: { readonly lastLayerOnly?: boolean } = {},
  ): Promise<ImageManifests> {
    const files = new Map<string, LayeredFile>();
    const dropped = new Map<string, string>();
    for (const index of image.manifest.layers.keys()) {
      if (lastLayerOnly && index < image.manifest.layers.length - 1) continue;
      const part = await this.#part(source, image, index);
      // links lead to what was there before this layer took anything away
      const targets = lastLayerOnly ? undefined : await this.#resolve(source, image, index, part, files, dropped);
      hide(files, part);
      hide(dropped, part);
      for (const [name, file] of part.added) files.set(name, { ...file, layer: index });
      for (const [name, what] of part.others) dropped.set(name, what);
      for (const [name, path] of part.links) {
        const target = targets?.get(path) ?? describeLink(path);
        if (typeof target === 'string') dropped.set(name, target);
        else files.set(name, { ...target, name, layer: index });
      }
    }
    return {
      files: [...files.values()].sort((a, b) => compareBytes(a.name, b.name)),
      dropped: [...dropped].map(([name, what]) => ({ name, what })).sort((a, b) => compareBytes(a.name, b.name)),
    };
  }

  async #part(source: ImageSource, image: LoadedImage, index: number): Promise<LayerPart> {
    const layer = image.manifest.layers[index];
    if (layer === undefined) throw new RangeError(`the image ${image.digest} has no layer ${index}`);
    const known = this.#layers.get(layer.digest);
    if (known !== undefined) return await known;
    const part = readLayerPart(source, layer, (bytes) => this.#take(bytes, source));
    this.#layers.set(layer.digest, part);
    return await part;
  }

  /** What the hard links of a layer lead to that it does not hold itself: in `/manifests` so far, or anywhere below. */
  async #resolve(
    source: ImageSource,
    image: LoadedImage,
    index: number,
    { links }: LayerPart,
    files: ReadonlyMap<string, LayeredFile>,
    dropped: ReadonlyMap<string, string>,
  ): Promise<Targets> {
    const targets = new Map<string, PayloadFile | string>();
    const open = new Set<string>();
    for (const path of links.values()) {
      const name = nameOf(path);
      const file = name === undefined ? undefined : files.get(name);
      if (file !== undefined) targets.set(path, file);
      else if (name !== undefined && dropped.has(name)) targets.set(path, describeLink(path));
      else open.add(path);
    }
    if (open.size === 0) return targets;
    const key = image.manifest.layers
      .slice(0, index + 1)
      .map(({ digest }) => digest)
      .join(' ');
    const below = this.#below.get(key) ?? this.#search(source, image, index, open);
    this.#below.set(key, below);
    return new Map([...targets, ...(await below)]);
  }

  async #search(source: ImageSource, image: LoadedImage, index: number, wanted: ReadonlySet<string>): Promise<Targets> {
    const layers = image.manifest.layers.slice(0, index + 1);
    const lower = { ...image, manifest: { ...image.manifest, layers } };
    const options = { limit: FILE_LIMIT, total: this.#left };
    const found = await readFiles(source, lower, (path) => wanted.has(path), options);
    return new Map(
      [...wanted].map((path): [string, PayloadFile | string] => {
        const file = found.get(path);
        if (file === undefined)
          throw new SlipwayError('OCI_LAYER_INVALID', `a hard link names ${goQuote(path)}, which no layer has.`, {
            place: { image: `${source.name}, layer ${layers[index]?.digest}` },
          });
        this.#take(file.content.length, source);
        const { content: bytes, mode, mtime } = file;
        return [path, file.type === 'file' ? { name: path, bytes, mode, mtime } : describeLink(path)];
      }),
    );
  }

  /** Throws `PAYLOAD_TOO_LARGE` before what is too much is read. */
  #take(bytes: number, source: ImageSource): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new SlipwayError('PAYLOAD_TOO_LARGE', 'the manifests of all images are more than 128 MiB together.', {
      place: { image: source.name },
      hint: 'No release has as many: one of its images is broken, or means harm.',
    });
  }
}

/** Takes what a layer deletes or replaces out of what the layers below it have. */
function hide(names: Map<string, unknown>, { removed, folders }: LayerPart): void {
  const gone = new Set(removed);
  const hidden = (name: string): boolean => {
    if (gone.has('') || gone.has(name)) return true;
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1))
      if (gone.has(name.slice(0, slash))) return true;
    return false;
  };
  for (const name of [...names.keys()]) if (hidden(name)) names.delete(name);
  for (const name of folders) names.delete(name);
}
