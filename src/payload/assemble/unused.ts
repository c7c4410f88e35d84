import type { TagReference } from '../stream/index.ts';
import { compareBytes, goQuote } from '../text/index.ts';
import type { ComponentVersions } from '../types.ts';
import { nearest } from './candidates.ts';
import { type Operator, referencedTags } from './operator.ts';
import { versionKeysIn } from './version-mapper.ts';
import { versionsOfTags } from './versions.ts';

/** What is known of an override when the release is complete. */
export interface OverrideFacts {
  /** Names of the release's components. */
  readonly kept: readonly string[];
  /** Names that the input had before overrides. */
  readonly known: readonly string[];
  readonly excluded: ReadonlySet<string>;
}

/** Overrides that did not get into the release, which oc prunes without a word: mostly a mistyped name. */
export function unusedOverrides(
  overrides: Iterable<string>,
  { kept, known, excluded }: OverrideFacts,
): readonly string[] {
  return [...overrides]
    .filter((name) => !kept.includes(name))
    .map((name) => {
      const said = `The override of ${goQuote(name)} is not in the release:`;
      if (excluded.has(name)) return `${said} it is excluded.`;
      const meant = known.includes(name) ? [] : nearest(name, kept).map(goQuote);
      const question = meant.length === 0 ? '' : ` Did you mean ${meant.join(' or ')}?`;
      return `${said} no operator refers to it.${question}`;
    });
}

/**
 * Versions given as defaults that stand in no manifest, with the reason: what an image declares counts more (payload
 * format § 1.12, B12).
 */
export function unusedVersions(
  defaults: ComponentVersions,
  operators: readonly Operator[],
  tags: ReadonlyMap<string, TagReference>,
): readonly string[] {
  const asked = operators.map((operator) => {
    const found = referencedTags(operator).flatMap(({ name }) => tags.get(name) ?? []);
    return { keys: new Set(operator.files.flatMap(({ bytes }) => versionKeysIn(bytes))), ...versionsOfTags(found) };
  });
  return [...defaults]
    .filter(([key]) => !asked.some(({ keys, versions }) => keys.has(key) && !versions.has(key)))
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([key, { version }]) => {
      const declaring = asked.find(({ versions }) => versions.has(key));
      const [tag] = declaring?.tagsByName.get(key) ?? [];
      const reason =
        declaring === undefined || tag === undefined
          ? `no manifest has 0.0.1-snapshot-${key}`
          : `${tag} declares ${declaring.versions.get(key)?.version}`;
      return `${key}=${version} is not used: ${reason}.`;
    });
}
