import { type Descriptor, type ImageSource, type LayerEntry, readLayer } from '../../oci/index.ts';
import type { PayloadFile } from '../files.ts';
import { goQuote } from '../text/index.ts';

export const FOLDER = 'manifests';
export const FILE_LIMIT = 16 << 20;
/** Names take memory too, also of files that are empty, or deleted. */
const PER_NAME = 256;

/** What one layer does to `/manifests`. Names are below it; the empty name is the folder itself. */
export interface LayerPart {
  readonly added: ReadonlyMap<string, PayloadFile>;
  /** Hard links to what this layer does not hold as a file: name ► path, from the image's root. */
  readonly links: ReadonlyMap<string, string>;
  /** What is neither file nor folder: name ► what it is. */
  readonly others: ReadonlyMap<string, string>;
  /** Names that are deleted or replaced, with all that is below them. */
  readonly removed: readonly string[];
  /** Names that are folders now, whose content stays. */
  readonly folders: readonly string[];
}

/** Where a path is below `/manifests`; undefined for one that is elsewhere. */
export function nameOf(path: string): string | undefined {
  return path.startsWith(`${FOLDER}/`) ? path.slice(FOLDER.length + 1) : undefined;
}

/** What an entry is that is no file, in words. */
export function describeEntry({ type, linkname }: Pick<LayerEntry, 'type' | 'linkname'>): string {
  return type === 'symlink' ? `a symbolic link to ${goQuote(linkname ?? '')}` : 'neither file nor folder';
}

/** What a hard link is that leads to something else than a file. */
export function describeLink(target: string): string {
  return `a hard link to ${goQuote(target)}, which is no file`;
}

/**
 * Reads one layer, and a second time only where a hard link of `/manifests` leads out of it, to what was passed already.
 * `take` is told of bytes before they are read, and refuses by throwing. The layer's digest is checked; its diffID is
 * what runtimes and the audit check, of all images and not of operators alone. Throws `OCI_…` errors.
 */
export async function readLayerPart(
  source: ImageSource,
  layer: Descriptor,
  take: (bytes: number) => void,
): Promise<LayerPart> {
  const added = new Map<string, PayloadFile>();
  const links = new Map<string, string>();
  const others = new Map<string, string>();
  const removed: string[] = [];
  const folders: string[] = [];
  for await (const entry of readLayer(source, layer)) {
    const { path, type, linkname } = entry;
    const below = nameOf(path);
    if (below !== undefined) take(type === 'file' ? PER_NAME + entry.size : PER_NAME);
    if (entry.whiteout !== undefined) {
      // an opaque root, a deleted folder, or something inside it
      if (path === '' || path === FOLDER) removed.push('');
      else if (below !== undefined) removed.push(below);
      continue;
    }
    if (below === undefined && path !== FOLDER) continue;
    const name = below ?? '';
    // of two entries of one name the last counts
    for (const map of [added, links, others]) map.delete(name);
    if (type === 'directory') {
      folders.push(name);
      continue;
    }
    removed.push(name);
    if (type === 'file' && below !== undefined) {
      added.set(name, { name, bytes: await entry.bytes(FILE_LIMIT), mode: entry.mode, mtime: entry.mtime });
    } else if (type === 'hardlink' && linkname !== undefined) {
      const inside = nameOf(linkname);
      const target = inside === undefined ? undefined : added.get(inside);
      if (target !== undefined) added.set(name, { ...target, name });
      else if (inside !== undefined && others.has(inside)) others.set(name, describeLink(linkname));
      else links.set(name, linkname);
    } else others.set(name, type === 'file' ? 'a file, not a folder' : describeEntry(entry));
  }
  const outside = new Set([...links.values()].filter((path) => nameOf(path) === undefined));
  if (outside.size > 0) {
    const targets = await readTargets(source, layer, outside, take);
    for (const [name, path] of links) {
      const target = targets.get(path);
      if (target === undefined) continue;
      links.delete(name);
      if (typeof target === 'string') others.set(name, target);
      else added.set(name, { ...target, name });
    }
  }
  return { added, links, others, removed, folders };
}

/** The files that hard links lead to; for what is none, what it is. Hard links to hard links are not followed here. */
async function readTargets(
  source: ImageSource,
  layer: Descriptor,
  wanted: ReadonlySet<string>,
  take: (bytes: number) => void,
): Promise<ReadonlyMap<string, PayloadFile | string>> {
  const found = new Map<string, PayloadFile | string>();
  for await (const entry of readLayer(source, layer)) {
    const { path, type, mode, mtime } = entry;
    if (!wanted.has(path) || entry.whiteout !== undefined || type === 'hardlink') continue;
    if (type === 'file') {
      take(PER_NAME + entry.size);
      found.set(path, { name: path, bytes: await entry.bytes(FILE_LIMIT), mode, mtime });
    } else found.set(path, describeLink(path));
  }
  return found;
}
