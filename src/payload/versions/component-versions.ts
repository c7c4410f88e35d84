import { messageOf, SlipwayError } from '../../util/index.ts';
import { formatSemver, parseSemver } from '../../version/index.ts';
import { compareBytes, goQuote } from '../text/index.ts';
import type { ComponentVersion, ComponentVersions } from '../types.ts';

export const VERSIONS_LABEL = 'io.openshift.build.versions';
export const DISPLAY_NAMES_LABEL = 'io.openshift.build.version-display-names';

const NAME = /^[a-z0-9]+[-a-z0-9]*[a-z0-9]+$/;
/** With the period of `CentOS Stream CoreOS 9.6`, as oc has it since 4.21; oc 4.20 warns of such a name. */
const DISPLAY_NAME = /^[a-zA-Z0-9\-:\t\n\f\r ().]+$/;

function refuse(message: string): SlipwayError {
  return new SlipwayError('PAYLOAD_COMPONENT_VERSION_INVALID', message, { place: { field: VERSIONS_LABEL } });
}

function pairs(label: string, form: string, what: string): readonly (readonly [string, string])[] {
  return label.split(',').map((part) => {
    const pair = part.trim();
    const equals = pair.indexOf('=');
    if (equals === -1) throw refuse(`the ${what} pair ${goQuote(pair)} must be ${form}`);
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
}

function checkName(name: string): void {
  if (name.length < 2) throw refuse(`the version name ${goQuote(name)} must be at least 2 characters`);
  if (!NAME.test(name))
    throw refuse(`the version name ${goQuote(name)} must only be ASCII alphanumerics and internal hyphens`);
}

function semver(text: string): string {
  return formatSemver(parseSemver(text), { build: false });
}

/** The reason in a version error, without the sentence around it: blang/semver's own words. */
function semverReason(error: unknown): string {
  return messageOf(error).replace(/^".*" is not a semantic version: /s, '');
}

/**
 * Reads the two labels in which an image declares component versions: `kubernetes=1.29.5,kubectl=1.29.1` and
 * `machine-os=CentOS Stream CoreOS` (payload format § 1.4). Build metadata is dropped; without the first label there
 * are none. Throws `PAYLOAD_COMPONENT_VERSION_INVALID` with oc's words.
 */
export function parseComponentVersions(versions: string, displayNames: string): ComponentVersions {
  if (versions.trim() === '') return new Map();
  const names = new Map<string, string>();
  if (displayNames.trim() !== '') {
    for (const [key, name] of pairs(displayNames.trim(), 'NAME=DISPLAYNAME', 'display name')) {
      checkName(key);
      if (!DISPLAY_NAME.test(name)) {
        throw refuse(`the display name ${goQuote(name)} must only be alphanumerics, spaces, and symbols in [().:-]`);
      }
      names.set(key, name);
    }
  }
  const found = new Map<string, ComponentVersion>();
  for (const [key, version] of pairs(versions.trim(), 'NAME=VERSION', 'version')) {
    checkName(key);
    try {
      found.set(key, { version: semver(version), displayName: names.get(key) ?? '' });
    } catch (cause) {
      throw refuse(
        `the version pair ${goQuote(`${key}=${version}`)} must have a valid semantic version: ${semverReason(cause)}`,
      );
    }
  }
  return found;
}

/** The two labels again, keys in order. As oc has it, a component without a display name leaves an empty item. */
export function formatComponentVersions(versions: ComponentVersions): { versions: string; displayNames: string } {
  const sorted = [...versions].sort(([a], [b]) => compareBytes(a, b));
  return {
    versions: sorted.map(([key, { version }]) => `${key}=${version}`).join(','),
    displayNames: sorted.map(([key, { displayName }]) => (displayName === '' ? '' : `${key}=${displayName}`)).join(','),
  };
}
