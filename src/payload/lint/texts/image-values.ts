import { readJson } from '../../../util/index.ts';
import { commentsOf, type Manifest, textAt } from '../../manifest/index.ts';
import type { JsonValue } from '../../text/index.ts';
import { isProse, type Leaf, leaves, ownLeaves } from './leaves.ts';

/** `host[:port]/path[:tag][@digest]` with a host that has a dot or a port. */
const REPOSITORY = '[a-z0-9][a-z0-9-]*(?:\\.[a-z0-9-]+)*(?:\\.[a-z]{2,}|:\\d+)(?::\\d+)?(?:/[a-z0-9._-]+)+';
const VERSION = '(?::[\\w][\\w.-]{0,127}|@sha256:[0-9a-f]{64})';
/** Maybe without tag or digest: only where nothing else than an image is to be expected. */
const BARE = new RegExp(`^${REPOSITORY}${VERSION}*$`);
/**
 * With a tag or a digest: text of that form is hardly anything else, where it is no part of a URL, a path or a longer word.
 * Text is read once from left to right, however long it is.
 */
const IMAGES = new RegExp(`(?<=docker://|(?<![\\w.:/@-]))${REPOSITORY}${VERSION}+(?![\\w:/@-])`, 'g');

/** `CLI_IMAGE`, `RELATED_IMAGE_CLI`, `IMAGE` */
const IMAGE_VARIABLE = /(?:^|_)IMAGE(?:_|$)/;
/** `--image=…`, `-cli-image=…` */
const IMAGE_OPTION = /^--?(?:[\w-]*-)?image(?:-[\w-]*)?=(.*)$/s;

/** An image that something in an object names. */
export interface NamedImage {
  readonly path: string;
  readonly image: string;
}

/** Images in a text of any form, comments left out. */
function imagesIn(text: string): readonly string[] {
  const isComment = commentsOf(text);
  return [...text.matchAll(IMAGES)]
    .filter(({ index }) => !isComment(index))
    .map(([image]) => image.replace(/[.-]+$/, ''));
}

/** JSON that a ConfigMap holds as text (`images.json` of the Machine Config Operator); undefined for text of another form. */
function jsonIn(text: string): JsonValue | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return readJson(text);
  } catch {
    return undefined; // a file of another form that begins with a bracket
  }
}

function named(path: string, images: readonly string[]): readonly NamedImage[] {
  return images.map((image) => ({ path, image }));
}

/** Images in a value of a ConfigMap, which may be JSON, YAML, a script or anything else. */
function inData({ path, value }: Leaf): readonly NamedImage[] {
  if (isProse(path)) return [];
  const json = jsonIn(value);
  if (json === undefined) return named(path, imagesIn(value));
  return leaves(json).flatMap((leaf) =>
    isProse(leaf.path) ? [] : named(`${path}: ${leaf.path}`, imagesIn(leaf.value)),
  );
}

/** What containers run, what their variables and arguments name, and what ConfigMaps hold. */
export function imageValues(manifest: Manifest): readonly NamedImage[] {
  return ownLeaves(manifest).flatMap((leaf): readonly NamedImage[] => {
    const { path, value, parent } = leaf;
    const text = value.trim();
    if (/(?:^|\.)(?:(?:init|ephemeral)C|c)ontainers\[\d+\]\.image$|\.volumes\[\d+\]\.image\.reference$/.test(path))
      return named(path, [text]);
    if (/\.env\[\d+\]\.value$/.test(path))
      return named(path, IMAGE_VARIABLE.test(textAt(parent, 'name')) && BARE.test(text) ? [text] : imagesIn(value));
    if (/\.(?:args|command)\[\d+\]$/.test(path)) {
      const option = IMAGE_OPTION.exec(text)?.[1] ?? '';
      return named(path, BARE.test(option) ? [option] : imagesIn(value));
    }
    return manifest.kind === 'ConfigMap' && path.startsWith('data.') ? inData(leaf) : [];
  });
}
