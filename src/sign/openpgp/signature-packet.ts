import { malformed } from './malformed.ts';
import { Reader } from './packets.ts';

/** Kinds of signatures (RFC 9580 § 5.2.1) that matter here. */
export const SIGNATURE_TYPE = {
  binary: 0x00,
  certifications: [0x10, 0x11, 0x12, 0x13],
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
} as const;

export const KEY_FLAG_SIGN = 0x02;

export interface SignaturePacket {
  readonly version: 3 | 4;
  readonly type: number;
  readonly keyAlgorithm: number;
  readonly hashAlgorithm: number;
  /** Unix seconds. */
  readonly created: number;
  /** Seconds of validity after `created`; absent: for ever. */
  readonly lifetime?: number;
  /** Seconds of validity of the key after its own creation; absent: for ever. */
  readonly keyLifetime?: number;
  /** 16 lower-case hex digits. */
  readonly issuer: string | undefined;
  readonly keyFlags: number | undefined;
  readonly primaryUserId: boolean;
  /** Signature by a signing subkey over its primary key. */
  readonly embedded: Uint8Array | undefined;
  /** Kinds of the parts that the signature does not cover, where anyone may add something. */
  readonly unsignedKinds: readonly number[];
  /** First two bytes of the digest. */
  readonly digestStart: Uint8Array;
  /** What is hashed after the signed data. */
  readonly trailer: Uint8Array;
  /** The signature's integers, or its raw bytes for algorithms that have none. */
  readonly value: Uint8Array;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Parses the body of a signature packet of version 3 (Red Hat's signer still makes it) or 4. */
export function parseSignature(body: Uint8Array): SignaturePacket {
  const reader = new Reader(body);
  const version = reader.uint(1);
  if (version === 3) return parseVersion3(reader);
  if (version === 4) return parseVersion4(reader, body);
  throw malformed(`signatures of version ${version} are not supported`);
}

function parseVersion3(reader: Reader): SignaturePacket {
  if (reader.uint(1) !== 5) throw malformed('the hashed part of the signature has a wrong length');
  const trailer = reader.take(5);
  const [type = 0] = trailer;
  return {
    version: 3,
    type,
    created: Buffer.from(trailer).readUInt32BE(1),
    issuer: hex(reader.take(8)),
    keyAlgorithm: reader.uint(1),
    hashAlgorithm: reader.uint(1),
    keyFlags: undefined,
    primaryUserId: false,
    embedded: undefined,
    unsignedKinds: [],
    digestStart: reader.take(2),
    trailer,
    value: reader.rest(),
  };
}

function parseVersion4(reader: Reader, body: Uint8Array): SignaturePacket {
  const [type, keyAlgorithm, hashAlgorithm] = [reader.uint(1), reader.uint(1), reader.uint(1)];
  const hashedLength = reader.uint(2);
  const hashed = subpackets(reader.take(hashedLength));
  const unhashed = subpackets(reader.take(reader.uint(2)));
  const signed = body.subarray(0, 6 + hashedLength);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(signed.length);
  const number = (kind: number): number | undefined => {
    const value = hashed.get(kind);
    return value === undefined ? undefined : new Reader(value).uint(4);
  };
  const created = number(2);
  if (created === undefined) throw malformed('the signature has no creation time');
  const issuer = hashed.get(16) ?? unhashed.get(16) ?? hashed.get(33)?.slice(-8);
  const [lifetime, keyLifetime] = [number(3), number(9)];
  return {
    version: 4,
    type,
    keyAlgorithm,
    hashAlgorithm,
    created,
    ...(lifetime ? { lifetime } : {}),
    ...(keyLifetime ? { keyLifetime } : {}),
    issuer: issuer === undefined ? undefined : hex(issuer),
    keyFlags: hashed.get(27)?.[0],
    primaryUserId: (hashed.get(25)?.[0] ?? 0) !== 0,
    embedded: hashed.get(32) ?? unhashed.get(32),
    unsignedKinds: [...unhashed.keys()],
    digestStart: reader.take(2),
    trailer: Buffer.concat([signed, Buffer.from([4, 0xff]), length]),
    value: reader.rest(),
  };
}

/** Subpackets that Go's reader understands; any other one marked critical makes it refuse the signature. */
const UNDERSTOOD: ReadonlySet<number> = new Set([2, 3, 9, 11, 16, 21, 22, 25, 27, 29, 30, 32]);

function subpackets(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const reader = new Reader(bytes);
  while (reader.left > 0) {
    const first = reader.uint(1);
    const length = first < 192 ? first : first < 255 ? (first - 192) * 256 + reader.uint(1) + 192 : reader.uint(4);
    const type = reader.uint(1);
    const content = reader.take(length - 1);
    const kind = type & 0x7f;
    if ((type & 0x80) !== 0 && !UNDERSTOOD.has(kind))
      throw malformed(`the signature has a critical part of unknown kind ${kind}`);
    // in repeated parts the last counts, as in the readers that clusters use
    found.set(kind, content);
  }
  return found;
}

/** A user id as it enters signatures over it. */
export function identityFrame(userId: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 0xb4;
  head.writeUInt32BE(userId.length, 1);
  return Buffer.concat([head, userId]);
}
