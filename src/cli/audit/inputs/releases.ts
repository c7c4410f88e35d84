import { copiedImages, type ImageSource, noPlatform, parseReference } from '../../../oci/index.ts';
import { loadPayload, type Payload } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import type { OpenedRelease, OpenedSource } from './opened.ts';

/** A release image for each platform; one alone where the release is for one. */
export interface PlatformReleases extends Pick<OpenedRelease, 'payload'> {
  readonly members: readonly { readonly platform: string; readonly payload: Payload }[];
  /** Release images of the list that can not be read, as images to audit: that tells of them. */
  readonly unread: readonly OpenedSource[];
}

/**
 * Reads the release images that are meant. `repository` is how pull specs name where they are. Throws `OCI_…`,
 * `PAYLOAD_…`; of a list, release images that can not be had are told of as long as there is another.
 */
export async function platformReleases(
  source: ImageSource,
  reference: string,
  platforms: 'every' | RegExp,
  repository: string = source.name,
): Promise<PlatformReleases> {
  const images = await copiedImages(source, reference);
  const listDigest = images[0]?.listDigest;
  const name = { name: repository };
  if (listDigest === undefined) {
    const payload = await loadPayload(source, reference, name);
    return { members: [{ platform: '', payload }], unread: [], payload: namesOf(payload, payload.digest) };
  }
  const chosen = images.filter(({ platform = '' }) => platforms === 'every' || platforms.test(platform));
  const failures: SlipwayError[] = [];
  const unread: OpenedSource[] = [];
  const members: { platform: string; payload: Payload }[] = [];
  for (const { digest, platform = 'no platform' } of chosen) {
    try {
      members.push({ platform, payload: await loadPayload(source, digest, name) });
    } catch (error) {
      if (!(error instanceof SlipwayError) || !error.code.startsWith('OCI_')) throw error;
      failures.push(error);
      unread.push({ source, reference: digest, name: `release (${platform})`, pullSpec: `${repository}@${digest}` });
    }
  }
  const [first] = members;
  if (first) return { members, unread, payload: namesOf(first.payload, listDigest) };
  throw (
    failures[0] ??
    noPlatform(
      `${repository}@${listDigest}`,
      platforms === 'every' ? 'runnable' : platforms,
      images.map(({ platform }) => platform ?? 'no platform'),
    )
  );
}

const namesOf = ({ metadata, pullSpec }: Payload, digest: string): OpenedRelease['payload'] => ({
  name: metadata.version,
  digest,
  pullSpec: pullSpec.replace(/@.*$/u, `@${digest}`),
});

/**
 * The components of a release, each once, as a rule the same for all platforms. Where they are not, they say for which
 * platform they are.
 */
export function componentsOf({
  members,
}: Pick<PlatformReleases, 'members'>): readonly { readonly name: string; readonly spec: string }[] {
  const named = members.flatMap(({ platform, payload }) =>
    payload.imageReferences.tags.map(({ name, from }) => ({ name, spec: from?.name ?? '', platform })),
  );
  return [...Map.groupBy(named, ({ name }) => name)].flatMap(([name, all]) => {
    const distinct = [...Map.groupBy(all, ({ spec }) => spec).values()].flatMap(([first]) => first ?? []);
    return distinct.map(({ spec, platform }) => ({
      spec,
      name: distinct.length === 1 ? name : `${name} (${platform})`,
    }));
  });
}

/** The images that are audited of a release: its components, and release images that can not be read, which hide theirs. */
export async function imagesOf(
  { members, unread }: Pick<PlatformReleases, 'members' | 'unread'>,
  open: (pullSpec: string, name: string) => OpenedSource | Promise<OpenedSource>,
): Promise<readonly OpenedSource[]> {
  const opened = componentsOf({ members }).map(async ({ name, spec }) => ({ ...(await open(spec, name)), name }));
  return [...(await Promise.all(opened)), ...unread];
}

/** Components by digest, where the release itself is. Throws `CLI_COMPONENT_UNPINNED`. */
export const beside =
  (source: ImageSource) =>
  (pullSpec: string, name: string): OpenedSource => {
    const { digest } = parseReference(pullSpec);
    if (digest === undefined)
      throw new SlipwayError('CLI_COMPONENT_UNPINNED', 'the component is not named by a digest.', {
        place: { image: pullSpec, field: name },
      });
    return { source, reference: digest, name, pullSpec };
  };
