import type { Readable } from 'node:stream';
import { type ImageSource, type LoadedImage, readLayer } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';

/** A file of an image; `body` must be read before the next one is asked for. */
export interface Binary {
  /** The path that was asked for. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly body: Readable;
}

/** Links to follow before giving up. */
const MOST_LINKS = 4;

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** `target` as seen from the folder of `path`, without leading slash. */
function resolveLink(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : parentOf(path).split('/');
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.filter((part) => part !== '').join('/');
}

function twice(path: string, image: string): SlipwayError {
  return new SlipwayError('OCI_LAYER_INVALID', `the layer has /${path} twice; which one is meant can not be known.`, {
    place: { image },
    hint: 'Build the image again: no layer has a file more than once.',
  });
}

/**
 * Files of an image as a container sees them, in the order they are found: layers from the top down, each read once
 * and only as long as something is missing, so that large programs stream. Links are followed with another pass.
 * What a whiteout of the same layer names stays (image-spec 1.1, § Whiteouts). Throws `OCI_LAYER_INVALID` for a file
 * that a layer has twice.
 */
export async function* readBinaries(
  source: ImageSource,
  image: LoadedImage,
  paths: readonly string[],
): AsyncGenerator<Binary> {
  // path in the image ► paths asked for that lead there
  let wanted = new Map(paths.map((path) => [path, [path]]));
  for (let pass = 0; pass <= MOST_LINKS && wanted.size > 0; pass++) {
    const links = new Map<string, string[]>();
    yield* onePass(source, image, wanted, links);
    wanted = links;
  }
}

async function* onePass(
  source: ImageSource,
  image: LoadedImage,
  wanted: ReadonlyMap<string, readonly string[]>,
  links: Map<string, string[]>,
): AsyncGenerator<Binary> {
  const missing = new Map(wanted);
  for (const layer of image.manifest.layers.toReversed()) {
    if (missing.size === 0) return;
    const hidden: string[] = [];
    const taken = new Set<string>();
    for await (const entry of readLayer(source, layer)) {
      if (entry.whiteout !== undefined) {
        hidden.push(entry.whiteout === 'opaque' ? `${entry.path}/` : entry.path);
        continue;
      }
      // A container would see the last of them, and the first has been passed on.
      if (taken.has(entry.path)) throw twice(entry.path, `${source.name}, layer ${layer.digest}`);
      if (entry.type === 'directory') continue;
      const asked = missing.get(entry.path);
      if (asked === undefined) {
        hidden.push(entry.path);
        continue;
      }
      missing.delete(entry.path);
      taken.add(entry.path);
      if (entry.type === 'file') {
        const [first = entry.path, ...others] = asked;
        yield { path: first, size: entry.size, mtime: entry.mtime, body: entry.body() };
        // a second name of the same file is read in the next pass
        if (others.length > 0) links.set(entry.path, [...others]);
      } else if (entry.linkname !== undefined) {
        const target = entry.type === 'symlink' ? resolveLink(entry.path, entry.linkname) : entry.linkname;
        links.set(target, [...(links.get(target) ?? []), ...asked]);
      }
    }
    for (const path of [...missing.keys()]) {
      const gone = hidden.some((other) =>
        other.endsWith('/') ? path.startsWith(other) || other === '/' : path === other || path.startsWith(`${other}/`),
      );
      if (gone) missing.delete(path);
    }
  }
}
