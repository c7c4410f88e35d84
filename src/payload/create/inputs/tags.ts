import { isTag } from '../../../oci/index.ts';
import { SlipwayError } from '../../../util/index.ts';
import { parsePullSpec } from '../../stream/index.ts';
import { goQuote } from '../../text/index.ts';

/** The tag of a version: none may have a "+" (distribution-spec 1.1, § Pulling manifests). */
export function releaseTag(version: string): string {
  return version.replaceAll('+', '_');
}

/** The tag that a component's image has in the repository of `mirrorTo`. */
export function mirrorTag(version: string, component: string): string {
  return `${releaseTag(version)}-${component}`;
}

/** Throws `PAYLOAD_NAME_INVALID` when a release of this name could be stored under no tag. */
export function checkReleaseTag(version: string): void {
  if (isTag(releaseTag(version))) return;
  throw new SlipwayError('PAYLOAD_NAME_INVALID', `${goQuote(releaseTag(version))} is no tag: no registry takes it.`, {
    place: { field: '--name' },
    hint: 'A tag has at most 128 letters, digits, dots, hyphens and underscores.',
  });
}

/** Throws `PAYLOAD_MIRROR_TARGET` for what names more than a repository: each component has a tag of its own there. */
export function checkMirrorTarget(mirrorTo: string): void {
  const { tag, id } = parsePullSpec(mirrorTo);
  if (tag === '' && id === '') return;
  throw new SlipwayError(
    'PAYLOAD_MIRROR_TARGET',
    `${goQuote(mirrorTo)} must be an image repository and may not contain a tag or digest.`,
    { place: { field: '--mirror' }, hint: 'Tags are made of the version and the names of the components.' },
  );
}

/** Throws `PAYLOAD_MIRROR_TARGET` when the image of a component could be stored under no tag. */
export function checkMirrorTags(version: string, components: readonly string[]): void {
  const name = components.find((component) => !isTag(mirrorTag(version, component)));
  if (name === undefined) return;
  const tag = mirrorTag(version, name);
  throw new SlipwayError('PAYLOAD_MIRROR_TARGET', `${goQuote(tag)} is no tag: no registry takes it.`, {
    place: { field: `spec.tags[${name}]` },
    hint: 'A tag has at most 128 characters, version and name of the component together.',
  });
}
