import { messageOf, SlipwayError } from '../../util/index.ts';
import { compareSemver, formatSemver, isSemver, parseSemver } from '../../version/index.ts';
import { compareBytes } from '../text/index.ts';

/**
 * The `previous` or `next` list of `release-metadata`: each a semantic version, written again by its parser, sorted as
 * text (payload format § 1.1). Throws `PAYLOAD_VERSION_INVALID` naming the entry.
 */
export function upgradeList(versions: readonly string[], field: 'previous' | 'next'): readonly string[] {
  return versions
    .map((version) => {
      try {
        return formatSemver(parseSemver(version));
      } catch (cause) {
        throw new SlipwayError('PAYLOAD_VERSION_INVALID', `--${field}: ${messageOf(cause)}`, {
          place: { field: `--${field}` },
          cause,
        });
      }
    })
    .sort(compareBytes);
}

/** For people: in the order of versions, or as given when one of them is no semantic version. */
export function sortUpgrades(versions: readonly string[]): readonly string[] {
  if (!versions.every(isSemver)) return versions;
  return versions
    .map((text) => ({ text, version: parseSemver(text) }))
    .sort((a, b) => compareSemver(a.version, b.version))
    .map(({ text }) => text);
}
