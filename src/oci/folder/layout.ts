import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { readFileBounded, SlipwayError, systemCode } from '../../util/index.ts';
import { fileBytes, readAll, verified } from '../bytes/index.ts';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  hasDigest,
  hexOf,
  isDigest,
  parseIndex,
  statedMediaType,
} from '../format/index.ts';
import type { ImageSource, RawManifest } from '../source.ts';

/** Annotation that names an image inside a layout (image-spec 1.1, § Annotation Rules). */
const REF_NAME = 'org.opencontainers.image.ref.name';
const MAX_MANIFEST = 4 << 20;

export interface LayoutImage {
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** An OCI image layout folder (image-spec 1.1, § Image Layout), read only. */
export class OciLayout implements ImageSource {
  readonly name: string;
  readonly #images: readonly LayoutImage[];

  constructor(folder: string, images: readonly LayoutImage[]) {
    this.name = folder;
    this.#images = images;
  }

  /** Named images, in the order of `index.json`. */
  images(): readonly LayoutImage[] {
    return this.#images;
  }

  async manifest(nameOrDigest: string): Promise<RawManifest> {
    const image = `${this.name}:${nameOrDigest}`;
    const named = this.#images.find(({ name }) => name === nameOrDigest)?.descriptor;
    const digest = named?.digest ?? (isDigest(nameOrDigest) ? nameOrDigest : undefined);
    if (digest === undefined)
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the layout has no image of that name.', { place: { image } });
    await this.#expect(digest, 'OCI_MANIFEST_UNKNOWN', image);
    const bytes = await readAll(createReadStream(this.#path(digest)), MAX_MANIFEST, image);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place: { image } });
    return { digest, mediaType: named?.mediaType ?? statedMediaType(bytes, { image }), bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    await this.#expect(descriptor.digest, 'OCI_BLOB_UNKNOWN', this.name);
    // Buffers as small as the content; a byte more, so that a file that is longer than it should be is seen to be.
    const stream = fileBytes(this.#path(descriptor.digest), { end: descriptor.size });
    return verified(stream, descriptor, this.name);
  }

  /** Throws `code` when a blob is not here. */
  async #expect(digest: Digest, code: string, image: string): Promise<void> {
    try {
      await stat(this.#path(digest));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      throw new SlipwayError(code, `the layout lacks ${digest}.`, { place: { image }, cause: error });
    }
  }

  #path(digest: Digest): string {
    return join(this.name, 'blobs', algorithmOf(digest), hexOf(digest));
  }
}

/** Opens an OCI layout. Throws `OCI_LAYOUT_INVALID`, `OCI_MANIFEST_INVALID`. */
export async function openLayout(folder: string): Promise<OciLayout> {
  const file = join(folder, 'index.json');
  let bytes: Buffer;
  try {
    await stat(join(folder, 'oci-layout'));
    bytes = await readFileBounded(file);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError('OCI_LAYOUT_INVALID', 'the folder is not an OCI image layout.', {
      place: { file: folder },
      cause: error,
    });
  }
  const index = parseIndex(bytes, { file });
  const images = index.manifests.flatMap((descriptor) => {
    const name = descriptor.annotations?.[REF_NAME];
    return name === undefined ? [] : [{ name, descriptor }];
  });
  const twice = images.find(({ name }, position) => images.findIndex((other) => other.name === name) !== position);
  if (twice) throw new SlipwayError('OCI_LAYOUT_INVALID', `two images are named "${twice.name}".`, { place: { file } });
  return new OciLayout(folder, images);
}
