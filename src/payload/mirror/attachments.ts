import { type Descriptor, type Digest, type ImageContent, type ImageSource, imageContent } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';

/** Suffixes of the tags under which cosign keeps signatures, attestations and bills of materials of `sha256-HEX`. */
const SUFFIXES = ['sig', 'att', 'sbom'] as const;

/** Something that stands beside an image in its repository. */
export interface Attachment {
  /** Tag, or for a referrer its digest. */
  readonly name: string;
  readonly content: ImageContent;
}

/** A repository may list what refers to an image (distribution-spec 1.1, § Listing Referrers). */
type Source = ImageSource & { referrers?(digest: Digest): Promise<readonly Descriptor[]> };

async function ifThere(source: ImageSource, tag: string): Promise<ImageContent | undefined> {
  try {
    return await imageContent(source, tag);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return undefined;
    throw error;
  }
}

/**
 * What stands beside an image, and beside the images of a manifest list: cosign's tags and referrers. Mirrors that drop
 * them break clusters with an image policy (payload format § 3.4; okd issues in § 5, 27).
 */
export async function attachmentsOf(source: Source, { manifests }: ImageContent): Promise<readonly Attachment[]> {
  const found = new Map<string, ImageContent>();
  for (const { digest } of manifests) {
    const tags = SUFFIXES.map((suffix) => `${digest.replace(':', '-')}.${suffix}`);
    const [referrers = [], ...tagged] = await Promise.all([
      source.referrers?.(digest),
      ...tags.map((tag) => ifThere(source, tag)),
    ]);
    for (const [index, content] of tagged.entries()) if (content) found.set(tags[index] ?? '', content);
    for (const { digest: referrer } of referrers) found.set(referrer, await imageContent(source, referrer));
  }
  return [...found].map(([name, content]) => ({ name, content }));
}
