import { Readable } from 'node:stream';
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
import { mapLimit, messageOf, SlipwayError } from '../../util/index.ts';
import { mountSource } from '../images/index.ts';
import { type Attachment, attachmentsOf } from './attachments.ts';
import type { MirrorImage, MirrorPlan } from './plan.ts';

export interface MirrorProgress {
  /** Bytes that the target has, of those that the release is made of. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly blobs: number;
  readonly totalBlobs: number;
  /** Bytes that had to be sent, of `bytes`: what a rate is computed of. */
  readonly sent: number;
  /** Bytes of what the target had that were read to see whether they are right: of a folder all, of a registry none. */
  readonly checked: number;
}

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
  readonly attachments: readonly Attachment[];
}

const CONCURRENCY = 6;

function failed(image: MirrorImage, cause: unknown, signal: AbortSignal | undefined): unknown {
  // What was under way when it was stopped fails of that alone.
  if (signal?.aborted === true) return stopped();
  if (!(cause instanceof SlipwayError)) return cause;
  const what = image.component === undefined ? 'the release image' : `component "${image.component}"`;
  return new SlipwayError(cause.code, `${what}: ${messageOf(cause)}`, {
    place: { ...cause.place, image: image.source },
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    cause,
  });
}

function stopped(): SlipwayError {
  return new SlipwayError('PAYLOAD_MIRROR_STOPPED', 'the copy was stopped; run the command again to go on with it.', {
    exitCode: 130,
  });
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw stopped();
}

/** Counts what passes, and ends it when asked to, also while nothing comes. */
function counted(content: Readable, count: (bytes: number) => void, signal: AbortSignal | undefined): Readable {
  const stop = (): void => void content.destroy(stopped());
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        count(chunk.length);
        yield chunk;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
  return Readable.from(chunks());
}

/** What is copied, and who reads it. */
interface Copy {
  readonly parts: readonly Part[];
  /** Each blob once, the largest first: one that starts last would be waited for alone. */
  readonly blobs: readonly (Pick<Part, 'image' | 'source'> & { readonly blob: Descriptor })[];
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
  const blobs = new Map<Digest, Copy['blobs'][number]>();
  for (const { image, source, content, attachments } of parts)
    for (const blob of [content, ...attachments.map((attachment) => attachment.content)].flatMap(({ blobs }) => blobs))
      blobs.set(blob.digest, { image, source, blob });
  return { parts, blobs: [...blobs.values()].sort((a, b) => b.blob.size - a.blob.size) };
}

/** Counts the bytes of blobs as they pass, and tells. */
class Meter {
  readonly #tell: MirrorOptions['onProgress'];
  readonly #progress: { bytes: number; blobs: number; sent: number; checked: number };
  readonly #totals: { readonly totalBytes: number; readonly totalBlobs: number };

  constructor(blobs: Copy['blobs'], tell: MirrorOptions['onProgress']) {
    this.#tell = tell;
    this.#progress = { bytes: 0, blobs: 0, sent: 0, checked: 0 };
    this.#totals = { totalBytes: blobs.reduce((sum, { blob }) => sum + blob.size, 0), totalBlobs: blobs.length };
    this.#say();
  }

  get state(): MirrorProgress {
    return { ...this.#progress, ...this.#totals };
  }

  /** A source whose bytes are counted for one blob; `done` counts what did not have to be sent, `read` what is checked. */
  of(source: ImageSource, blob: Descriptor, signal: AbortSignal | undefined) {
    let passed = 0;
    const reach = (at: number): void => {
      this.#progress.bytes += at - passed;
      passed = at;
    };
    const read = (at: number): void => {
      this.#progress.checked += Math.max(0, at - passed);
      reach(at);
      this.#say();
    };
    const start = (at: number): ((bytes: number) => void) => {
      // Another try begins anew, or where the last one ended.
      reach(at);
      return (bytes) => {
        passed += bytes;
        this.#progress.bytes += bytes;
        this.#progress.sent += bytes;
        this.#say();
      };
    };
    const from = source.blobFrom?.bind(source);
    const counting: ImageSource = {
      name: source.name,
      manifest: (reference) => source.manifest(reference),
      blob: async (descriptor) => counted(await source.blob(descriptor), start(0), signal),
      ...(from === undefined
        ? {}
        : {
            blobFrom: async (descriptor: Descriptor, at: number) =>
              counted(await from(descriptor, at), start(at), signal),
          }),
    };
    const done = (): void => {
      this.#progress.bytes += blob.size - passed;
      this.#progress.blobs += 1;
      this.#say();
    };
    return { counting, done, read };
  }

  #say(): void {
    this.#tell?.(this.state);
  }
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
  for (const attachment of attachments) await put(attachment.content, attachment.name);
  await put(content, image.tag);
}

/**
 * Copies images with what stands beside them (signatures, attestations, referrers): every blob once, the largest first,
 * then the manifests by digest and tag, and last the last of the images: of a release that is the release itself, so
 * that nobody sees one with a component missing. What the target has is not sent again: a copy that was ended, also by
 * SIGKILL, goes on where it stood. Memory: the manifests and a few chunks per blob under way. Throws `OCI_…` errors
 * that name component and pull spec, `PAYLOAD_MIRROR_STOPPED`.
 */
export async function mirrorImages(images: readonly MirrorImage[], options: MirrorOptions): Promise<Mirrored> {
  const { to, signal, concurrency = CONCURRENCY } = options;
  const { parts, blobs } = await plan(images, options);
  const meter = new Meter(blobs, options.onProgress);
  await mapLimit(blobs, concurrency, async ({ image, source, blob }) => {
    stopIfAsked(signal);
    const { counting, done, read } = meter.of(source, blob, signal);
    const onDamaged = (reason: string): void => options.onDamaged?.(reason);
    try {
      await copyBlob(counting, blob, to, {
        mountFrom: mountSource(source.name, to.name),
        check: { onRead: read, onDamaged, signal },
      });
    } catch (cause) {
      throw failed(image, cause, signal);
    }
    done();
  });
  const put = async (part: Part): Promise<void> => {
    stopIfAsked(signal);
    try {
      await putImage(part, to);
    } catch (cause) {
      throw failed(part.image, cause, signal);
    }
  };
  await mapLimit(parts.slice(0, -1), concurrency, put);
  for (const part of parts.slice(-1)) await put(part);
  const { sent, totalBytes } = meter.state;
  return {
    images: parts.length,
    blobs: blobs.length,
    sent,
    totalBytes,
    manifests: parts.flatMap(({ image, content, attachments }) => [
      ...attachments.flatMap((attachment) => copied(attachment.content, attachment.name)),
      ...copied(content, image.tag),
    ]),
  };
}

/** {@link mirrorImages} for a whole release. */
export async function mirrorPayload(plan: MirrorPlan, options: MirrorOptions): Promise<Mirrored> {
  return await mirrorImages(plan.images, options);
}
