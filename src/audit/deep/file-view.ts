import type { FileFacts, ImageLayer, LayerFacts } from '../model/index.ts';

/** A file of an image and the layer (0 is the lowest) that brought it. */
export interface SeenFile {
  readonly file: FileFacts;
  readonly layer: number;
}

/** Links that are followed before it must be a loop; Linux has the same limit. */
const MOST_LINKS = 40;

/** Removes what a layer hides (OCI image-spec, Whiteouts): paths, what is below them, and what was in opaque folders. */
function hide(view: Map<string, SeenFile>, { whiteouts, opaque }: LayerFacts): void {
  if (whiteouts.length === 0 && opaque.length === 0) return;
  const gone = new Set(whiteouts);
  const folders = new Set([...whiteouts, ...opaque]);
  for (const path of view.keys()) {
    let hidden = gone.has(path) || folders.has('');
    for (let slash = path.indexOf('/'); slash >= 0 && !hidden; slash = path.indexOf('/', slash + 1)) {
      hidden = folders.has(path.slice(0, slash));
    }
    if (hidden) view.delete(path);
  }
}

/** Every file of an image as a process inside it would find it. Memory: one entry a file. */
export class FileView {
  readonly #files = new Map<string, SeenFile>();
  readonly #folders = new Map<string, string>();

  constructor(layers: readonly ImageLayer[]) {
    for (const [layer, { facts }] of layers.entries()) {
      hide(this.#files, facts);
      for (const file of facts.files ?? []) this.#files.set(file.path, { file, layer });
    }
  }

  /** The file at `path` (no slash in front), through links of folders; where ostree keeps /etc, at /usr/etc. */
  at(path: string): SeenFile | undefined {
    const found = this.#lookUp(path);
    return found ?? (path.startsWith('etc/') ? this.#lookUp(`usr/${path}`) : undefined);
  }

  /** sha256 of what stands there, hard links across layers followed; `undefined` for a symbolic link, or a lost one. */
  digestOf({ file }: SeenFile): string | undefined {
    return (
      file.sha256 ?? (file.hardlink === null ? undefined : (this.#files.get(file.hardlink)?.file.sha256 ?? undefined))
    );
  }

  #lookUp(path: string): SeenFile | undefined {
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? '' : this.#folder(path.slice(0, slash), 0);
    return this.#files.get(folder === '' ? path.slice(slash + 1) : `${folder}/${path.slice(slash + 1)}`);
  }

  /** Where a folder really is. */
  #folder(path: string, links: number): string {
    if (path === '' || links > MOST_LINKS) return path;
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? '' : this.#folder(path.slice(0, slash), links);
    const here = parent === '' ? path.slice(slash + 1) : `${parent}/${path.slice(slash + 1)}`;
    const target = this.#files.get(here)?.file.symlink ?? null;
    const real = target === null ? here : this.#folder(joined(parent, target), links + 1);
    this.#folders.set(path, real);
    return real;
  }
}

/** Target of a symbolic link in `folder`, as a path from the root. */
function joined(folder: string, target: string): string {
  const parts = target.startsWith('/') || folder === '' ? [] : folder.split('/');
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
