import { deflateSync } from 'node:zlib';

/** Adler-32 by zlib itself: it ends every zlib stream (RFC 1950 § 2.2). */
export function adler32(bytes: Uint8Array): number {
  return deflateSync(bytes, { level: 0 }).subarray(-4).readUInt32BE();
}
