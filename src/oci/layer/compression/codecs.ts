import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Feeding, feedJoined, feedPieces } from './feed.ts';
import { isZstd, zstdFrames } from './zstd.ts';

/** zlib's default of 16 KiB costs a factor of 2.8 in throughput; of 2 MiB, small layers leave most empty. */
const CHUNK = 512 << 10;

/** A compression that layers use. */
export interface Codec {
  /** Whether a layer that begins with these bytes (four or more, if it has so many) is of this kind. */
  matches(start: Buffer): boolean;
  decompressor(): Transform;
  /** Gives a decompressor the compressed bytes, in pieces that it takes. */
  readonly feed: Feeding;
}

/** Bytes that a codec must see to know its kind. */
export const MAGIC_LENGTH = 4;

/** A layer that none of these matches is a plain archive. Its media type does not matter: it is too often wrong. */
export const CODECS: readonly Codec[] = [
  {
    // RFC 1952 § 2.3.1. Members that follow each other are read as one (§ 2.2).
    matches: (start) => start[0] === 0x1f && start[1] === 0x8b,
    decompressor: () => createGunzip({ chunkSize: CHUNK }),
    feed: feedJoined,
  },
  {
    matches: isZstd,
    decompressor: () => createZstdDecompress({ chunkSize: CHUNK }),
    feed: (chunks, into) => feedPieces(zstdFrames(chunks), into),
  },
];
