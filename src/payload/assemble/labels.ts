import { SlipwayError } from '../../util/index.ts';
import { goQuote } from '../text/index.ts';
import { DISPLAY_NAMES_LABEL, parseComponentVersions, VERSIONS_LABEL } from '../versions/index.ts';

export const OPERATOR_LABEL = 'io.openshift.release.operator';
export const OVERRIDE_ANNOTATION = 'io.openshift.release.override';
export const COMMIT_ID = 'io.openshift.build.commit.id';
export const COMMIT_REF = 'io.openshift.build.commit.ref';
export const SOURCE_LOCATION = 'io.openshift.build.source-location';
export const RELEASE_LABEL = 'io.openshift.release';
export const BASE_DIGEST_LABEL = 'io.openshift.release.base-image-digest';

/** Component versions that an image may declare (payload format § 1.4). */
export const VERSION_KEYS: readonly string[] = [
  'crio',
  'kernel',
  'kubectl',
  'kubernetes',
  'kubernetes-tests',
  'machine-os',
];

type Labels = Readonly<Record<string, string>>;

/** Whether an image brings manifests into the payload. */
export function isOperator(labels: Labels): boolean {
  return (labels[OPERATOR_LABEL] ?? '') !== '';
}

/**
 * The annotations of a tag in `image-references`: those it had, with what the labels of its image say (§ 1.4).
 * Throws `PAYLOAD_COMPONENT_VERSION_INVALID` naming the tag.
 */
export function annotationsFrom(
  tag: string,
  existing: Labels | null,
  labels: Labels,
  versionKeys: readonly string[] = VERSION_KEYS,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { ...existing };
  for (const label of [COMMIT_ID, COMMIT_REF, SOURCE_LOCATION]) annotations[label] = labels[label] ?? '';
  const versions = labels[VERSIONS_LABEL] ?? '';
  if (versions === '') return annotations;
  const displayNames = labels[DISPLAY_NAMES_LABEL] ?? '';
  for (const key of componentVersionsOf(tag, versions, displayNames).keys()) {
    if (versionKeys.includes(key)) continue;
    throw new SlipwayError(
      'PAYLOAD_COMPONENT_VERSION_INVALID',
      `tag ${goQuote(tag)} references a component version ${goQuote(key)} which is not in the allowed list`,
      { place: { image: tag, field: VERSIONS_LABEL }, hint: `Allowed are: ${versionKeys.join(', ')}.` },
    );
  }
  return { ...annotations, [VERSIONS_LABEL]: versions, [DISPLAY_NAMES_LABEL]: displayNames };
}

/** The versions that one tag declares, errors naming the tag. */
export function componentVersionsOf(tag: string, versions: string, displayNames: string) {
  try {
    return parseComponentVersions(versions, displayNames);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw new SlipwayError(
      cause.code,
      `tag ${goQuote(tag)} has an invalid ${VERSIONS_LABEL} or ${DISPLAY_NAMES_LABEL} label: ${cause.message}`,
      { place: { image: tag, field: VERSIONS_LABEL }, cause },
    );
  }
}
