import { mapLimit, SlipwayError } from '../util/index.ts';
import { readAll } from './bytes/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  type ImageManifest,
  isIndexType,
  MEDIA,
  parseManifest,
} from './format/index.ts';
import { imageName } from './image.ts';
import type { ImageSource, ImageTarget } from './source.ts';

const BLOBS_AT_ONCE = 4;

/** One blob of an artifact. */
export interface ArtifactBlob {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Artifact {
  /** What the artifact is, as a media type; it stands in the list of its subject's referrers. */
  readonly artifactType: string;
  /** The manifest that it says something about. */
  readonly subject?: Descriptor;
  /** Content, or the descriptor of what `putArtifactBlob` has stored: many large blobs need not be in memory at once. */
  readonly blobs: readonly (ArtifactBlob | Descriptor)[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** image-spec 1.1, § Guidance for an Empty Descriptor */
const EMPTY = { mediaType: MEDIA.ociEmpty, bytes: Buffer.from('{}') };

const descriptorOf = ({ mediaType, bytes, annotations }: ArtifactBlob): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
  ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
});

const describe = (blob: ArtifactBlob | Descriptor): Descriptor => ('bytes' in blob ? descriptorOf(blob) : blob);

/** A descriptor as subjects and lists have it: what, how large, of what type. */
const plain = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

/** Stores one blob of an artifact unless it is there; for `putArtifact`, which makes it part of one. */
export async function putArtifactBlob(target: ImageTarget, blob: ArtifactBlob): Promise<Descriptor> {
  const descriptor = descriptorOf(blob);
  if (!(await target.hasBlob(descriptor.digest))) await target.putBlob(descriptor, blob.bytes);
  return descriptor;
}

/**
 * Stores an artifact (image-spec 1.1, § Guidelines for Artifact Usage): blobs first, the manifest last, under its
 * digest or `tag`. The same artifact gives the same bytes, so storing it again changes nothing. Returns its digest.
 */
export async function putArtifact(target: ImageTarget, artifact: Artifact, tag?: string): Promise<Digest> {
  const { artifactType, subject, blobs, annotations } = artifact;
  // An artifact without content still has one layer, the empty one (§ same).
  const layers = blobs.length === 0 ? [EMPTY] : blobs;
  const content = new Map(
    [EMPTY, ...layers].flatMap((blob) => ('bytes' in blob ? [[digestOf(blob.bytes), blob] as const] : [])),
  );
  await mapLimit(content.values(), BLOBS_AT_ONCE, async (blob) => await putArtifactBlob(target, blob));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType,
    config: descriptorOf(EMPTY),
    layers: layers.map(describe),
    ...(subject === undefined ? {} : { subject: plain(subject) }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return await target.putManifest(tag ?? digestOf(bytes), MEDIA.ociManifest, bytes);
}

/** Manifest of an artifact, its blobs unread. Throws `OCI_ARTIFACT_TYPE` when it is one of another type. */
export async function loadArtifact(
  source: ImageSource,
  tagOrDigest: string,
  artifactType: string,
): Promise<{ readonly digest: Digest; readonly manifest: ImageManifest }> {
  const image = imageName(source, tagOrDigest);
  const { digest, mediaType, bytes } = await source.manifest(tagOrDigest);
  const manifest = isIndexType(mediaType) ? undefined : parseManifest(bytes, { image });
  const found = manifest?.artifactType ?? manifest?.config.mediaType ?? mediaType;
  if (manifest === undefined || found !== artifactType)
    throw new SlipwayError('OCI_ARTIFACT_TYPE', `it is ${found}, not ${artifactType}.`, { place: { image } });
  return { digest, manifest };
}

/** One blob of an artifact in memory. Throws `OCI_TOO_LARGE` above `limit` bytes, and what reading a blob throws. */
export async function artifactBlob(source: ImageSource, blob: Descriptor, limit: number): Promise<Buffer> {
  if (blob.size > limit)
    throw new SlipwayError('OCI_TOO_LARGE', `the content is larger than ${limit} bytes.`, {
      place: { image: imageName(source, blob.digest) },
    });
  return await readAll(await source.blob(blob), limit, imageName(source, blob.digest));
}
