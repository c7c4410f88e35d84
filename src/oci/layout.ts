import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { SlipwayError, systemCode } from '../util/index.ts';
import { algorithmOf, type Digest, hasDigest, hexOf, isDigest } from './digest.ts';
import { type Descriptor, parseIndex, statedMediaType } from './manifest.ts';
import type { ImageSource, RawManifest } from './source.ts';
import { verified } from './verified.ts';

/** Annotation that names an image inside a layout (image-spec 1.1, § Annotation Rules). */
const REF_NAME = 'org.opencontainers.image.ref.name';
const READ_CHUNK = 1 << 20;

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
    const named = this.#images.find(({ name }) => name === nameOrDigest);
    if (!named && !isDigest(nameOrDigest)) {
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', `the layout has no image of that name.`, { place: { image } });
    }
    const digest = named?.descriptor.digest ?? (nameOrDigest as Digest);
    const bytes = await this.#read(digest, image);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place: { image } });
    return { digest, mediaType: named?.descriptor.mediaType ?? statedMediaType(bytes, { image }), bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    const path = this.#path(descriptor.digest);
    try {
      await stat(path);
    } catch (error) {
      throw this.#missing('OCI_BLOB_UNKNOWN', error, descriptor.digest, this.name);
    }
    return verified(createReadStream(path, { highWaterMark: READ_CHUNK }), descriptor, this.name);
  }

  #path(digest: Digest): string {
    return join(this.name, 'blobs', algorithmOf(digest), hexOf(digest));
  }

  async #read(digest: Digest, image: string): Promise<Buffer> {
    try {
      return await readFile(this.#path(digest));
    } catch (error) {
      throw this.#missing('OCI_MANIFEST_UNKNOWN', error, digest, image);
    }
  }

  #missing(code: string, error: unknown, digest: Digest, image: string): unknown {
    if (systemCode(error) !== 'ENOENT') return error;
    return new SlipwayError(code, `the layout lacks ${digest}.`, { place: { image }, cause: error });
  }
}

/** Opens an OCI layout. Throws `OCI_LAYOUT_INVALID`, `OCI_MANIFEST_INVALID`. */
export async function openLayout(folder: string): Promise<OciLayout> {
  const file = join(folder, 'index.json');
  let bytes: Buffer;
  try {
    await stat(join(folder, 'oci-layout'));
    bytes = await readFile(file);
  } catch (error) {
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
