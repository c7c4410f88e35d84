import type { ImageStream } from '../stream/index.ts';
import { compareBytes } from '../text/index.ts';
import type { ComponentVersion } from '../types.ts';
import { DISPLAY_NAMES_LABEL, parseComponentVersions, VERSIONS_LABEL } from './component-versions.ts';

/** Component versions of a whole release, as `oc adm release info` shows them (payload format § 2.1). */
export interface ReleaseVersions {
  /** Keys in byte order. */
  readonly versions: ReadonlyMap<string, ComponentVersion>;
  /** Key ► the last tag that defines it. */
  readonly tags: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** kubectl is built in many images; only the command line's own count. */
export const KUBECTL_TAGS: readonly string[] = ['cli', 'cli-artifacts'];

function lowest(texts: readonly string[]): string {
  return [...texts].sort(compareBytes)[0] ?? '';
}

/**
 * Merges the versions that the tags declare. Where tags differ the lowest text is shown and a warning given, except for
 * `machine-os`: a release may carry several node images. Throws `PAYLOAD_COMPONENT_VERSION_INVALID`.
 */
export function releaseVersions(stream: Pick<ImageStream, 'tags'>): ReleaseVersions {
  const found = new Map<string, ComponentVersion[]>();
  const tags = new Map<string, string>();
  for (const { name, annotations } of stream.tags) {
    const own = parseComponentVersions(annotations?.[VERSIONS_LABEL] ?? '', annotations?.[DISPLAY_NAMES_LABEL] ?? '');
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
  const warnings =
    several.length === 0
      ? []
      : [`multiple versions or display names reported for the following component(s): ${several.join(',  ')}`];
  return { versions, tags, warnings };
}
