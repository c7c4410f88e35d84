import { type ImageSource, isDigest, loadList } from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import type { Payload } from '../types.ts';
import type { LintOptions } from './options.ts';
import type { ListFacts } from './types.ts';

type Platform = { readonly os?: string | undefined; readonly architecture: string };

function platformName({ os, architecture }: Platform): string {
  return `${os ?? 'linux'}/${architecture}`;
}

async function platformsOf(source: ImageSource, digest: string): Promise<readonly string[] | undefined> {
  return (await loadList(source, digest))?.map(({ platform }) => platformName(platform));
}

/**
 * What P012 compares of a manifest list: the payload layer of each image, and the platforms of each component.
 * `undefined` for a single image, or when the release's repository is not known. A component that cannot be read is
 * P006's.
 */
export async function listFacts(payload: Payload, options: LintOptions): Promise<ListFacts | undefined> {
  const { listDigest } = payload;
  if (listDigest === undefined || options.release === undefined) return undefined;
  const members = (await loadList(options.release, listDigest)) ?? [];
  const components = await mapLimit(payload.images, options.concurrency ?? 8, async ({ name, pullSpec, digest }) => {
    try {
      return isDigest(digest) ? [{ name, platforms: await platformsOf(options.resolve(pullSpec), digest) }] : [];
    } catch (error) {
      if (error instanceof SlipwayError) return [];
      throw error;
    }
  });
  return {
    members: members.map(({ platform, image }) => ({
      platform: platformName(platform),
      payload: image.config.rootfs.diff_ids.at(-1),
    })),
    components: components.flat(),
  };
}
