import { inflateRawSync, inflateSync } from 'node:zlib';
import { SlipwayError } from '../../util/index.ts';
import { expandBzip2 } from './bzip2.ts';
import { malformed } from './malformed.ts';

/** Packet types of OpenPGP (RFC 9580 § 5). */
export const TAG = {
  signature: 2,
  onePassSignature: 4,
  publicKey: 6,
  compressed: 8,
  literal: 11,
  userId: 13,
  publicSubkey: 14,
} as const;

export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** A release signature is less than 2 kB and a key a few; a compressed packet may not grow beyond this. */
const MAX_BYTES = 1024 * 1024;

/** Reads bytes front to back; reading beyond the end throws `SIGN_MALFORMED`. */
export class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw malformed('it ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  uint(size: 1 | 2 | 4): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  /**
   * A multiprecision integer (RFC 9580 § 3.2). Its length must count from the first bit that is set: other readers
   * let some wrong lengths pass, which would make one signature many.
   */
  mpi(): Uint8Array {
    const bits = this.uint(2);
    const bytes = this.take(Math.ceil(bits / 8));
    const first = bytes[0];
    if (first !== undefined && first >>> ((bits - 1) % 8) !== 1) throw malformed('the length of an integer is wrong');
    return bytes;
  }
}

/** Splits bytes into packets: old and new format, definite, partial and indeterminate lengths. */
export function readPackets(bytes: Uint8Array): Packet[] {
  if (bytes.length > MAX_BYTES) throw malformed('it is far too long');
  const reader = new Reader(bytes);
  const packets: Packet[] = [];
  while (reader.left > 0) {
    const head = reader.uint(1);
    if ((head & 0x80) === 0) throw malformed('a packet was expected');
    packets.push(
      (head & 0x40) === 0
        ? { tag: (head >> 2) & 0x0f, body: oldBody(reader, head & 0x03) }
        : { tag: head & 0x3f, body: newBody(reader) },
    );
  }
  return packets;
}

function oldBody(reader: Reader, lengthType: number): Uint8Array {
  if (lengthType === 3) return reader.rest();
  return reader.take(reader.uint(([1, 2, 4] as const)[lengthType] ?? 4));
}

function newBody(reader: Reader): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const first = reader.uint(1);
    if (first >= 224 && first < 255) {
      parts.push(reader.take(2 ** (first & 0x1f)));
      continue;
    }
    const length = first < 192 ? first : first < 224 ? (first - 192) * 256 + reader.uint(1) + 192 : reader.uint(4);
    parts.push(reader.take(length));
    return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts));
  }
}

/**
 * The packets inside a compressed packet: ZIP, ZLIB and BZip2 (RFC 9580 § 9.4), as Go's reader and gpg have them. Throws
 * `SIGN_MALFORMED`.
 */
export function inflate(packet: Packet): Packet[] {
  const [algorithm, ...deflated] = packet.body;
  const options = { maxOutputLength: MAX_BYTES };
  try {
    if (algorithm === 1) return readPackets(inflateRawSync(Uint8Array.from(deflated), options));
    if (algorithm === 2) return readPackets(inflateSync(Uint8Array.from(deflated), options));
    if (algorithm === 3) return readPackets(expandBzip2(Uint8Array.from(deflated), MAX_BYTES));
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw malformed('the compressed data is damaged');
  }
  throw malformed(`compression ${algorithm} is not supported`);
}
