import { createHash } from 'node:crypto';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { messageOf, SlipwayError, systemCode } from '../../util/index.ts';
import { algorithmOf, type Digest, hexOf } from '../digest.ts';
import type { Descriptor } from '../manifest.ts';
import { readAll } from '../read.ts';
import type { ImageSource } from '../source.ts';
import { type EntryType, type LayerEntry, normalisePath, whiteoutOf } from './entry.ts';

/** zlib's default of 16 KiB costs a factor of 2.8 in throughput. */
const CHUNK = 1 << 20;

const TYPES: Readonly<Record<string, EntryType>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

export interface ReadLayerOptions {
  /** Digest of the uncompressed archive (`rootfs.diff_ids`), checked at the end when given. */
  readonly diffId?: Digest;
}

/** The decompressor that the first bytes ask for; media types of layers are too often wrong to be trusted. */
function decompressor(start: Uint8Array): Transform | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return createGunzip({ chunkSize: CHUNK });
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd)
    return createZstdDecompress({ chunkSize: CHUNK });
  return undefined;
}

/** Decompresses as the content's magic says; errors of both streams reach the result. */
export function decompressed(content: Readable): Readable {
  const out = new PassThrough({ highWaterMark: CHUNK });
  content.once('readable', () => {
    const start = content.read() as Buffer | null;
    if (start !== null) content.unshift(start);
    const unpack = start === null ? undefined : decompressor(start);
    const last = unpack === undefined ? content : content.pipe(unpack);
    if (unpack) {
      content.once('error', (error) => unpack.destroy(error));
      unpack.once('close', () => content.destroy());
    }
    last.once('error', (error) => out.destroy(error));
    out.once('close', () => last.destroy());
    last.pipe(out);
  });
  content.once('error', (error) => out.destroy(error));
  out.once('close', () => content.destroy());
  return out;
}

function hashing(diffId: Digest): { readonly stream: Transform; check(): string | undefined } {
  const hash = createHash(algorithmOf(diffId));
  const stream = new Transform({
    readableHighWaterMark: CHUNK,
    writableHighWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return {
    stream,
    check: () => {
      const actual = hash.digest('hex');
      return actual === hexOf(diffId) ? undefined : actual;
    },
  };
}

function layerError(error: unknown, layer: Descriptor, image: string): unknown {
  if (error instanceof SlipwayError) return error;
  const code = systemCode(error);
  const message = messageOf(error);
  const place = { image: `${image}, layer ${layer.digest}` };
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(message)) {
    return new SlipwayError('OCI_LAYER_TRUNCATED', 'the layer ends in the middle of its archive.', {
      place,
      cause: error,
    });
  }
  if (code?.startsWith('Z_') || code?.startsWith('ZSTD') || /tar|header|checksum/i.test(message)) {
    return new SlipwayError('OCI_LAYER_INVALID', `the layer can not be read: ${message}.`, { place, cause: error });
  }
  return error;
}

function entryOf(header: Header, body: Readable, where: string, fail: (error: unknown) => never): LayerEntry {
  const path = normalisePath(header.name);
  if (path === undefined)
    throw new SlipwayError('OCI_LAYER_INVALID', `the entry "${header.name}" leaves the layer's root.`, {
      place: { image: where },
    });
  const type = TYPES[header.type ?? 'file'] ?? 'other';
  const hidden = whiteoutOf(path);
  // A hard link names a path of the archive; a symbolic link is a text for whoever follows it.
  const linkname =
    header.linkname == null
      ? undefined
      : type === 'hardlink'
        ? (normalisePath(header.linkname) ?? header.linkname)
        : header.linkname;
  return {
    path: hidden?.path ?? path,
    type,
    size: type === 'file' ? (header.size ?? 0) : 0,
    mode: header.mode ?? 0,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
    ...(linkname === undefined ? {} : { linkname }),
    ...(hidden === undefined ? {} : { whiteout: hidden.whiteout }),
    body: () => body,
    bytes: (limit) => readAll(body, limit, `${where}: ${path}`).catch(fail),
  };
}

/**
 * Reads a layer entry by entry as it streams; memory stays at a few chunks. When the last entry was taken, size and
 * digest of the compressed bytes, and the diffID when given, have been checked. Throws `OCI_LAYER_TRUNCATED`,
 * `OCI_LAYER_INVALID`, `OCI_DIGEST_MISMATCH`, `OCI_BLOB_TRUNCATED`, `OCI_BLOB_UNKNOWN`.
 */
export async function* readLayer(
  source: ImageSource,
  layer: Descriptor,
  options: ReadLayerOptions = {},
): AsyncGenerator<LayerEntry, void, undefined> {
  const where = `${source.name}, layer ${layer.digest}`;
  // The first failure of the chain is the reason; streams further down only say that they were destroyed.
  let reason: unknown;
  const fail = (error: unknown): never => {
    throw layerError(reason ?? error, layer, source.name);
  };
  const content = await source.blob(layer);
  // The archive may end before its bytes do (padding): whether all bytes are right is known when they are used up.
  const compressedEnd = ended(content);
  // A failure is seen where it is awaited below; a reader that stops early does not care.
  compressedEnd.catch(() => {});
  const unpacked = decompressed(content);
  const hash = options.diffId === undefined ? undefined : hashing(options.diffId);
  const tar = extract();
  const archive = hash === undefined ? unpacked : unpacked.pipe(hash.stream);
  if (hash) unpacked.once('error', (error) => hash.stream.destroy(error));
  archive.once('error', (error) => {
    reason ??= error;
    tar.destroy(error);
  });
  tar.on('error', (error) => {
    reason ??= error;
  });
  archive.pipe(tar);
  try {
    for await (const body of tar) {
      yield entryOf(body.header, body as unknown as Readable, where, fail);
      body.resume();
    }
    await compressedEnd;
  } catch (error) {
    fail(error);
  } finally {
    unpacked.destroy();
    content.destroy();
  }
  const actual = hash?.check();
  if (actual !== undefined) {
    throw new SlipwayError(
      'OCI_DIGEST_MISMATCH',
      `the uncompressed layer is not ${options.diffId}: its bytes have ${actual}.`,
      { place: { image: where } },
    );
  }
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
  });
}
