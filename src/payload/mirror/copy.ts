import {
  type CopyBlobOptions,
  copyBlob,
  type Descriptor,
  type Digest,
  type ImageContent,
  type ImageSource,
  type ImageTarget,
  imageContent,
  isDigest,
} from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { mountSource } from '../images/index.ts';
import { type Attachment, type Attachments, attachmentsOf, isUnreadableBlob } from './attachments.ts';
import { failed, stopIfAsked, titleOf } from './errors.ts';
import { Meter, type MirrorProgress } from './meter.ts';
import type { MirrorImage, MirrorPlan } from './plan.ts';

export interface MirrorOptions {
  /** Opens the repository of a pull spec; it may read from elsewhere, as from a mirror. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** The repository of the plan. */
  readonly to: ImageTarget;
  /** Blobs at a time, default 6. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Told of content that the target has, but damaged, and that is sent again. */
  readonly onDamaged?: (reason: string) => void;
  /**
   * Told of what stands beside an image and can not be read, in a sentence: it is left out. Where nobody is to be told, it
   * ends the copy.
   */
  readonly onUnread?: (reason: string) => void;
  /** Ends the copy between two pieces; what is there already stays, and the next copy goes on with it. */
  readonly signal?: AbortSignal;
}

/** A manifest in the target, by digest only where it has no tag: a member of a list, a referrer. */
export interface CopiedManifest {
  readonly digest: string;
  readonly tag: string | undefined;
}

export interface Mirrored {
  readonly images: number;
  /** Signatures, attestations and bills of materials that were copied with them. */
  readonly attachments: number;
  readonly blobs: number;
  /** Bytes that were sent; the rest was there already. */
  readonly sent: number;
  readonly totalBytes: number;
  /** What is in the target now, in the order of the images. */
  readonly manifests: readonly CopiedManifest[];
}

interface Part {
  readonly image: MirrorImage;
  readonly source: ImageSource;
  readonly content: ImageContent;
  readonly attachments: Attachments;
}

const CONCURRENCY = 6;

/** Says of something beside an image that it is left out; ends the copy where nobody is told. */
function leaveOut(image: MirrorImage, name: string, error: SlipwayError, { onUnread }: MirrorOptions): void {
  const what = `${titleOf(image)}: ${name} can not be read`;
  if (onUnread === undefined)
    throw new SlipwayError('PAYLOAD_ATTACHMENT_UNREADABLE', `${what}: ${error.message}`, {
      place: { image: image.source },
      cause: error,
    });
  onUnread(`${what}, and is not copied: ${error.describe()}`);
}

/** What is copied, and who reads it. */
interface Copy {
  readonly parts: readonly Part[];
  /** Each blob once, the largest first: one that starts last would be waited for alone. */
  readonly blobs: readonly CopiedBlob[];
}

interface CopiedBlob {
  readonly blob: Descriptor;
  /** The image that needs it; where none does, all that stands beside images and needs it. */
  readonly uses: readonly BlobUse[];
}

interface BlobUse extends Pick<Part, 'image' | 'source'> {
  readonly blob: Descriptor;
  /** What stands beside the image and needs the blob, unless the image itself does. */
  readonly attachment: Attachment | undefined;
}

/** Something beside an image that lacks a blob. */
interface Lost {
  readonly image: MirrorImage;
  readonly attachment: Attachment;
  readonly error: SlipwayError;
}

/** Asks for the manifests of all images, and for what stands beside them. */
async function plan(images: readonly MirrorImage[], options: MirrorOptions): Promise<Copy> {
  const { signal, concurrency = CONCURRENCY } = options;
  const parts = await mapLimit(images, concurrency, async (image): Promise<Part> => {
    stopIfAsked(signal);
    try {
      const source = options.resolve(image.source);
      const content = await imageContent(source, image.digest);
      return { image, source, content, attachments: await attachmentsOf(source, content) };
    } catch (cause) {
      throw failed(image, cause, signal);
    }
  });
  for (const { image, attachments } of parts)
    for (const { name, error } of attachments.unread) leaveOut(image, name, error, options);
  const blobs = new Map<Digest, BlobUse[]>();
  const need = ({ image, source }: Part, content: ImageContent, attachment?: Attachment): void => {
    for (const blob of content.blobs) {
      const uses = blobs.get(blob.digest) ?? [];
      blobs.set(blob.digest, uses);
      // What an image needs is its repository's to give: an image is copied whole or not at all.
      if (uses[0] === undefined || uses[0].attachment !== undefined) uses.push({ image, source, blob, attachment });
    }
  };
  for (const part of parts) need(part, part.content);
  for (const part of parts) for (const attachment of part.attachments.found) need(part, attachment.content, attachment);
  const needed = [...blobs.values()].flatMap((uses) =>
    uses.slice(0, 1).map(({ blob }): CopiedBlob => ({ blob, uses })),
  );
  return { parts, blobs: needed.sort((a, b) => b.blob.size - a.blob.size) };
}

/**
 * Copies a blob from the first repository that has it: `{}`, the configuration of most referrers (image-spec 1.1,
 * § Guidance for an Empty Descriptor), is in nearly every one, and missing in one it takes nothing from the others.
 * Gives what stands beside images and lacks the blob, each with the error of its own repository.
 */
async function copyNeeded(
  { uses }: CopiedBlob,
  counting: (source: ImageSource) => ImageSource,
  check: Required<CopyBlobOptions>['check'],
  { to, signal }: MirrorOptions,
): Promise<readonly Lost[]> {
  const errors = new Map<string, SlipwayError>();
  const asked = ({ source, blob }: BlobUse): string => `${blob.size} ${source.name}`;
  for (const use of uses) {
    stopIfAsked(signal);
    if (errors.has(asked(use))) continue;
    const { image, source, blob, attachment } = use;
    try {
      await copyBlob(counting(source), blob, to, { mountFrom: mountSource(source.name, to.name), check });
      return [];
    } catch (cause) {
      if (attachment === undefined || !isUnreadableBlob(cause)) throw failed(image, cause, signal);
      errors.set(asked(use), cause);
    }
  }
  return uses.flatMap((use) => {
    const { image, attachment } = use;
    const error = errors.get(asked(use));
    return attachment === undefined || error === undefined ? [] : [{ image, attachment, error }];
  });
}

function copied({ manifests }: ImageContent, name: string): readonly CopiedManifest[] {
  return manifests.map(({ digest }, index) => ({
    digest,
    tag: index < manifests.length - 1 || isDigest(name) ? undefined : name,
  }));
}

/** Makes the manifests of an image visible: what stands beside it, its members by digest, the image under its tag. */
async function putImage({ image, content, attachments }: Part, to: ImageTarget): Promise<void> {
  const put = async ({ manifests }: ImageContent, tag: string): Promise<void> => {
    for (const [index, { digest, mediaType, bytes }] of manifests.entries())
      await to.putManifest(index === manifests.length - 1 ? tag : digest, mediaType, bytes);
  };
  for (const attachment of attachments.found) await put(attachment.content, attachment.name);
  await put(content, image.tag);
}

/**
 * Copies images with what stands beside them (signatures, attestations, referrers): every blob once, the largest first,
 * then the manifests by digest and tag, and last the last of the images: of a release that is the release itself, so
 * that nobody sees one with a component missing. What the target has is not sent again: a copy that was ended, also by
 * SIGKILL, goes on where it stood. Memory: the manifests and a few chunks per blob under way. Throws `OCI_…` errors
 * that name component and pull spec, `PAYLOAD_ATTACHMENT_UNREADABLE`, `PAYLOAD_MIRROR_STOPPED`.
 */
export async function mirrorImages(images: readonly MirrorImage[], options: MirrorOptions): Promise<Mirrored> {
  const { to, signal, concurrency = CONCURRENCY } = options;
  const { parts, blobs } = await plan(images, options);
  const meter = new Meter(blobs, options.onProgress);
  const onDamaged = (reason: string): void => options.onDamaged?.(reason);
  const broken = new Set<Attachment>();
  await mapLimit(blobs, concurrency, async (needed) => {
    const { counting, done, lost, read } = meter.of(needed.blob, signal);
    const lacking = await copyNeeded(needed, counting, { onRead: read, onDamaged, signal }, options);
    for (const { image, attachment, error } of lacking) {
      if (!broken.has(attachment)) leaveOut(image, attachment.name, error, options);
      broken.add(attachment);
    }
    if (lacking.length === 0) done();
    else lost();
  });
  const isWhole = (attachment: Attachment): boolean => !broken.has(attachment);
  const whole = parts.map((part): Part => {
    const { found, unread } = part.attachments;
    return { ...part, attachments: { found: found.filter(isWhole), unread } };
  });
  const put = async (part: Part): Promise<void> => {
    stopIfAsked(signal);
    try {
      await putImage(part, to);
    } catch (cause) {
      throw failed(part.image, cause, signal);
    }
  };
  await mapLimit(whole.slice(0, -1), concurrency, put);
  for (const part of whole.slice(-1)) await put(part);
  const { sent, totalBytes, blobs: complete } = meter.state;
  return {
    images: parts.length,
    blobs: complete,
    sent,
    totalBytes,
    attachments: whole.reduce((sum, { attachments }) => sum + attachments.found.length, 0),
    manifests: whole.flatMap(({ image, content, attachments }) => [
      ...attachments.found.flatMap((attachment) => copied(attachment.content, attachment.name)),
      ...copied(content, image.tag),
    ]),
  };
}

/** {@link mirrorImages} for a whole release. */
export async function mirrorPayload(plan: MirrorPlan, options: MirrorOptions): Promise<Mirrored> {
  return await mirrorImages(plan.images, options);
}
