import { createHash } from 'node:crypto';

const SEGMENT = 72;
const SIGNATURE = 16;

/** A Mach-O program for arm64 as a linker lays it out: header, load commands, `code`, and room for a signature. */
export function machO(code: Buffer, room: number): Buffer {
  const header = Buffer.alloc(32 + SEGMENT + SIGNATURE);
  const codeEnd = header.length + code.length;
  const values = [0xfeedfacf, 0x0100000c, 0, 2, 2, SEGMENT + SIGNATURE, 0, 0];
  for (const [index, value] of values.entries()) header.writeUInt32LE(value, 4 * index);
  header.writeUInt32LE(0x19, 32);
  header.writeUInt32LE(SEGMENT, 36);
  header.write('__TEXT', 40, 'latin1');
  header.writeBigUInt64LE(BigInt(codeEnd), 32 + 48);
  const command = 32 + SEGMENT;
  for (const [index, value] of [0x1d, SIGNATURE, codeEnd, room].entries())
    header.writeUInt32LE(value, command + 4 * index);
  return Buffer.concat([header, code, Buffer.alloc(room)]);
}

/**
 * Verifies the code signature of a thin 64-bit Mach-O file as xnu does on a page fault: every page has the digest that
 * the CodeDirectory says. Gives the identifier; throws what is wrong. Written from the format, not from the signer.
 */
export function verifyCodeSignature(file: Buffer): string {
  let at = 32;
  let offset = 0;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    if (file.readUInt32LE(at) === 0x1d) offset = file.readUInt32LE(at + 8);
    at += file.readUInt32LE(at + 4);
  }
  if (offset === 0) throw new Error('no LC_CODE_SIGNATURE');
  const blob = file.subarray(offset);
  if (blob.readUInt32BE(0) !== 0xfade0cc0) throw new Error('no SuperBlob');
  if (blob.readUInt32BE(4) > blob.length) throw new Error('the SuperBlob is longer than its room');
  const directory = blob.subarray(blob.readUInt32BE(16));
  if (directory.readUInt32BE(0) !== 0xfade0c02) throw new Error('no CodeDirectory');
  if ((directory.readUInt32BE(12) & 2) === 0) throw new Error('not ad hoc');
  const hashes = directory.readUInt32BE(16);
  const pages = directory.readUInt32BE(28);
  const limit = directory.readUInt32BE(32);
  const pageSize = 2 ** directory.readUInt8(39);
  if (limit !== offset || pages !== Math.ceil(limit / pageSize))
    throw new Error('the signature does not cover the file');
  for (let page = 0; page < pages; page++) {
    const content = file.subarray(page * pageSize, Math.min(limit, (page + 1) * pageSize));
    const actual = createHash('sha256').update(content).digest();
    const said = directory.subarray(hashes + 32 * page, hashes + 32 * (page + 1));
    if (!actual.equals(said)) throw new Error(`page ${page} was changed`);
  }
  const start = directory.readUInt32BE(20);
  return directory.toString('utf8', start, directory.indexOf(0, start));
}
