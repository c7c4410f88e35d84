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
import { mountSource } from '../create/mount.ts';
import type { MirrorImage, MirrorPlan } from './plan.ts';

export interface MirrorProgress {
  /** Bytes that the target has, of those that the release is made of. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly blobs: number;
  readonly totalBlobs: number;
  /** Bytes that had to be sent, of `bytes`: what a rate is computed of. */
  readonly sent: number;
}

export interface MirrorOptions {
  /** Opens the repository of a pull spec; it may read from elsewhere, as from a mirror. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** The repository of the plan. */
  readonly to: ImageTarget;
  /** Blobs at a time, default 6. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Ends the copy between two pieces; what is there already stays, and the next copy goes on with it. */
  readonly signal?: AbortSignal;
}

export interface Mirrored {
  readonly images: number;
  readonly blobs: number;
  /** Bytes that were sent; the rest was there already. */
  readonly sent: number;
  readonly totalBytes: number;
}

interface Part {
  readonly image: MirrorImage;
  readonly source: ImageSource;
  readonly content: ImageContent;
}

function failed(image: MirrorImage, cause: unknown): unknown {
  if (!(cause instanceof SlipwayError)) return cause;
  const what = image.component === undefined ? 'the release image' : `component "${image.component}"`;
  return new SlipwayError(cause.code, `${what}: ${messageOf(cause)}`, {
    place: { ...cause.place, image: image.source },
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    cause,
  });
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new SlipwayError('PAYLOAD_MIRROR_STOPPED', 'the copy was stopped; run the command again to go on with it.', {
    exitCode: 2,
  });
}

/** Counts what passes, and stops between two chunks when asked to. */
function counted(content: Readable, count: (bytes: number) => void, signal: AbortSignal | undefined): Readable {
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      stopIfAsked(signal);
      count(chunk.length);
      yield chunk;
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

/**
 * Copies a release with all its images: every blob once, the largest first, then the manifests of the components by
 * digest and tag, and last the release image, so that nobody sees a release with a component missing. What the target
 * has is not sent again: a copy that was ended, also by SIGKILL, goes on where it stood. Memory: the manifests and a
 * few chunks per blob under way. Throws `OCI_…` errors that name component and pull spec, `PAYLOAD_MIRROR_STOPPED`.
 */
export async function mirrorPayload(plan: MirrorPlan, options: MirrorOptions): Promise<Mirrored> {
  const { to, signal, concurrency = 6 } = options;
  const parts = await mapLimit(plan.images, concurrency, async (image): Promise<Part> => {
    stopIfAsked(signal);
    try {
      const source = options.resolve(image.source);
      return { image, source, content: await imageContent(source, image.digest) };
    } catch (cause) {
      throw failed(image, cause);
    }
  });
  const blobs = new Map<Digest, Part & { readonly blob: Descriptor }>();
  for (const part of parts) for (const blob of part.content.blobs) blobs.set(blob.digest, { ...part, blob });
  const totalBytes = [...blobs.values()].reduce((sum, { blob }) => sum + blob.size, 0);

  const progress = { bytes: 0, blobs: 0, sent: 0 };
  const tell = (): void => options.onProgress?.({ ...progress, totalBytes, totalBlobs: blobs.size });
  tell();
  // A large blob that starts last would be waited for alone.
  const ordered = [...blobs.values()].sort((a, b) => b.blob.size - a.blob.size);
  await mapLimit(ordered, concurrency, async ({ image, source, blob }) => {
    stopIfAsked(signal);
    let passed = 0;
    const counting: ImageSource = {
      name: source.name,
      manifest: (reference) => source.manifest(reference),
      blob: async (descriptor) => {
        // Another try begins anew.
        progress.bytes -= passed;
        passed = 0;
        const count = (bytes: number): void => {
          passed += bytes;
          progress.bytes += bytes;
          progress.sent += bytes;
          tell();
        };
        return counted(await source.blob(descriptor), count, signal);
      },
    };
    try {
      await copyBlob(counting, blob, to, mountSource(source.name, to.name));
    } catch (cause) {
      throw failed(image, cause);
    }
    progress.bytes += blob.size - passed;
    progress.blobs += 1;
    tell();
  });

  const release = parts.filter(({ image }) => image === plan.release);
  const put = async ({ image, content }: Part): Promise<void> => {
    stopIfAsked(signal);
    try {
      for (const { digest, mediaType, bytes } of content.manifests) await to.putManifest(digest, mediaType, bytes);
      const last = content.manifests.at(-1);
      if (last) await to.putManifest(image.tag, last.mediaType, last.bytes);
    } catch (cause) {
      throw failed(image, cause);
    }
  };
  await mapLimit(
    parts.filter((part) => !release.includes(part)),
    concurrency,
    put,
  );
  for (const part of release) await put(part);
  return { images: parts.length, blobs: blobs.size, sent: progress.sent, totalBytes };
}

/**
 * Copies what stands beside an image under the names that cosign gives it (`sha256-HEX.sig`, `.att`, `.sbom`) and what
 * refers to it: mirrors that drop them break clusters with an image policy (payload format § 3.4). Returns the names.
 */
export async function mirrorAttachments(
  from: ImageSource & { referrers?(digest: Digest): Promise<readonly Descriptor[]> },
  digest: string,
  to: ImageTarget,
): Promise<readonly string[]> {
  if (!isDigest(digest)) throw new SlipwayError('OCI_DIGEST_INVALID', `"${digest}" is not a digest.`);
  const copied: string[] = [];
  const copy = async (reference: string, tag: string): Promise<void> => {
    const content = await imageContent(from, reference);
    for (const blob of content.blobs) await copyBlob(from, blob, to);
    for (const { digest, mediaType, bytes } of content.manifests) await to.putManifest(digest, mediaType, bytes);
    const last = content.manifests.at(-1);
    if (last && tag !== reference) await to.putManifest(tag, last.mediaType, last.bytes);
    copied.push(tag);
  };
  for (const suffix of ['sig', 'att', 'sbom']) {
    const tag = `${digest.replace(':', '-')}.${suffix}`;
    const there = await from.manifest(tag).then(
      ({ digest: manifest }) => manifest,
      (error: unknown) => {
        if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return undefined;
        throw error;
      },
    );
    if (there !== undefined) await copy(there, tag);
  }
  for (const referrer of (await from.referrers?.(digest)) ?? []) await copy(referrer.digest, referrer.digest);
  return copied;
}
