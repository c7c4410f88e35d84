import { SlipwayError } from '../../util/index.ts';
import { METADATA_FILE, REFERENCES_FILE } from '../assemble/index.ts';
import type { PayloadFile } from '../files.ts';
import { isManifestFile } from '../manifest/index.ts';
import { imageTags, pullSpecOf } from '../stream/index.ts';
import { compareBytes, goQuote, goTime, normaliseTime, ZERO_TIME } from '../text/index.ts';
import type { Payload } from '../types.ts';
import { type ReleaseVersions, releaseVersions } from '../versions/index.ts';

/** What `oc adm release info` knows of a release before it fetches the components. */
export interface ReleaseInfo {
  readonly payload: Payload;
  /** Digest by which it is published: of the list, when there is one. */
  readonly digest: string;
  /** RFC 3339. */
  readonly created: string;
  /** `linux/amd64`, or `multi (linux/amd64)` of a manifest list. */
  readonly platform: string;
  /** Manifest files in byte order. */
  readonly manifests: readonly PayloadFile[];
  /** Files that are neither manifests nor read by anything: README.md and the like. */
  readonly others: readonly PayloadFile[];
  readonly versions: ReleaseVersions;
}

function createdOf({ reference, image: { config } }: Payload): string {
  const created = config.created ?? ZERO_TIME;
  const time = goTime(created) === undefined ? undefined : normaliseTime(created);
  if (time !== undefined) return time;
  throw new SlipwayError(
    'PAYLOAD_CONFIG_INVALID',
    `the image's configuration has an unexpected created: ${goQuote(created)}.`,
    {
      place: { image: reference, field: 'created' },
    },
  );
}

/** What a release image says of itself. Throws `PAYLOAD_CONFIG_INVALID` for a time of creation that is none. Pure. */
export function payloadInfo(payload: Payload): ReleaseInfo {
  const { config } = payload.image;
  const files = [...payload.files].sort((a, b) => compareBytes(a.name, b.name));
  const platform = `${config.os || 'unknown'}/${config.architecture || 'unknown'}`;
  const own = files.filter(({ name }) => name !== REFERENCES_FILE && name !== METADATA_FILE);
  return {
    payload,
    digest: payload.listDigest ?? payload.digest,
    created: createdOf(payload),
    platform: payload.listDigest === undefined ? platform : `multi (${platform})`,
    manifests: own.filter(({ name }) => isManifestFile(name)),
    others: own.filter(({ name }) => !isManifestFile(name)),
    versions: releaseVersions(payload.imageReferences),
  };
}

/** The pull spec of a component, `--image-for`. Throws `PAYLOAD_COMPONENT_UNKNOWN`, with oc's words. */
export function imageFor(payload: Payload, name: string): string {
  const tag = imageTags(payload.imageReferences.tags).find((tag) => tag.name === name && tag.from.name !== '');
  if (tag !== undefined) return tag.from.name;
  throw new SlipwayError(
    'PAYLOAD_COMPONENT_UNKNOWN',
    `no image tag ${goQuote(name)} exists in the release image ${payload.reference}`,
    { place: { image: payload.reference }, exitCode: 1 },
  );
}

/** The digest in a component's pull spec, or the pull spec that has none, as oc shows it. */
export function digestOrSpec(tag: { readonly from?: { readonly name: string } }): string {
  return digestOfTag(tag) || (tag.from?.name ?? '');
}

/** The digest in a component's pull spec; empty when it has none, or is no pull spec: oc shows it as it stands. */
export function digestOfTag(tag: { readonly from?: { readonly name: string } }): string {
  return tag.from === undefined ? '' : (pullSpecOf(tag.from.name)?.id ?? '');
}
