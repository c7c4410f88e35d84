import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { parserOf, readJson, SlipwayError } from '../../util/index.ts';
import { fileBytes, readAll, verified } from '../bytes/index.ts';
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  hasDigest,
  hasherFor,
  isDigest,
  MEDIA,
  parseConfig,
  parseDigest,
  parseIndex,
  statedMediaType,
} from '../format/index.ts';
import { CODECS, MAGIC_LENGTH } from '../layer/index.ts';
import type { ImageSource, RawManifest } from '../source.ts';
import { type ArchiveIndex, type Extent, indexArchive } from './index-file.ts';

const MAX_DOCUMENT = 8 << 20;
const REF_NAME = 'org.opencontainers.image.ref.name';

/** `manifest.json` of `docker save` and `podman save` (moby's image specification 1.2, § Combined Image JSON). */
const SavedImages = Type.Array(
  Type.Object({
    Config: Type.String(),
    RepoTags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
    Layers: Type.Array(Type.String()),
  }),
);
const parseSaved = parserOf(SavedImages, 'OCI_ARCHIVE_INVALID');
type SavedImage = Static<typeof SavedImages>[number];

/** One image of an archive. */
export interface ArchivedImage {
  /** `localhost/console:1`, or the digest where nothing names it. */
  readonly name: string;
  readonly digest: Digest;
}

/**
 * Images in one tar file: as `docker save` and `podman save` write them (docker-archive), or an OCI layout in a tar file
 * (oci-archive). Read only. A docker-archive has no manifests; the one that stands in for it here has the layers as
 * they are in the file, most often uncompressed.
 */
export class ImageArchive implements ImageSource {
  readonly name: string;
  readonly #images: readonly ArchivedImage[];
  readonly #manifests: ReadonlyMap<Digest, RawManifest>;
  readonly #blobs: ReadonlyMap<Digest, Extent>;

  constructor(
    file: string,
    images: readonly ArchivedImage[],
    manifests: ReadonlyMap<Digest, RawManifest>,
    blobs: ReadonlyMap<Digest, Extent>,
  ) {
    this.name = file;
    this.#images = images;
    this.#manifests = manifests;
    this.#blobs = blobs;
  }

  /** Images in the order of the archive. */
  images(): readonly ArchivedImage[] {
    return this.#images;
  }

  async manifest(nameOrDigest: string): Promise<RawManifest> {
    const place = { image: `${this.name}:${nameOrDigest}` };
    const named = this.#images.find(({ name }) => name === nameOrDigest)?.digest;
    const digest = named ?? (isDigest(nameOrDigest) ? nameOrDigest : undefined);
    const kept = digest && this.#manifests.get(digest);
    if (kept) return kept;
    const extent = digest && this.#blobs.get(digest);
    if (digest === undefined || extent === undefined)
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the archive has no image of that name.', { place });
    const bytes = await readExtent(this.name, extent);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}.`, { place });
    return { digest, mediaType: statedMediaType(bytes, place), bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    const extent = this.#blobs.get(descriptor.digest);
    if (!extent)
      throw new SlipwayError('OCI_BLOB_UNKNOWN', `the archive lacks ${descriptor.digest}.`, {
        place: { image: this.name },
      });
    return verified(streamOf(this.name, extent), descriptor, this.name);
  }
}

const streamOf = (file: string, { start, size }: Extent): Readable =>
  size === 0 ? Readable.from([]) : fileBytes(file, { start, end: start + size - 1 });

const readExtent = (file: string, extent: Extent): Promise<Buffer> =>
  readAll(streamOf(file, extent), MAX_DOCUMENT, file);

/** Opens a docker-archive or oci-archive. Throws `OCI_ARCHIVE_INVALID`, naming the file and what is missing in it. */
export async function openArchive(file: string): Promise<ImageArchive> {
  const index = await indexArchive(file);
  const extentOf = (path: string): Extent => {
    const extent = index.files.get(path) ?? index.files.get(index.links.get(path) ?? '');
    if (extent) return extent;
    throw new SlipwayError('OCI_ARCHIVE_INVALID', `the archive lacks ${path}.`, { place: { file } });
  };
  // `docker save` of today writes both forms into one file; the layout has the true manifests.
  if (index.files.has('oci-layout') && index.files.has('index.json')) return await openLayoutArchive(file, index);
  if (index.files.has('manifest.json')) return await openSavedImages(file, extentOf);
  throw new SlipwayError('OCI_ARCHIVE_INVALID', 'the archive has neither manifest.json nor an OCI layout.', {
    place: { file },
    hint: 'Write one with `podman save`, `docker save` or `skopeo copy … docker-archive:FILE`.',
  });
}

async function openLayoutArchive(file: string, { files }: ArchiveIndex): Promise<ImageArchive> {
  const blobs = new Map<Digest, Extent>();
  for (const [path, extent] of files) {
    const [, algorithm, hex] = /^blobs\/([a-z0-9]+)\/([0-9a-f]+)$/u.exec(path) ?? [];
    const digest = `${algorithm}:${hex}`;
    if (isDigest(digest)) blobs.set(digest, extent);
  }
  const extent = files.get('index.json') ?? { start: 0, size: 0 };
  const { manifests } = parseIndex(await readExtent(file, extent), { file });
  const images = manifests.map(({ digest, annotations }) => ({ name: annotations?.[REF_NAME] ?? digest, digest }));
  return new ImageArchive(file, images, new Map(), blobs);
}

async function openSavedImages(file: string, extentOf: (path: string) => Extent): Promise<ImageArchive> {
  const saved = parseSaved(readJson((await readExtent(file, extentOf('manifest.json'))).toString('utf8')), {
    file,
    field: 'manifest.json',
  });
  const blobs = new Map<Digest, Extent>();
  const manifests = new Map<Digest, RawManifest>();
  const images: ArchivedImage[] = [];
  for (const image of saved) {
    const manifest = await manifestOf(file, image, extentOf, blobs);
    manifests.set(manifest.digest, manifest);
    for (const name of image.RepoTags ?? []) images.push({ name, digest: manifest.digest });
    if ((image.RepoTags ?? []).length === 0) images.push({ name: manifest.digest, digest: manifest.digest });
  }
  return new ImageArchive(file, images, manifests, blobs);
}

/** The manifest that a saved image would have with its layers as they are in the file. */
async function manifestOf(
  file: string,
  { Config, Layers }: SavedImage,
  extentOf: (path: string) => Extent,
  blobs: Map<Digest, Extent>,
): Promise<RawManifest> {
  const config = await readExtent(file, extentOf(Config));
  const diffIds = parseConfig(config, { file, field: Config }).rootfs.diff_ids;
  if (diffIds.length !== Layers.length)
    throw new SlipwayError('OCI_ARCHIVE_INVALID', `${Layers.length} layers, but ${diffIds.length} diffIDs.`, {
      place: { file, field: Config },
    });
  const layers: { mediaType: string; digest: Digest; size: number }[] = [];
  for (const [index, path] of Layers.entries()) {
    const extent = extentOf(path);
    const digest = await layerDigest(file, extent, parseDigest(diffIds[index] ?? ''));
    blobs.set(digest, extent);
    layers.push({ mediaType: MEDIA.dockerLayer, digest, size: extent.size });
  }
  const digest = digestOf(config);
  blobs.set(digest, extentOf(Config));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.dockerManifest,
    config: { mediaType: MEDIA.dockerConfig, digest, size: config.length },
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { digest: digestOf(bytes), mediaType: MEDIA.dockerManifest, bytes };
}

/** An uncompressed layer's digest is its diffID (checked when it is read); a compressed one is hashed. */
async function layerDigest(file: string, extent: Extent, diffId: Digest): Promise<Digest> {
  const start = await readExtent(file, { start: extent.start, size: Math.min(extent.size, MAGIC_LENGTH) });
  if (!CODECS.some(({ matches }) => matches(start))) return diffId;
  const hash = hasherFor(diffId);
  for await (const chunk of streamOf(file, extent) as AsyncIterable<Buffer>) hash.update(chunk);
  return parseDigest(`${algorithmOf(diffId)}:${hash.digest('hex')}`);
}
