import { SlipwayError } from '../../util/index.ts';
import type { Descriptor } from '../format/index.ts';
import type { LoadedImage } from '../image.ts';
import type { ImageSource } from '../source.ts';
import type { EntryType, LayerEntry } from './entry.ts';
import { readLayer } from './reader.ts';

/** Hard links to hard links to …: no builder of images nests them. */
const DEEPEST_LINK = 4;

export interface ImageFile {
  /** Empty for anything but files. */
  readonly content: Buffer;
  /** Index of the layer that brought it, 0 is the lowest. */
  readonly layer: number;
  /** `file`, `symlink` or `other`; a hard link has the type and content of what it names. */
  readonly type: EntryType;
  readonly mode: number;
  readonly mtime: number;
  readonly linkname?: string;
}

export interface ReadFilesOptions {
  /** Bytes a single file may have. */
  readonly limit: number;
  /** Bytes that all wanted files may have together, those of lower layers that are hidden by others too; default any. */
  readonly total?: number;
  /** Only these layers, by index; default all. */
  readonly layers?: readonly number[];
  /** Called for each wanted file that the layer `by` deletes or replaces. */
  readonly onHidden?: (path: string, file: ImageFile, by: number) => void;
}

/** What one layer does to the layers below it. */
interface Change {
  readonly added: Map<string, ImageFile>;
  /** Wanted hard links to what nobody asked for: path ► path of the same layer, or of one below. */
  readonly links: Map<string, string>;
  /** Paths that are gone, with all that is below them. */
  readonly removed: Set<string>;
  /** Directories whose content is gone. */
  readonly emptied: Set<string>;
  /** Paths that are directories now. */
  readonly directories: Set<string>;
}

/** How much may still be kept in memory. */
class Room {
  readonly #limit: number;
  readonly #total: number;
  readonly #image: string;
  #left: number;

  constructor({ limit, total = Number.POSITIVE_INFINITY }: ReadFilesOptions, image: string) {
    this.#limit = limit;
    this.#total = total;
    this.#left = total;
    this.#image = image;
  }

  /** Throws `OCI_TOO_LARGE` before anything of what is too much is read. */
  async read(entry: LayerEntry): Promise<Buffer> {
    this.#left -= entry.size;
    if (this.#left >= 0) return await entry.bytes(this.#limit);
    const message = `the files that are wanted of it have more than ${this.#total} bytes together.`;
    throw new SlipwayError('OCI_TOO_LARGE', message, { place: { image: this.#image } });
  }
}

async function fileOf(entry: LayerEntry, layer: number, room: Room): Promise<ImageFile> {
  const { type, mode, mtime, linkname } = entry;
  return {
    content: type === 'file' ? await room.read(entry) : Buffer.alloc(0),
    layer,
    type,
    mode,
    mtime,
    ...(linkname === undefined ? {} : { linkname }),
  };
}

async function readChange(
  source: ImageSource,
  descriptor: Descriptor,
  layer: number,
  wanted: (path: string) => boolean,
  lower: ReadonlyMap<string, ImageFile>,
  room: Room,
): Promise<Change> {
  const change: Change = {
    added: new Map(),
    links: new Map(),
    removed: new Set(),
    emptied: new Set(),
    directories: new Set(),
  };
  for await (const entry of readLayer(source, descriptor)) {
    const { path, type, linkname } = entry;
    if (entry.whiteout !== undefined) (entry.whiteout === 'opaque' ? change.emptied : change.removed).add(path);
    else if (type === 'directory') change.directories.add(path);
    else {
      change.removed.add(path);
      if (!wanted(path)) continue;
      change.added.delete(path);
      change.links.delete(path);
      if (type === 'hardlink' && linkname !== undefined) {
        const target = change.added.get(linkname) ?? lower.get(linkname);
        if (target) change.added.set(path, { ...target, layer });
        else change.links.set(path, linkname);
      } else change.added.set(path, await fileOf(entry, layer, room));
    }
  }
  return change;
}

/**
 * Follows the hard links of a layer, ostree's to its objects among them: in the same layer, or the nearest below it.
 * Throws `OCI_LAYER_INVALID` for a link to nothing.
 */
async function resolveLinks(
  source: ImageSource,
  layers: readonly Descriptor[],
  index: number,
  change: Change,
  room: Room,
): Promise<void> {
  let open = new Map(change.links);
  const settle = (found: ReadonlyMap<string, ImageFile>): void => {
    for (const [path, target] of open) {
      const file = found.get(target);
      if (!file) continue;
      change.added.set(path, { ...file, layer: index });
      open.delete(path);
    }
  };
  for (let depth = 0, at = index; open.size > 0 && at >= 0; ) {
    const descriptor = layers[at];
    if (!descriptor) break;
    const targets = new Set(open.values());
    const { added, links } = await readChange(source, descriptor, at, (path) => targets.has(path), new Map(), room);
    settle(added);
    const nested = [...open].filter(([, target]) => links.has(target));
    if (nested.length > 0 && depth < DEEPEST_LINK) {
      depth += 1;
      open = new Map([...open].map(([path, target]) => [path, links.get(target) ?? target]));
    } else at -= 1;
  }
  const [dangling] = open;
  if (dangling) {
    throw new SlipwayError(
      'OCI_LAYER_INVALID',
      `the hard link "${dangling[0]}" names "${dangling[1]}", which no layer has.`,
      {
        place: { image: `${source.name}, layer ${layers[index]?.digest}` },
      },
    );
  }
}

/** Takes what a layer deletes or replaces out of the files of the layers below it. */
function hide(
  files: Map<string, ImageFile>,
  change: Change,
  onHidden: (path: string, file: ImageFile) => void = () => undefined,
): void {
  const { removed, emptied, directories } = change;
  const hidden = (path: string): boolean => {
    if (removed.has(path) || directories.has(path) || emptied.has('')) return true;
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (removed.has(parent) || emptied.has(parent)) return true;
    }
    return false;
  };
  for (const [path, file] of [...files]) {
    if (!hidden(path)) continue;
    files.delete(path);
    onHidden(path, file);
  }
}

/**
 * The wanted files of an image as a container would see them: all layers from the lowest to the highest, with
 * whiteouts and opaque directories applied (image-spec 1.1, § Applying Changesets). Keys are paths without a leading
 * slash; directories are not listed, symbolic links not followed. A layer is read a second time only for hard links
 * whose target was not wanted itself. Memory: the wanted files, and the names of the layer under way. Throws
 * `OCI_TOO_LARGE` and what `readLayer` throws.
 */
export async function readFiles(
  source: ImageSource,
  image: LoadedImage,
  wanted: (path: string) => boolean,
  options: ReadFilesOptions,
): Promise<Map<string, ImageFile>> {
  const { layers } = image.manifest;
  const files = new Map<string, ImageFile>();
  const room = new Room(options, `${source.name}@${image.digest}`);
  for (const index of options.layers ?? layers.keys()) {
    const layer = layers[index];
    if (!layer) throw new RangeError(`the image ${image.digest} has no layer ${index}`);
    const change = await readChange(source, layer, index, wanted, files, room);
    await resolveLinks(source, layers, index, change, room);
    hide(files, change, (path, file) => options.onHidden?.(path, file, index));
    for (const [path, file] of change.added) files.set(path, file);
  }
  return files;
}
