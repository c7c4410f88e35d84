import { Readable } from 'node:stream';
import { mapLimit, SlipwayError } from '../util/index.ts';
import { type Descriptor, type Digest, isForeign, isIndexType, parseIndex, parseManifest } from './format/index.ts';
import { imageName } from './image.ts';
import type { BlobCheck, ImageSource, ImageTarget, RawManifest } from './source.ts';

const BLOBS_AT_ONCE = 4;
/** Tries in a row to copy one blob that brought nothing, when a registry fails on the way. */
const TRIES = 3;
const PASSING: ReadonlySet<string> = new Set([
  'OCI_REGISTRY_UNREACHABLE',
  'OCI_REGISTRY_UNAVAILABLE',
  'OCI_UPLOAD_LOST',
]);

export interface CopyOptions {
  /** Repository of the target's registry that may have the blobs already. */
  readonly mountFrom?: string | undefined;
  readonly onBlob?: (descriptor: Descriptor) => void;
}

/**
 * Copies an image, or a manifest list with all its images, byte for byte: blobs first, manifests last, so that no
 * manifest is ever visible without its blobs. What the target has is not sent again.
 */
export async function copyImage(
  from: ImageSource,
  reference: string,
  to: ImageTarget,
  toReference?: string,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const { digest, mediaType, bytes } = await from.manifest(reference);
  const place = { image: imageName(from, reference) };
  if (isIndexType(mediaType)) {
    for (const member of parseIndex(bytes, place).manifests)
      await copyImage(from, member.digest, to, member.digest, options);
  } else {
    const { config, layers } = parseManifest(bytes, place);
    const blobs = distinct([config, ...layers]).filter((blob) => !isForeign(blob.mediaType));
    await mapLimit(blobs, BLOBS_AT_ONCE, async (blob) => {
      await copyBlob(from, blob, to, options);
      options.onBlob?.(blob);
    });
  }
  await to.putManifest(toReference ?? digest, mediaType, bytes);
  return { digest, mediaType, size: bytes.length };
}

export interface CopyBlobOptions extends Pick<CopyOptions, 'mountFrom'> {
  /** For content that the target has already. */
  readonly check?: Omit<BlobCheck, 'size'>;
}

/** Blobs on their way into each target. */
const underWay = new WeakMap<ImageTarget, Map<Digest, Promise<void>>>();

/**
 * Copies one blob unless the target has it, or can take it over from another of its repositories. Where a connection
 * broke, it goes on from the bytes that the target confirms, as long as each try brings some; where target or source
 * can not, it starts anew, a few times. Images that are copied side by side and share a blob send it once: besides the
 * bytes, a registry may refuse the manifest of the one (docker-registry 2.8 with files: 400 `MANIFEST_BLOB_UNKNOWN`)
 * in the moment in which it takes the same blob from the other.
 */
export async function copyBlob(
  from: ImageSource,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  to: ImageTarget,
  options: CopyBlobOptions = {},
): Promise<void> {
  const blobs = underWay.get(to) ?? new Map<Digest, Promise<void>>();
  underWay.set(to, blobs);
  for (let other = blobs.get(blob.digest); other !== undefined; other = blobs.get(blob.digest))
    // Whoever sends it tells why it failed; here it is tried once more, from this source.
    await other.catch(() => {});
  const copying = sendBlob(from, blob, to, options);
  blobs.set(blob.digest, copying);
  try {
    await copying;
  } finally {
    blobs.delete(blob.digest);
  }
}

async function sendBlob(
  from: ImageSource,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  to: ImageTarget,
  { mountFrom, check }: CopyBlobOptions,
): Promise<void> {
  let reached = 0;
  for (let tries = 1; ; tries++) {
    if (await to.hasBlob(blob.digest, { ...check, size: blob.size })) return;
    if (mountFrom !== undefined && (await to.mountBlob(blob.digest, mountFrom))) return;
    const start = from.blobFrom === undefined ? 0 : ((await to.partOfBlob?.(blob.digest)) ?? 0);
    const part = start > 0 && start <= blob.size;
    if (part && start > reached) tries = 1;
    reached = Math.max(reached, start);
    try {
      if (part && start === blob.size) await to.putBlob(blob, Readable.from([], { objectMode: false }), { start });
      else if (part && from.blobFrom) await to.putBlob(blob, await from.blobFrom(blob, start), { start });
      else await to.putBlob(blob, await from.blob(blob));
      return;
    } catch (error) {
      // A part that was left behind may be damaged; it is gone now, and the whole is fetched.
      const damaged = part && error instanceof SlipwayError && error.code === 'OCI_DIGEST_MISMATCH';
      const passing = damaged || (error instanceof SlipwayError && PASSING.has(error.code));
      if (!passing || tries >= TRIES) throw error;
    }
  }
}

/** What an image, or a manifest list with all its images, is made of. */
export interface ImageContent {
  /** Members of a list first, the manifest asked for last: the order in which they may become visible. */
  readonly manifests: readonly RawManifest[];
  /** Configurations and layers, each once; layers that may not be pushed are left out. */
  readonly blobs: readonly Descriptor[];
}

/** Lists manifests and blobs of an image without fetching the blobs. Throws `OCI_MANIFEST_…`. */
export async function imageContent(from: ImageSource, reference: string): Promise<ImageContent> {
  return await contentOf(from, await from.manifest(reference), imageName(from, reference));
}

/** The same of a manifest that was read already; `image` is how messages call it. */
export async function contentOf(from: ImageSource, raw: RawManifest, image: string): Promise<ImageContent> {
  const place = { image };
  if (!isIndexType(raw.mediaType)) {
    const { config, layers } = parseManifest(raw.bytes, place);
    return { manifests: [raw], blobs: distinct([config, ...layers]).filter((blob) => !isForeign(blob.mediaType)) };
  }
  const members: ImageContent[] = [];
  for (const { digest } of parseIndex(raw.bytes, place).manifests) members.push(await imageContent(from, digest));
  return {
    manifests: [...members.flatMap(({ manifests }) => manifests), raw],
    blobs: distinct(members.flatMap(({ blobs }) => blobs)),
  };
}

function distinct(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
