import { Cursor } from '../../bytes/index.ts';

const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const MAGIC_LENGTH = 4;
const SKIPPABLE_HEADER = 8;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;
/** Lengths of the optional fields of a frame header, by their flags (RFC 8878 § 3.1.1.1.1). */
const CONTENT_SIZE = [0, 2, 4, 8] as const;
const DICTIONARY_ID = [0, 1, 2, 4] as const;
/** A block of one repeated byte has that byte alone, whatever its size says (RFC 8878 § 3.1.1.2). */
const REPEATED = 1;

/** Whether bytes begin a zstd stream: a frame of data, or one to be skipped (RFC 8878 § 3.1). */
export function isZstd(start: Buffer): boolean {
  if (start.length < MAGIC_LENGTH) return false;
  const magic = start.readUInt32LE();
  return magic === FRAME || magic >>> 4 === SKIPPABLE;
}

function frameHeaderLength(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const size = CONTENT_SIZE[(descriptor >> 6) & 3] ?? 0;
  const window = single ? 0 : 1;
  return MAGIC_LENGTH + 1 + window + (DICTIONARY_ID[descriptor & 3] ?? 0) + (size === 0 && single ? 1 : size);
}

/** Joins two views without copying when they lie side by side. */
function joined(first: Buffer, second: Buffer): Buffer | undefined {
  if (first.buffer !== second.buffer || first.byteOffset + first.length !== second.byteOffset) return undefined;
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
}

/** The next bytes of a cursor, fewer when they end before. */
async function* copied(cursor: Cursor, length: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = length; left > 0; ) {
    if (cursor.available === 0 && !(await cursor.more())) return;
    const piece = cursor.take(left);
    left -= piece.length;
    yield piece;
  }
}

/** One frame, header to checksum, in pieces as they come. */
async function* frame(cursor: Cursor, descriptor: number): AsyncGenerator<Buffer, void, undefined> {
  yield* copied(cursor, frameHeaderLength(descriptor));
  for (let last = false; !last && (await cursor.gather(BLOCK_HEADER)); ) {
    const header = cursor.peek(BLOCK_HEADER).readUIntLE(0, BLOCK_HEADER);
    const size = ((header >> 1) & 3) === REPEATED ? 1 : header >> 3;
    last = (header & 1) !== 0;
    yield* copied(cursor, BLOCK_HEADER + size + (last && (descriptor & 4) !== 0 ? CHECKSUM : 0));
  }
}

/**
 * Cuts zstd data so that no piece has bytes of two frames: Node's decompressor ends with the first frame of a piece and
 * drops the rest, while layers of podman (`zstd:chunked`) have a frame for every file. Skippable frames are left out.
 * What is no frame is passed on for the decompressor to refuse.
 */
export async function* zstdFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const cursor = new Cursor(chunks);
  while (await cursor.gather(MAGIC_LENGTH + 1)) {
    const start = cursor.peek(MAGIC_LENGTH + 1);
    if (!isZstd(start)) break;
    if (start.readUInt32LE() !== FRAME) {
      const header = (await cursor.gather(SKIPPABLE_HEADER)) ? cursor.take(SKIPPABLE_HEADER) : undefined;
      if (!header || !(await cursor.skip(header.readUInt32LE(MAGIC_LENGTH)))) return;
      continue;
    }
    let piece: Buffer | undefined;
    for await (const part of frame(cursor, start.readUInt8(MAGIC_LENGTH))) {
      const longer: Buffer | undefined = piece && joined(piece, part);
      if (piece && !longer) yield piece;
      piece = longer ?? part;
    }
    if (piece) yield piece;
  }
  do {
    if (cursor.available > 0) yield cursor.take(cursor.available);
  } while (await cursor.more());
}
