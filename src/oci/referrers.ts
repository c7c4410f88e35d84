import { SlipwayError } from '../util/index.ts';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  hexOf,
  type ImageIndex,
  isIndexType,
  MEDIA,
  parseIndex,
  parseManifest,
} from './format/index.ts';
import type { ImageSource, ImageTarget } from './source.ts';

/** What fits into a tag of the digest's hex digits. */
const LONGEST_ENCODED = 64;

/** A manifest that refers to another, and how it stands in the list of that one's referrers. */
export interface Referrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/** What a manifest refers to, if anything (distribution-spec 1.1, § Pushing Manifests with Subject). */
export function referrerOf(digest: Digest, mediaType: string, bytes: Uint8Array, image: string): Referrer | undefined {
  const index = isIndexType(mediaType);
  const manifest = index ? parseIndex(bytes, { image }) : parseManifest(bytes, { image });
  if (manifest.subject === undefined) return undefined;
  // An empty type is the same as none (§ Listing Referrers).
  const artifactType = manifest.artifactType || ('config' in manifest ? manifest.config.mediaType : undefined);
  return {
    subject: manifest.subject.digest,
    descriptor: {
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    },
  };
}

/** Registries before 1.1 keep the list in an index under a tag (distribution-spec 1.1, § Referrers Tag Schema). */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, LONGEST_ENCODED)}`;
}

/** The list under the tag; empty when there is none. */
export async function taggedReferrers(source: ImageSource, subject: Digest): Promise<Descriptor[]> {
  try {
    return parseIndex((await source.manifest(referrersTag(subject))).bytes, { image: source.name }).manifests;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return [];
    throw error;
  }
}

/** Adds to the list under the tag, for a registry that does not keep it by itself. */
export async function tagReferrer(repository: ImageSource & ImageTarget, referrer: Referrer): Promise<void> {
  const known = await taggedReferrers(repository, referrer.subject);
  if (known.some(({ digest }) => digest === referrer.descriptor.digest)) return;
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [...known, referrer.descriptor] };
  await repository.putManifest(referrersTag(referrer.subject), MEDIA.ociIndex, Buffer.from(JSON.stringify(index)));
}
