import { SlipwayError } from '../../util/index.ts';
import type { TagReference } from '../stream/index.ts';
import type { ComponentVersion, ComponentVersions } from '../types.ts';
import { DISPLAY_NAMES_LABEL, KUBECTL_TAGS, VERSIONS_LABEL } from '../versions/index.ts';
import { componentVersionsOf } from './labels.ts';

export interface CombinedVersions {
  readonly versions: ComponentVersions;
  /** Key ► tags with a version of their own for it: more than one where they differ. */
  readonly tagsByName: ReadonlyMap<string, readonly string[]>;
}

/**
 * The component versions that an operator may refer to: those of the tags in its `image-references`. Tags that differ
 * are an error, except for `machine-os`: a release may carry several node images, but then no manifest may refer to it.
 * oc refuses a reference to a version that two tags define even when they agree; here that is no conflict.
 */
export function versionsOfTags(tags: readonly TagReference[]): CombinedVersions {
  const versions = new Map<string, ComponentVersion>();
  const tagsByName = new Map<string, string[]>();
  for (const tag of tags) {
    const label = tag.annotations?.[VERSIONS_LABEL] ?? '';
    const own = componentVersionsOf(tag.name, label, tag.annotations?.[DISPLAY_NAMES_LABEL] ?? '');
    for (const [key, version] of own) {
      if (key === 'kubectl' && !KUBECTL_TAGS.includes(tag.name)) continue;
      const first = versions.get(key);
      if (first === undefined) {
        versions.set(key, version);
        tagsByName.set(key, [tag.name]);
      } else if (first.version !== version.version) {
        tagsByName.get(key)?.push(tag.name);
        if (key === 'machine-os') continue;
        throw new SlipwayError(
          'PAYLOAD_COMPONENT_VERSION_CONFLICT',
          `input image stream has multiple versions defined for version ${key}: ${tag.name} defines ${version.version} but was already set to ${first.version} on ${tagsByName.get(key)?.[0]}`,
          { place: { image: tag.name, field: VERSIONS_LABEL } },
        );
      }
    }
  }
  return { versions, tagsByName };
}
