import { createHash } from 'node:crypto';
import type { Readable, Transform } from 'node:stream';
import { messageOf, type Place, SlipwayError, systemCode } from '../../util/index.ts';
import { algorithmOf, type Descriptor, type Digest, hexOf } from '../format/index.ts';
import type { ImageSource } from '../source.ts';
import { type Member, readArchive } from './archive.ts';
import { CODECS, MAGIC_LENGTH } from './compression/codecs.ts';
import { type EntryType, type LayerEntry, normalisePath, whiteoutOf } from './entry.ts';
import { BLOCK, invalid } from './header.ts';

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
  '7': 'file',
};

/** How far a layer may unpack: to `floor` bytes whatever its size, beyond that to `ratio` times its size. */
export interface Expansion {
  readonly floor: number;
  readonly ratio: number;
}

/**
 * Layers of real images unpack to less than 20 times their size; gzip reaches 1030, with nothing but zeroes, and zstd
 * far more. What is below 1 GiB costs a second or two and may be anything.
 */
export const EXPANSION: Expansion = { floor: 1 << 30, ratio: 200 };

export interface ReadLayerOptions {
  /** Digest of the uncompressed archive (`rootfs.diff_ids`), checked at the end when given. */
  readonly diffId?: Digest;
  /** Default: `EXPANSION`. */
  readonly expansion?: Expansion;
}

/** The first bytes of a stream, as many as a codec must see; fewer only when there are no more. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < MAGIC_LENGTH) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  return start;
}

async function* following(start: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  if (start.length > 0) yield start;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

function layerError(error: unknown, place: Place): unknown {
  if (error instanceof SlipwayError) return error;
  const code = systemCode(error);
  if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(messageOf(error)))
    return new SlipwayError('OCI_LAYER_TRUNCATED', 'the layer ends in the middle of its compressed data.', {
      place,
      cause: error,
    });
  if (code?.startsWith('Z_') || code?.startsWith('ZSTD'))
    return new SlipwayError('OCI_LAYER_INVALID', `the layer can not be decompressed: ${messageOf(error)}.`, {
      place,
      cause: error,
    });
  return error;
}

/** The uncompressed bytes of a layer; when they end, the compressed ones have been read to their end, and checked. */
async function* uncompressed(
  content: Readable,
  { size, expansion, place }: { readonly size: number; readonly expansion: Expansion; readonly place: Place },
): AsyncGenerator<Buffer, void, undefined> {
  const most = Math.max(expansion.floor, size * expansion.ratio);
  let unpacked = 0;
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let unpack: Transform | undefined;
  try {
    const start = await firstBytes(chunks);
    const codec = CODECS.find(({ matches }) => matches(start));
    if (!codec) {
      yield* following(start, chunks);
      return;
    }
    const decompressor = codec.decompressor();
    unpack = decompressor;
    const feeding = codec.feed(following(start, chunks), decompressor, size);
    feeding.catch((error: Error) => decompressor.destroy(error));
    // What fails behind the end of the compressed data has no reader; `feeding` tells what matters of it.
    decompressor.on('error', () => {});
    for await (const chunk of decompressor as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > most)
        throw new SlipwayError(
          'OCI_TOO_LARGE',
          `the layer has ${size} bytes and unpacks to more than ${most}: it is no layer of a system, but means harm.`,
          { place },
        );
      yield chunk;
    }
    // its writing side is still open where the compressed data ends before the blob
    decompressor.destroy();
    await feeding;
  } catch (error) {
    throw layerError(error, place);
  } finally {
    unpack?.destroy();
    content.destroy();
  }
}

/** Passes chunks on, and compares their digest with `diffId` at the end. */
async function* hashed(
  chunks: AsyncIterable<Buffer>,
  diffId: Digest,
  place: Place,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash(algorithmOf(diffId));
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = hash.digest('hex');
  if (actual !== hexOf(diffId)) {
    throw new SlipwayError(
      'OCI_DIGEST_MISMATCH',
      `the uncompressed layer is not ${diffId}: its bytes have ${actual}.`,
      { place },
    );
  }
}

/** Longest start of an entry that is at hand without reading it. */
const START = 64 << 10;

class Entry implements LayerEntry {
  readonly path: string;
  readonly type: EntryType;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly linkname?: string;
  readonly whiteout?: 'file' | 'opaque';
  readonly #member: Member;
  readonly #where: string;

  constructor(member: Member, place: Place & { readonly image: string }) {
    const { name, flag, size, mode, uid, gid, mtime, linkname } = member.header;
    const path = normalisePath(name);
    if (path === undefined) throw invalid(`the entry "${name}" leaves the layer's root`, place);
    const hidden = whiteoutOf(path);
    this.path = hidden?.path ?? path;
    if (hidden) this.whiteout = hidden.whiteout;
    this.type = TYPES[flag] ?? 'other';
    this.size = this.type === 'file' ? size : 0;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.mtime = mtime;
    // A hard link names a path of the archive; a symbolic link is a text for whoever follows it.
    if (this.type === 'hardlink') this.linkname = normalisePath(linkname) ?? linkname;
    else if (this.type === 'symlink') this.linkname = linkname;
    this.#member = member;
    this.#where = place.image;
  }

  head(length: number): Buffer {
    return this.#member.head(Math.min(length, BLOCK));
  }

  start(length: number): Promise<Buffer> {
    return this.#member.start(Math.min(length, START));
  }

  body(): Readable {
    return this.#member.body();
  }

  async bytes(limit: number): Promise<Buffer> {
    if (this.size > limit) {
      throw new SlipwayError('OCI_TOO_LARGE', `the file has ${this.size} bytes, more than the ${limit} allowed.`, {
        place: { image: `${this.#where}: ${this.path}` },
      });
    }
    return await this.#member.bytes();
  }
}

/**
 * Reads a layer entry by entry as it streams; memory stays at a few chunks of 512 KiB. When the last entry was taken,
 * size and digest of the compressed bytes, and the diffID when given, have been checked. Uses nothing of the thread it
 * runs on. Throws `OCI_LAYER_TRUNCATED`, `OCI_LAYER_INVALID`, `OCI_DIGEST_MISMATCH`, `OCI_BLOB_TRUNCATED`,
 * `OCI_BLOB_UNKNOWN`, and `OCI_TOO_LARGE` for a layer that unpacks to more than `expansion` allows; each names image
 * and layer.
 */
export async function* readLayer(
  source: ImageSource,
  layer: Descriptor,
  options: ReadLayerOptions = {},
): AsyncGenerator<LayerEntry, void, undefined> {
  const place = { image: `${source.name}, layer ${layer.digest}` };
  const content = await source.blob(layer);
  const plain = uncompressed(content, { size: layer.size, expansion: options.expansion ?? EXPANSION, place });
  const chunks = options.diffId === undefined ? plain : hashed(plain, options.diffId, place);
  try {
    for await (const member of readArchive(chunks, place)) yield new Entry(member, place);
  } finally {
    // Who leaves early ends the archive's reader, but not what that reads from.
    content.destroy();
    await chunks.return();
    await plain.return();
  }
}
