import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Digest, ImageSource } from '../../../oci/index.ts';
import type { RpmdbFormat } from '../../../rpm/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';

/** What rpm itself calls a database of each format. */
const NAMES = { sqlite: 'rpmdb.sqlite', bdb: 'Packages', ndb: 'Packages.db' } as const;

/** The format of a file that begins as an RPM database does; no archive of images does. */
export async function databaseFormat(file: string): Promise<RpmdbFormat | undefined> {
  const { isRpmdbMagic, RPMDB_MAGIC_LENGTH } = await import('../../../rpm/index.ts');
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(RPMDB_MAGIC_LENGTH), 0, RPMDB_MAGIC_LENGTH, 0);
    return isRpmdbMagic(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Largest database of packages: one of a host has a few hundred MB at most. */
export const LARGEST_DATABASE = 1 << 30;

/** A database's write-ahead log (SQLite); `undefined` when there is none beside it. */
export async function logBeside(file: string): Promise<Buffer | undefined> {
  return await readInput(`${file}-wal`, { limit: LARGEST_DATABASE }).catch((error: unknown) => {
    // Only its absence means that there is no write-ahead log.
    if (error instanceof SlipwayError && error.message.startsWith('the file does not exist')) return undefined;
    throw error;
  });
}

/**
 * An RPM database file as the only file of an image of one layer, so that every question about images can be asked of it.
 * The whole file is in memory. Digests are those of this image, which is nowhere else.
 */
export async function databaseImage(file: string, format: RpmdbFormat): Promise<ImageSource> {
  const { digestOf, MEDIA, writeTar } = await import('../../../oci/index.ts');
  const path = `var/lib/rpm/${NAMES[format]}`;
  const log = await logBeside(file);
  const entry = { type: 'file', mode: 0o644, mtime: 0 } as const;
  const layer = writeTar([
    { ...entry, path, content: await readInput(file, { limit: LARGEST_DATABASE }) },
    ...(log === undefined ? [] : [{ ...entry, path: `${path}-wal`, content: log }]),
  ]);
  const layerDigest = digestOf(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      config: {},
      rootfs: { type: 'layers', diff_ids: [layerDigest] },
      history: [{ created_by: `the file ${basename(file)}` }],
    }),
  );
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: MEDIA.ociLayer, digest: layerDigest, size: layer.length }],
    }),
  );
  const manifest = { digest: digestOf(bytes), mediaType: MEDIA.ociManifest, bytes };
  const blobs = new Map<Digest, Uint8Array>([
    [digestOf(config), config],
    [layerDigest, layer],
  ]);
  return {
    name: file,
    manifest: () => Promise.resolve(manifest),
    blob: ({ digest }) => {
      const content = blobs.get(digest);
      if (content === undefined)
        throw new SlipwayError('OCI_BLOB_UNKNOWN', `the file has no ${digest}.`, { place: { file } });
      return Promise.resolve(Readable.from([content]));
    },
  };
}
