import { located } from '../../util/index.ts';
import { dockerConfigValue, metadataValue } from '../assemble/index.ts';
import { imageStreamValue } from '../stream/index.ts';
import { type GoValue, goJson } from '../text/index.ts';
import type { ComponentImage, ComponentVersions } from '../types.ts';
import type { ReleaseInfo } from './info.ts';

function versionsValue(versions: ComponentVersions): GoValue {
  return new Map<string, GoValue>(
    [...versions].map(([key, { version, displayName }]) => [key, { Version: version, DisplayName: displayName }]),
  );
}

/** A configuration as oc shows it, its size always that of the layers. Throws `PAYLOAD_CONFIG_INVALID` naming the image. */
function configValue(image: string, config: Uint8Array, layers: readonly { readonly size: number }[]): GoValue {
  try {
    return dockerConfigValue(config, { size: layers.reduce((sum, { size }) => sum + size, 0) });
  } catch (error) {
    throw located(error, { image });
  }
}

/** A component's image in the field order of oc. */
function imageValue(image: ComponentImage): GoValue {
  const { pullSpec, digest, listDigest, mediaType, layers, rawConfig } = image;
  return {
    name: pullSpec,
    digest,
    contentDigest: digest,
    listDigest: listDigest ?? '',
    mediaType,
    layers: layers.map((layer) => ({ mediaType: layer.mediaType, digest: layer.digest, size: layer.size })),
    config: rawConfig === undefined ? null : configValue(pullSpec, rawConfig, layers),
  };
}

/** A release in the form of `oc adm release info -o json`; `images` as with `--include-images` (payload format § 2.1). */
export function infoValue(info: ReleaseInfo, images?: readonly ComponentImage[]): GoValue {
  const { payload, versions } = info;
  return {
    image: payload.reference,
    digest: payload.digest,
    contentDigest: payload.digest,
    listDigest: payload.listDigest ?? '',
    config: configValue(payload.reference, payload.image.rawConfig, payload.image.manifest.layers),
    metadata: payload.lacksMetadata === true ? null : metadataValue(payload.metadata),
    references: imageStreamValue(payload.imageReferences),
    versions: null,
    displayVersions: versions.versions.size === 0 ? null : versionsValue(versions.versions),
    versionsTags: new Map(versions.tags),
    images: images === undefined ? null : new Map(images.map((image) => [image.name, imageValue(image)])),
    warnings: versions.warnings.length === 0 ? null : versions.warnings,
  };
}

/** The text of `oc adm release info -o json`, byte for byte. */
export function formatInfoJson(info: ReleaseInfo, images?: readonly ComponentImage[]): string {
  return `${goJson(infoValue(info, images), '  ')}\n`;
}
