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

/** Manifests beside one image that are copied, or told to be unreadable: real ones have a handful, what is without end ends here. */
const MOST = 1_000;

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

/** What stands beside one manifest: what its tags and its list of referrers name. */
async function beside(source: Source, digest: Digest, seen: ReadonlySet<string>): Promise<Attachments> {
  const found: Attachment[] = [];
  const unread: UnreadAttachment[] = [];
  const add = (name: string, outcome: { content?: ImageContent } | UnreadAttachment): void => {
    if ('error' in outcome) unread.push(outcome);
    else if (outcome.content !== undefined) found.push({ name, content: outcome.content });
  };
  const tags = SUFFIXES.map((suffix) => `${digest.replace(':', '-')}.${suffix}`);
  const [list, ...outcomes] = await Promise.all([
    read(`the list of what refers to ${digest}`, async () => await source.referrers?.(digest)),
    ...tags.map((tag) => read(tag, () => tagged(source, tag))),
  ]);
  for (const [index, outcome] of outcomes.entries()) add(tags[index] ?? '', outcome);
  if ('error' in list) return { found, unread: [...unread, list] };
  const referrers = new Set((list.content ?? []).map((referrer) => referrer.digest));
  for (const referrer of referrers) {
    if (seen.has(referrer)) continue;
    if (found.length + unread.length > MOST) break;
    add(referrer, await read(referrer, () => imageContent(source, referrer)));
  }
  return { found, unread };
}

/**
 * What stands beside an image, and beside the images of a manifest list: cosign's tags and referrers, and what stands
 * beside those, as the signature of a bill of materials; what refers to another comes before it. Mirrors that drop
 * them break clusters with an image policy (payload format § 3.4; okd issues in § 5, 27). What is there and can not be
 * read is told, and that there is more than anybody reads. Throws when a registry does not answer.
 */
export async function attachmentsOf(source: Source, { manifests }: ImageContent): Promise<Attachments> {
  const found = new Map<string, ImageContent>();
  const unread: UnreadAttachment[] = [];
  // Digests are no circle, but a list of referrers may name anything.
  const seen = new Set<string>(manifests.map(({ digest }) => digest));
  // Grows while it is gone through: by the manifests of what was found beside the earlier ones.
  const subjects = manifests.map(({ digest }) => digest);
  for (const digest of subjects) {
    const { found: these, unread: broken } = await beside(source, digest, seen);
    for (const { name, content } of these) {
      if (found.size + unread.length >= MOST) return { found: listed(found), unread: [...unread, tooMany()] };
      found.set(name, content);
      const fresh = content.manifests.map((manifest) => manifest.digest).filter((other) => !seen.has(other));
      for (const other of fresh) seen.add(other);
      subjects.push(...fresh);
    }
    for (const other of broken) {
      if (found.size + unread.length >= MOST) return { found: listed(found), unread: [...unread, tooMany()] };
      unread.push(other);
    }
  }
  return { found: listed(found), unread };
}

/** The last that was found first: it may refer to an earlier one, never the other way round. */
function listed(found: ReadonlyMap<string, ImageContent>): readonly Attachment[] {
  return [...found].map(([name, content]) => ({ name, content })).reverse();
}

function tooMany(): UnreadAttachment {
  return {
    name: 'more of what stands beside it',
    error: new SlipwayError('OCI_TOO_LARGE', `more than ${MOST} signatures and other manifests stand there.`),
  };
}
