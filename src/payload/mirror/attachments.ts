import {
  contentOf,
  type Descriptor,
  type Digest,
  type ImageContent,
  type ImageSource,
  imageContent,
  imageName,
  type RawManifest,
} from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';

/** Suffixes of the tags under which cosign keeps signatures, attestations and bills of materials of `sha256-HEX`. */
const SUFFIXES = ['sig', 'att', 'sbom'] as const;

/** What a repository has is not what it should be, or is gone: asking once more changes nothing. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'OCI_DIGEST_MISMATCH',
  'OCI_MANIFEST_INVALID',
  'OCI_MANIFEST_UNKNOWN',
  'OCI_REGISTRY_PROTOCOL',
  'OCI_TOO_LARGE',
]);
const UNREADABLE_BLOB: ReadonlySet<string> = new Set(['OCI_BLOB_TRUNCATED', 'OCI_BLOB_UNKNOWN', 'OCI_DIGEST_MISMATCH']);

/** Something that stands beside an image in its repository. */
export interface Attachment {
  /** Tag, or for a referrer its digest. */
  readonly name: string;
  readonly content: ImageContent;
}

/** Something beside an image that can not be read, and so not be copied. */
export interface UnreadAttachment {
  /** Tag, digest of a referrer, or how the list of referrers is called. */
  readonly name: string;
  readonly error: SlipwayError;
}

export interface Attachments {
  readonly found: readonly Attachment[];
  readonly unread: readonly UnreadAttachment[];
}

/** A repository may list what refers to an image (distribution-spec 1.1, § Listing Referrers). */
type Source = ImageSource & { referrers?(digest: Digest): Promise<readonly Descriptor[]> };

/** Whether an error says that the content of a blob is not there, rather than that a registry failed. */
export function isUnreadableBlob(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && UNREADABLE_BLOB.has(error.code);
}

async function ifThere(source: ImageSource, tag: string): Promise<RawManifest | undefined> {
  try {
    return await source.manifest(tag);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return undefined;
    throw error;
  }
}

async function tagged(source: ImageSource, tag: string): Promise<ImageContent | undefined> {
  const raw = await ifThere(source, tag);
  return raw === undefined ? undefined : await contentOf(source, raw, imageName(source, tag));
}

/** What was read under a name, if it is there, or why it can not be read. Throws when a registry does not answer. */
async function read<T>(name: string, work: () => Promise<T | undefined>): Promise<{ content?: T } | UnreadAttachment> {
  try {
    const content = await work();
    return content === undefined ? {} : { content };
  } catch (error) {
    if (error instanceof SlipwayError && UNREADABLE.has(error.code)) return { name, error };
    throw error;
  }
}

/**
 * What stands beside an image, and beside the images of a manifest list: cosign's tags and referrers. Mirrors that drop
 * them break clusters with an image policy (payload format § 3.4; okd issues in § 5, 27). What is there and can not be
 * read is told. Throws when a registry does not answer.
 */
export async function attachmentsOf(source: Source, { manifests }: ImageContent): Promise<Attachments> {
  const found = new Map<string, ImageContent>();
  const unread: UnreadAttachment[] = [];
  const add = (name: string, outcome: { content?: ImageContent } | UnreadAttachment): void => {
    if ('error' in outcome) unread.push(outcome);
    else if (outcome.content !== undefined) found.set(name, outcome.content);
  };
  for (const { digest } of manifests) {
    const tags = SUFFIXES.map((suffix) => `${digest.replace(':', '-')}.${suffix}`);
    const [list, ...outcomes] = await Promise.all([
      read(`the list of what refers to ${digest}`, async () => await source.referrers?.(digest)),
      ...tags.map((tag) => read(tag, () => tagged(source, tag))),
    ]);
    for (const [index, outcome] of outcomes.entries()) add(tags[index] ?? '', outcome);
    if ('error' in list) unread.push(list);
    else
      for (const { digest: referrer } of list.content ?? [])
        add(referrer, await read(referrer, () => imageContent(source, referrer)));
  }
  return { found: [...found].map(([name, content]) => ({ name, content })), unread };
}
