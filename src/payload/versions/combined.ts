import { messageOf } from '../../util/index.ts';
import type { ImageStream, TagReference } from '../stream/index.ts';
import { compareBytes } from '../text/index.ts';
import type { ComponentVersion, ComponentVersions } from '../types.ts';
import { DISPLAY_NAMES_LABEL, parseComponentVersions, VERSIONS_LABEL } from './component-versions.ts';

/** Component versions of a whole release, as `oc adm release info` shows them (payload format § 2.1). */
export interface ReleaseVersions {
  /** Keys in byte order. */
  readonly versions: ReadonlyMap<string, ComponentVersion>;
  /** Key ► the last tag that defines it. */
  readonly tags: ReadonlyMap<string, string>;
  /** In oc's words, in byte order. */
  readonly warnings: readonly string[];
}

/** kubectl is built in many images; only the command line's own count. */
export const KUBECTL_TAGS: readonly string[] = ['cli', 'cli-artifacts'];

function lowest(texts: readonly string[]): string {
  return [...texts].sort(compareBytes)[0] ?? '';
}

/** What a tag declares, or what is wrong with that. */
function declaredBy({ name, annotations }: TagReference): ComponentVersions | string {
  try {
    return parseComponentVersions(annotations?.[VERSIONS_LABEL] ?? '', annotations?.[DISPLAY_NAMES_LABEL] ?? '');
  } catch (error) {
    return `the referenced image ${name} had an invalid version annotation: ${messageOf(error)}`;
  }
}

/**
 * Merges the versions that the tags declare. Where tags differ the lowest text is shown and a warning given, except for
 * `machine-os`: a release may carry several node images. A tag whose annotations can not be read declares nothing, with
 * a warning: a release that was published so is still to be looked at (`payload new` makes none).
 */
export function releaseVersions(stream: Pick<ImageStream, 'tags'>): ReleaseVersions {
  const found = new Map<string, ComponentVersion[]>();
  const tags = new Map<string, string>();
  const warnings: string[] = [];
  for (const tag of stream.tags) {
    const { name } = tag;
    const own = declaredBy(tag);
    if (typeof own === 'string') {
      warnings.push(own);
      continue;
    }
    for (const [key, version] of own) {
      tags.set(key, name);
      if (key === 'kubectl' && !KUBECTL_TAGS.includes(name)) continue;
      found.set(key, [...(found.get(key) ?? []), version]);
    }
  }
  const keys = [...found.keys()].sort(compareBytes);
  const versions = new Map<string, ComponentVersion>();
  const several: string[] = [];
  for (const key of keys) {
    const all = found.get(key) ?? [];
    const texts = new Set(all.map(({ version }) => version));
    const displayNames = new Set(all.map(({ displayName }) => displayName));
    if (key !== 'machine-os' && (texts.size > 1 || displayNames.size > 1)) several.push(key);
    versions.set(key, { version: lowest([...texts]), displayName: lowest([...displayNames]) });
  }
  if (several.length > 0)
    warnings.push(`multiple versions or display names reported for the following component(s): ${several.join(',  ')}`);
  return { versions, tags, warnings: warnings.sort(compareBytes) };
}
