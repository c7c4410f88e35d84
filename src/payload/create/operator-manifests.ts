import { type Descriptor, type Digest, type ImageSource, type LoadedImage, readLayer } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { compareBytes } from '../text/go-json.ts';
import type { LayeredFile, PayloadFile } from '../types.ts';

const FOLDER = 'manifests';
const FILE_LIMIT = 16 << 20;
/** Of all images together: a payload has less than 20 MiB in all. */
const TOTAL_LIMIT = 128 << 20;
/** Names take memory too, also of files that are empty, or deleted. */
const PER_NAME = 256;

/** What one layer does to `/manifests`. */
interface LayerPart {
  readonly added: readonly PayloadFile[];
  /** Names below `/manifests` that are deleted or replaced; the empty name is the folder itself. */
  readonly removed: readonly string[];
}

/**
 * Reads `/manifests` of operator images through all their layers, whiteouts applied. oc looks only into the last layer
 * and silently finds nothing when the image was built with more (payload format § 1.12, B1). Layers that images share
 * are read once.
 */
export class OperatorManifests {
  readonly #layers = new Map<Digest, Promise<LayerPart>>();
  #left: number;

  /** `limit` bytes of all images together. */
  constructor(limit = TOTAL_LIMIT) {
    this.#left = limit;
  }

  /**
   * Files by their path below `/manifests`, in byte order; with `lastLayerOnly` those that oc finds. Throws `OCI_…`
   * errors naming the image.
   */
  async read(
    source: ImageSource,
    image: LoadedImage,
    { lastLayerOnly = false }: { readonly lastLayerOnly?: boolean } = {},
  ): Promise<readonly LayeredFile[]> {
    const diffIds = image.config.rootfs.diff_ids ?? [];
    const files = new Map<string, LayeredFile>();
    for (const [index, layer] of image.manifest.layers.entries()) {
      if (lastLayerOnly && index < image.manifest.layers.length - 1) continue;
      const { added, removed } = await this.#part(source, layer, diffIds[index]);
      for (const name of removed) for (const path of [...files.keys()]) if (hides(name, path)) files.delete(path);
      for (const file of added) files.set(file.name, { ...file, layer: index });
    }
    return [...files.values()].sort((a, b) => compareBytes(a.name, b.name));
  }

  async #part(source: ImageSource, layer: Descriptor, diffId: Digest | undefined): Promise<LayerPart> {
    const known = this.#layers.get(layer.digest);
    if (known !== undefined) return await known;
    const part = readPart(source, layer, diffId, (bytes) => this.#take(bytes, source));
    this.#layers.set(layer.digest, part);
    return await part;
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

function hides(name: string, path: string): boolean {
  return name === '' || path === name || path.startsWith(`${name}/`);
}

async function readPart(
  source: ImageSource,
  layer: Descriptor,
  diffId: Digest | undefined,
  take: (bytes: number) => void,
): Promise<LayerPart> {
  const added = new Map<string, PayloadFile>();
  const removed: string[] = [];
  for await (const entry of readLayer(source, layer, diffId === undefined ? {} : { diffId })) {
    const { path } = entry;
    const inside = path.startsWith(`${FOLDER}/`);
    if (inside) take(entry.type === 'file' ? PER_NAME + entry.size : PER_NAME);
    if (entry.whiteout !== undefined) {
      // an opaque root, a deleted folder, or something inside it
      if (path === '' || path === FOLDER) removed.push('');
      else if (inside) removed.push(path.slice(FOLDER.length + 1));
      continue;
    }
    if (path === FOLDER && entry.type !== 'directory') removed.push('');
    if (!inside || entry.type === 'directory') continue;
    const name = path.slice(FOLDER.length + 1);
    removed.push(name);
    if (entry.type === 'file') {
      added.set(name, { name, bytes: await entry.bytes(FILE_LIMIT), mode: entry.mode, mtime: entry.mtime });
    } else if (entry.type === 'hardlink' && entry.linkname?.startsWith(`${FOLDER}/`)) {
      const target = added.get(entry.linkname.slice(FOLDER.length + 1));
      if (target !== undefined) added.set(name, { ...target, name });
    }
  }
  return { added: [...added.values()], removed };
}
