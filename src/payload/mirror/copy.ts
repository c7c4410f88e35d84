import {
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

interface CopiedBlob extends Pick<Part, 'image' | 'source'> {
  readonly blob: Descriptor;
  /** What stands beside the image and needs it, where no image does. */
  readonly attachment: string | undefined;
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
  const blobs = new Map<Digest, CopiedBlob>();
  const need = ({ image, source }: Part, content: ImageContent, attachment?: string): void => {
    for (const blob of content.blobs)
      if (!blobs.has(blob.digest)) blobs.set(blob.digest, { image, source, blob, attachment });
  };
  for (const part of parts) need(part, part.content);
  for (const part of parts) for (const { name, content } of part.attachments.found) need(part, content, name);
  return { parts, blobs: [...blobs.values()].sort((a, b) => b.blob.size - a.blob.size) };
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
  const lost = new Set<Digest>();
  await mapLimit(blobs, concurrency, async ({ image, source, blob, attachment }) => {
    stopIfAsked(signal);
    const { counting, done, read } = meter.of(source, blob, signal);
    const onDamaged = (reason: string): void => options.onDamaged?.(reason);
    try {
      await copyBlob(counting, blob, to, {
        mountFrom: mountSource(source.name, to.name),
        check: { onRead: read, onDamaged, signal },
      });
    } catch (cause) {
      if (attachment === undefined || !isUnreadableBlob(cause)) throw failed(image, cause, signal);
      leaveOut(image, attachment, cause, options);
      lost.add(blob.digest);
    }
    done();
  });
  const isWhole = ({ content }: Attachment): boolean => content.blobs.every(({ digest }) => !lost.has(digest));
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
  const { sent, totalBytes } = meter.state;
  return {
    images: parts.length,
    blobs: blobs.length,
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
