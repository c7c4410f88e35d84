import type { NodePackages, PackageDifference } from '../../../payload/index.ts';
import type { OpenedPayload } from './open.ts';

export interface PackageFlags {
  readonly rpmdbImage?: string;
  readonly rpmdbCache?: string;
}

/** Packages of a release's node image, from the cache where one was named. */
export async function packagesOf(
  { payload, components }: OpenedPayload,
  { rpmdbImage, rpmdbCache }: PackageFlags,
): Promise<NodePackages> {
  const { nodePackages, packageCache } = await import('../../../payload/index.ts');
  return await nodePackages(payload, {
    ...components,
    ...(rpmdbImage === undefined ? {} : { image: rpmdbImage }),
    ...(rpmdbCache === undefined ? {} : { cache: packageCache(rpmdbCache) }),
  });
}

export async function packageDifference(
  from: OpenedPayload,
  to: OpenedPayload,
  flags: PackageFlags,
  compat: boolean,
): Promise<PackageDifference> {
  const { diffPackages } = await import('../../../payload/index.ts');
  const [before, after] = [await packagesOf(from, flags), await packagesOf(to, flags)];
  return diffPackages(before.packages, after.packages, { compat });
}
