import type { LoadedImage } from '../image.ts';
import type { ImageSource } from '../source.ts';
import type { EntryType } from './entry.ts';
import { readLayer } from './reader.ts';

export interface ImageFile {
  readonly content: Buffer;
  /** Index of the layer that brought it, 0 is the lowest. */
  readonly layer: number;
  readonly type: EntryType;
  readonly mode: number;
  readonly mtime: number;
  readonly linkname?: string;
}

export interface ReadFilesOptions {
  /** Bytes a single file may have. */
  readonly limit: number;
  /** Only these layers, by index; default all. */
  readonly layers?: readonly number[];
}

/**
 * The wanted files of an image as a container would see them: all layers from the lowest to the highest, with
 * whiteouts and opaque directories applied (image-spec 1.1, § Applying Changesets). Keys are paths without a leading
 * slash. Hard links to a wanted file of the same layer give its content.
 */
export async function readFiles(
  source: ImageSource,
  image: LoadedImage,
  wanted: (path: string) => boolean,
  options: ReadFilesOptions,
): Promise<Map<string, ImageFile>> {
  const files = new Map<string, ImageFile>();
  const chosen = options.layers ?? image.manifest.layers.map((_, index) => index);
  for (const index of chosen) {
    const layer = image.manifest.layers[index];
    if (!layer) continue;
    const added = new Map<string, ImageFile>();
    const removed: { readonly path: string; readonly opaque: boolean }[] = [];
    for await (const entry of readLayer(source, layer)) {
      if (entry.whiteout !== undefined) removed.push({ path: entry.path, opaque: entry.whiteout === 'opaque' });
      else if (entry.type !== 'directory') {
        // Whatever replaces a file or a directory hides what was there.
        removed.push({ path: entry.path, opaque: false });
        if (!wanted(entry.path)) continue;
        const meta = { layer: index, type: entry.type, mode: entry.mode, mtime: entry.mtime };
        if (entry.type === 'hardlink' && entry.linkname !== undefined) {
          const target = added.get(entry.linkname) ?? files.get(entry.linkname);
          if (target) added.set(entry.path, { ...target, layer: index });
        } else if (entry.type === 'symlink')
          added.set(entry.path, {
            ...meta,
            content: Buffer.alloc(0),
            ...(entry.linkname === undefined ? {} : { linkname: entry.linkname }),
          });
        else if (entry.type === 'file') added.set(entry.path, { ...meta, content: await entry.bytes(options.limit) });
      }
    }
    hide(files, removed);
    for (const [path, file] of added) files.set(path, file);
  }
  return files;
}

function hide(
  files: Map<string, ImageFile>,
  removed: readonly { readonly path: string; readonly opaque: boolean }[],
): void {
  if (files.size === 0) return;
  const gone = new Set(removed.filter(({ opaque }) => !opaque).map(({ path }) => path));
  const emptied = new Set(removed.filter(({ opaque }) => opaque).map(({ path }) => path));
  for (const path of [...files.keys()]) {
    if (gone.has(path) || emptied.has('') || parents(path).some((parent) => gone.has(parent) || emptied.has(parent)))
      files.delete(path);
  }
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
