import type { MachO } from './mach-o.ts';

/** Bytes that one hash covers. */
export const PAGE = 4096;
const PAGE_LOG2 = 12;
const HASH_SIZE = 32;
const SHA256 = 2;

const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const SUPER_HEADER = 20;
const DIRECTORY_HEADER = 88;
const VERSION = 0x20400;
/** CS_ADHOC | CS_LINKER_SIGNED: no identity, only that the content is what it was. */
const FLAGS = 0x20002;
const MAIN_BINARY = 1n;

/** The identifier in an existing signature; `undefined` when there is none to read. */
export function identifierOf(signature: Buffer): string | undefined {
  if (signature.length < SUPER_HEADER || signature.readUInt32BE(0) !== SUPER_BLOB) return undefined;
  const count = signature.readUInt32BE(8);
  for (let index = 0; index < count && 20 + 8 * index <= signature.length; index++) {
    const offset = signature.readUInt32BE(16 + 8 * index);
    if (offset + DIRECTORY_HEADER > signature.length || signature.readUInt32BE(offset) !== CODE_DIRECTORY) continue;
    const start = offset + signature.readUInt32BE(offset + 20);
    const end = signature.indexOf(0, start);
    return end <= start ? undefined : signature.toString('utf8', start, end);
  }
  return undefined;
}

/** Bytes of an ad-hoc signature over `pages` pages. */
function sizeOf(identifier: string, pages: number): number {
  return SUPER_HEADER + DIRECTORY_HEADER + Buffer.byteLength(identifier) + 1 + pages * HASH_SIZE;
}

/**
 * An ad-hoc code signature as Apple's and Go's linkers write it: one SHA-256 CodeDirectory of version 0x20400
 * (xnu, `osfmk/kern/cs_blobs.h`). `hashes` are the digests of the pages one after the other, `limit` the bytes they
 * cover. `undefined` when it does not fit into the room that the file has for it.
 */
export function adHocSignature(
  { text, executable }: MachO,
  identifier: string,
  limit: number,
  hashes: Buffer,
  room: number,
): Buffer | undefined {
  const pages = hashes.length / HASH_SIZE;
  const size = sizeOf(identifier, pages);
  if (size > room) return undefined;
  const out = Buffer.alloc(room);
  out.writeUInt32BE(SUPER_BLOB, 0);
  out.writeUInt32BE(size, 4);
  out.writeUInt32BE(1, 8);
  out.writeUInt32BE(0, 12);
  out.writeUInt32BE(SUPER_HEADER, 16);
  const directory = out.subarray(SUPER_HEADER);
  const hashOffset = DIRECTORY_HEADER + Buffer.byteLength(identifier) + 1;
  for (const [index, value] of [
    CODE_DIRECTORY,
    size - SUPER_HEADER,
    VERSION,
    FLAGS,
    hashOffset,
    DIRECTORY_HEADER,
    0,
    pages,
    limit,
  ].entries())
    directory.writeUInt32BE(value, 4 * index);
  directory.set([HASH_SIZE, SHA256, 0, PAGE_LOG2], 36);
  directory.writeBigUInt64BE(BigInt(text.offset), 64);
  directory.writeBigUInt64BE(BigInt(text.size), 72);
  directory.writeBigUInt64BE(executable ? MAIN_BINARY : 0n, 80);
  directory.write(`${identifier}\0`, DIRECTORY_HEADER);
  directory.set(hashes, hashOffset);
  return out;
}
