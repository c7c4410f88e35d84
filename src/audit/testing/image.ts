/** For tests and the benchmark: images held in memory. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf, type ImageSource, type RawManifest, writeLayer } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';

/** What a test layer holds: path ► content; `null` removes the path, `{ link }` is a hard link, `{ symlink }` a symbolic one. */
export type TestFiles = Readonly<
  Record<string, string | Uint8Array | null | { readonly link: string } | { readonly symlink: string }>
>;

export interface TestLayer {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly size: number;
  readonly createdBy: string;
}

const MTIME = 1_700_000_000;

export function makeLayer(files: TestFiles, createdBy = 'RUN make'): TestLayer {
  const entries = Object.entries(files).map(([path, content]) => {
    if (content === null) {
      const slash = path.lastIndexOf('/') + 1;
      const marker = `${path.slice(0, slash)}.wh.${path.slice(slash)}`;
      return { path: marker, type: 'file' as const, mode: 0o644, mtime: MTIME };
    }
    if (typeof content === 'object' && 'link' in content) {
      return { path, type: 'hardlink' as const, mode: 0o644, mtime: MTIME, linkname: content.link };
    }
    if (typeof content === 'object' && 'symlink' in content) {
      return { path, type: 'symlink' as const, mode: 0o777, mtime: MTIME, linkname: content.symlink };
    }
    return { path, type: 'file' as const, mode: 0o644, mtime: MTIME, content: Buffer.from(content) };
  });
  return { ...writeLayer(entries), createdBy };
}

/** A layer that is not what `makeLayer` makes: any bytes as an archive. */
export function rawLayer(archive: Uint8Array, createdBy = 'RUN make'): TestLayer {
  const bytes = gzipSync(archive);
  const diffId: Digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  return { bytes, digest: digestOf(bytes), diffId, size: bytes.length, createdBy };
}

const OCI = 'application/vnd.oci.image';

/** A source of images that counts how often each blob is read and each manifest asked for. */
export class MemorySource implements ImageSource {
  readonly name = 'memory';
  readonly reads = new Map<string, number>();
  readonly asked = new Map<string, number>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #manifests = new Map<string, RawManifest>();

  /** Adds an image; returns the digest of its manifest. `history` replaces one entry a layer. */
  add(
    layers: readonly TestLayer[],
    options: { labels?: Record<string, string>; history?: { created_by: string; empty_layer?: boolean }[] } = {},
  ): Digest {
    for (const layer of layers) this.#blobs.set(layer.digest, layer.bytes);
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Labels: options.labels ?? {} },
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
        history: options.history ?? layers.map(({ createdBy }) => ({ created_by: createdBy })),
      }),
    );
    this.#blobs.set(digestOf(config), config);
    const mediaType = `${OCI}.manifest.v1+json`;
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: { mediaType: `${OCI}.config.v1+json`, digest: digestOf(config), size: config.length },
        layers: layers.map(({ digest, size }) => ({ mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size })),
      }),
    );
    const digest = digestOf(bytes);
    this.#manifests.set(digest, { digest, mediaType, bytes });
    return digest;
  }

  /** Adds a manifest list of images that may be there or not: platform (`linux/arm64`) ► digest. */
  addList(members: Readonly<Record<string, Digest>>): Digest {
    const manifests = Object.entries(members).map(([platform, digest]) => {
      const [os, architecture] = platform.split('/');
      return { mediaType: `${OCI}.manifest.v1+json`, digest, size: 1, platform: { os, architecture } };
    });
    const mediaType = `${OCI}.index.v1+json`;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const digest = digestOf(bytes);
    this.#manifests.set(digest, { digest, mediaType, bytes });
    return digest;
  }

  /** Replaces the bytes of a blob, as a faulty registry would. */
  spoil(digest: string, bytes: Uint8Array): void {
    this.#blobs.set(digest, bytes);
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    this.asked.set(tagOrDigest, (this.asked.get(tagOrDigest) ?? 0) + 1);
    const found = this.#manifests.get(tagOrDigest);
    if (!found) throw new SlipwayError('OCI_MANIFEST_UNKNOWN', `there is no image ${tagOrDigest}.`);
    return found;
  }

  async blob({ digest }: { digest: Digest }): Promise<Readable> {
    const bytes = this.#blobs.get(digest);
    if (!bytes) throw new Error(`there is no blob ${digest}`);
    this.reads.set(digest, (this.reads.get(digest) ?? 0) + 1);
    return Readable.from([Buffer.from(bytes)]);
  }
}
