import { SlipwayError } from '../../../util/index.ts';
import { INCLUDE_KEY } from '../../assemble/index.ts';
import type { JsonObject } from '../../text/index.ts';
import type { Payload } from '../../types.ts';

/**
 * What `release-metadata.metadata` keeps of the options that can not be seen in a finished release, so that it can be
 * made again from itself (payload format § 1.12 B5, § 8.5). The Cluster Version Operator ignores keys it does not know.
 */
const BASE_IMAGE = 'slipway.okd.io/base-image';
const ALLOW_MISSING = 'slipway.okd.io/allow-missing-images';
const COMPONENT_VERSIONS = 'slipway.okd.io/component-versions';
const COMPONENT_VERSION_NAMES = 'slipway.okd.io/component-version-display-names';
const COMPONENT_VERSION_KEYS = 'slipway.okd.io/component-version-keys';
const SKIP_MANIFEST_CHECK = 'slipway.okd.io/skip-manifest-check';
const MANIFESTS_FROM = 'slipway.okd.io/manifests-from';

const KEYS: readonly string[] = [
  INCLUDE_KEY,
  BASE_IMAGE,
  ALLOW_MISSING,
  COMPONENT_VERSIONS,
  COMPONENT_VERSION_NAMES,
  COMPONENT_VERSION_KEYS,
  SKIP_MANIFEST_CHECK,
  MANIFESTS_FROM,
];

export interface RecordedInputs {
  readonly include: readonly string[];
  /** Pull spec by digest, when the base is no component of the release. */
  readonly baseImage?: string;
  readonly allowMissingImages: boolean;
  /** `key=version,…` */
  readonly componentVersions?: string;
  /** `key=Display Name,…` */
  readonly componentVersionNames?: string;
  /** Names of component versions that images may declare, where they are other ones than oc's. */
  readonly versionKeys?: readonly string[];
  /** Manifests were taken as they are. */
  readonly skipManifestCheck: boolean;
  /** Manifests came from folders, not from the images: the release can not be made again without them. */
  readonly fromFolders: boolean;
}

/** The entries to be written; `include` is written by the assembly itself. */
export function inputsRecord(inputs: Omit<RecordedInputs, 'include'>): JsonObject {
  return {
    ...(inputs.baseImage === undefined ? {} : { [BASE_IMAGE]: inputs.baseImage }),
    ...(inputs.allowMissingImages ? { [ALLOW_MISSING]: 'true' } : {}),
    ...(inputs.componentVersions === undefined ? {} : { [COMPONENT_VERSIONS]: inputs.componentVersions }),
    ...(inputs.componentVersionNames === undefined ? {} : { [COMPONENT_VERSION_NAMES]: inputs.componentVersionNames }),
    ...(inputs.versionKeys === undefined ? {} : { [COMPONENT_VERSION_KEYS]: inputs.versionKeys.join(',') }),
    ...(inputs.skipManifestCheck ? { [SKIP_MANIFEST_CHECK]: 'true' } : {}),
    ...(inputs.fromFolders ? { [MANIFESTS_FROM]: 'folders' } : {}),
  };
}

function text(payload: Payload, key: string): string | undefined {
  const value = payload.metadata.metadata[key];
  if (value === undefined || typeof value === 'string') return value;
  throw new SlipwayError('PAYLOAD_METADATA_INVALID', `the metadata "${key}" is not a text.`, {
    place: { image: payload.reference, file: 'release-metadata', field: key },
  });
}

/** Reads what a release records. Throws `PAYLOAD_METADATA_INVALID`. */
export function recordedInputs(payload: Payload): RecordedInputs {
  const include = text(payload, INCLUDE_KEY);
  const baseImage = text(payload, BASE_IMAGE);
  const componentVersions = text(payload, COMPONENT_VERSIONS);
  const componentVersionNames = text(payload, COMPONENT_VERSION_NAMES);
  const versionKeys = text(payload, COMPONENT_VERSION_KEYS);
  return {
    include: include === undefined ? [] : include.split(','),
    ...(baseImage === undefined ? {} : { baseImage }),
    allowMissingImages: text(payload, ALLOW_MISSING) === 'true',
    ...(componentVersions === undefined ? {} : { componentVersions }),
    ...(componentVersionNames === undefined ? {} : { componentVersionNames }),
    ...(versionKeys === undefined ? {} : { versionKeys: versionKeys.split(',') }),
    skipManifestCheck: text(payload, SKIP_MANIFEST_CHECK) === 'true',
    fromFolders: text(payload, MANIFESTS_FROM) !== undefined,
  };
}

/** A release's metadata without what records its own inputs: what one made from it inherits. */
export function inheritedMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !KEYS.includes(key)));
}
