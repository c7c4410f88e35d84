import { type ImageSource, type ListMember, loadList } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import {
  type AssembledPayload,
  type ReleaseImage,
  type ReleaseList,
  releaseImage,
  releaseList,
} from '../assemble/index.ts';

/** A release image for each platform of its base, and the list of them. */
export interface PlatformReleases {
  readonly list: ReleaseList;
  readonly members: readonly {
    readonly platform: ListMember['platform'];
    readonly base: ListMember['image'];
    readonly release: ReleaseImage;
  }[];
}

/**
 * Appends the payload layer to every image of the base's manifest list (payload format § 1.11). `undefined` when the
 * base is a single image. Throws `PAYLOAD_BASE_UNSUPPORTED`, and `OCI_…` errors.
 */
export async function platformReleases(
  assembled: Pick<AssembledPayload, 'layer' | 'name' | 'created'>,
  source: ImageSource,
  digest: string,
): Promise<PlatformReleases | undefined> {
  const list = await loadList(source, digest);
  if (list === undefined) return undefined;
  if (list.length === 0) {
    throw new SlipwayError('PAYLOAD_BASE_UNSUPPORTED', 'the manifest list of the base image names no platform.', {
      place: { image: `${source.name}@${digest}` },
    });
  }
  const members = list.map(({ platform, image }) => ({
    platform,
    base: image,
    release: releaseImage(image, assembled.layer, assembled.name, assembled.created),
  }));
  return { list: releaseList(members), members };
}

const ARCHITECTURE = 'release.openshift.io/architecture';

/**
 * What of the metadata does not fit the image: the Cluster Version Operator takes a release for one of several platforms
 * when its metadata says so, whatever the image is (payload format § 1.6, § 1.11; the linter's P009). oc says nothing.
 */
export function platformWarnings(
  { metadata }: Pick<AssembledPayload['metadata'], 'metadata'>,
  platforms: PlatformReleases | undefined,
  { keepManifestList = false }: { readonly keepManifestList?: boolean },
): readonly string[] {
  const stated = metadata[ARCHITECTURE];
  const warnings: string[] = [];
  if (keepManifestList && platforms === undefined)
    warnings.push('The base image is no manifest list: the release has one platform, that of the base.');
  if (platforms !== undefined && stated !== 'multi')
    warnings.push(
      `The release is for several platforms, but its metadata has no "${ARCHITECTURE}": "multi"; clusters take it for one of a single platform. Add it with --metadata.`,
    );
  if (platforms === undefined && stated === 'multi')
    warnings.push(
      `The metadata has "${ARCHITECTURE}": "multi", but the release is a single image. Use --keep-manifest-list, or leave it out.`,
    );
  if (stated !== undefined && stated !== 'multi')
    warnings.push(`The metadata has "${ARCHITECTURE}": ${JSON.stringify(stated)}; clusters know only "multi".`);
  return warnings;
}
