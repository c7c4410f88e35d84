import { crc24, SlipwayError } from '../../util/index.ts';
import { ByteReader } from '../bytes.ts';

export const OPENPGP_CORRUPT = 'RPM_OPENPGP_CORRUPT';

/** Packet types this room reads (RFC 9580 § 5). */
export const PACKET = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
} as const;

export interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

function oldLength(reader: ByteReader, lengthType: number): number {
  switch (lengthType) {
    case 0:
      return reader.u8();
    case 1:
      return reader.u16();
    case 2:
      return reader.u32();
    default:
      return reader.left; // "indeterminate": up to the end (RFC 9580 § 4.2.2)
  }
}

function newLength(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 192) return first;
  if (first < 224) return ((first - 192) << 8) + reader.u8() + 192;
  if (first === 255) return reader.u32();
  return reader.fail('keys and signatures may not use partial lengths');
}

/** Splits bytes into OpenPGP packets, old and new framing (RFC 9580 § 4.2). Throws `RPM_OPENPGP_CORRUPT`. */
export function readPackets(bytes: Uint8Array): Packet[] {
  const reader = new ByteReader(bytes, OPENPGP_CORRUPT, 'OpenPGP packet');
  const packets: Packet[] = [];
  while (reader.left > 0) {
    const head = reader.u8();
    if ((head & 0x80) === 0) reader.fail(`byte 0x${head.toString(16)} does not start a packet`);
    const isNew = (head & 0x40) !== 0;
    const tag = isNew ? head & 0x3f : (head & 0x3c) >> 2;
    packets.push({ tag, body: reader.take(isNew ? newLength(reader) : oldLength(reader, head & 3)) });
  }
  return packets;
}

function decodeArmor(lines: readonly string[]): Buffer {
  const last = lines.at(-1);
  const sum = last?.length === 5 && last.startsWith('=') ? last.slice(1) : undefined;
  const bytes = Buffer.from((sum === undefined ? lines : lines.slice(0, -1)).join(''), 'base64');
  if (sum !== undefined && Buffer.from(sum, 'base64').readUIntBE(0, 3) !== crc24(bytes)) {
    throw new SlipwayError(OPENPGP_CORRUPT, 'the checksum of the armored block does not fit its content.', {
      hint: 'Fetch the key again: the file was changed on its way.',
    });
  }
  return bytes;
}

/** The armored blocks of a text (RFC 9580 § 6): other text may stand around them, headers such as `Version:` before the base64. */
function armoredBlocks(text: string): Buffer[] {
  const blocks: Buffer[] = [];
  let lines: string[] | undefined;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith('-----BEGIN PGP ')) lines = [];
    else if (line.startsWith('-----END PGP ') && lines !== undefined) {
      blocks.push(decodeArmor(lines));
      lines = undefined;
    } else if (line !== '' && !line.includes(':')) lines?.push(line);
  }
  return blocks;
}

/** The binary blocks of an armored text, or of binary bytes as they are. Throws `RPM_OPENPGP_CORRUPT` when it finds none. */
export function dearmor(input: string | Uint8Array): Uint8Array[] {
  // Binary packets have the top bit set, text does not (RFC 9580 § 4.2).
  if (typeof input !== 'string' && ((input[0] ?? 0) & 0x80) !== 0) return [input];
  const blocks = armoredBlocks(typeof input === 'string' ? input : Buffer.from(input).toString('latin1'));
  if (blocks.length === 0) {
    throw new SlipwayError(OPENPGP_CORRUPT, 'neither OpenPGP packets nor a complete armored OpenPGP block.');
  }
  return blocks;
}
