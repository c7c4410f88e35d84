import { type ImageSource, type ListMember, loadList } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { AssembledPayload } from '../assemble/assemble.ts';
import { type ReleaseImage, type ReleaseList, releaseImage, releaseList } from '../assemble/release-image.ts';

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
