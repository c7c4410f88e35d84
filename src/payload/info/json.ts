import { dockerConfigValue } from '../assemble/docker-config.ts';
import { metadataValue } from '../assemble/metadata.ts';
import { imageStreamValue } from '../stream/format.ts';
import { type GoValue, goJson } from '../text/go-json.ts';
import type { ComponentVersions } from '../types.ts';
import type { ReleaseInfo } from './info.ts';

function versionsValue(versions: ComponentVersions): GoValue {
  return new Map<string, GoValue>(
    [...versions].map(([key, { version, displayName }]) => [key, { Version: version, DisplayName: displayName }]),
  );
}

/** A release in the form of `oc adm release info -o json` (payload format § 2.1). */
export function infoValue(info: ReleaseInfo): GoValue {
  const { payload, versions } = info;
  return {
    image: payload.reference,
    digest: payload.digest,
    contentDigest: payload.digest,
    listDigest: payload.listDigest ?? '',
    config: dockerConfigValue(payload.image.rawConfig),
    metadata: metadataValue(payload.metadata),
    references: imageStreamValue(payload.imageReferences),
    versions: null,
    displayVersions: versionsValue(versions.versions),
    versionsTags: new Map(versions.tags),
    images: null,
    warnings: versions.warnings.length === 0 ? null : versions.warnings,
  };
}

/** The text of `oc adm release info -o json`, byte for byte. */
export function formatInfoJson(info: ReleaseInfo): string {
  return `${goJson(infoValue(info), '  ')}\n`;
}
