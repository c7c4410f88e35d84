import { SlipwayError } from '../../util/index.ts';
import { formatSemver, isSemver, parseSemver } from '../../version/index.ts';
import { compareBytes, goQuote } from '../text/index.ts';
import type { ComponentVersions } from '../types.ts';
import type { Substitution } from './image-mapper.ts';

const PLACEHOLDER = /([^0-9A-Za-z_]|^)0\.0\.1-snapshot([a-z0-9-]*)/g;

export interface VersionMapperInput {
  /** The release's name; `0.0.1-snapshot` stays as it is when this is not a semantic version. */
  readonly releaseName: string;
  readonly versions: ComponentVersions;
  /** Component version key ► tags that define it. */
  readonly tagsByName: ReadonlyMap<string, readonly string[]>;
}

/** The component versions that a manifest asks for by `0.0.1-snapshot-KEY`. */
export function versionKeysIn(bytes: Uint8Array): readonly string[] {
  const suffixes = Array.from(
    Buffer.from(bytes).toString('latin1').matchAll(PLACEHOLDER),
    ([, , suffix = '']) => suffix,
  );
  return suffixes.filter((suffix) => suffix.startsWith('-')).map((suffix) => suffix.slice(1));
}

function refuse(message: string): SlipwayError {
  return new SlipwayError('PAYLOAD_VERSION_REFERENCE', message);
}

/**
 * The substitution of `0.0.1-snapshot` by the release's version and of `0.0.1-snapshot-KEY` by a component version
 * (payload format § 1.10). The result throws `PAYLOAD_VERSION_REFERENCE`, with oc's words, for a key that is empty,
 * unknown, or differs among the images that define it.
 */
export function versionMapper({ releaseName, versions, tagsByName }: VersionMapperInput): Substitution {
  const release = isSemver(releaseName) ? formatSemver(parseSemver(releaseName), { build: false }) : undefined;
  return (bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    const unknown = new Set<string>();
    const replaced = text.replace(PLACEHOLDER, (whole, before: string, suffix: string) => {
      if (suffix === '') return release === undefined ? whole : `${before}${release}`;
      if (!suffix.startsWith('-')) return whole;
      const key = suffix.slice(1);
      if (key === '') throw refuse('empty version references are not allowed');
      const version = versions.get(key);
      if (version === undefined) {
        unknown.add(key);
        return whole;
      }
      const tags = tagsByName.get(key) ?? [];
      if (tags.length > 1) {
        throw refuse(
          `the version for ${goQuote(key)} is inconsistent across the referenced images: ${[...tags].sort(compareBytes).join(', ')}`,
        );
      }
      return `${before}${version.version}`;
    });
    if (unknown.size === 1) throw refuse(`unknown version reference ${goQuote([...unknown][0] ?? '')}`);
    if (unknown.size > 1) throw refuse(`unknown version references: ${[...unknown].join(', ')}`);
    return replaced === text ? bytes : Buffer.from(replaced, 'latin1');
  };
}
