import { ByteReader, hex } from '../bytes.ts';
import type { SignaturePacket, Subpacket } from '../types.ts';
import { OPENPGP_CORRUPT, PACKET, readPackets } from './packets.ts';

/** Subpacket types this room understands (RFC 9580 § 5.2.3.7). */
export const SUBPACKET = {
  created: 2,
  keyExpires: 9,
  issuerKeyId: 16,
  keyFlags: 27,
  revocationReason: 29,
  embeddedSignature: 32,
  issuerFingerprint: 33,
} as const;

/** Signature types (RFC 9580 § 5.2.1). */
export const SIGNATURE_TYPE = {
  binary: 0x00,
  certifications: [0x10, 0x11, 0x12, 0x13] as readonly number[],
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
} as const;

/** Assigned types: a critical one outside of this list makes the signature unusable (RFC 9580 § 5.2.3.7). */
const ASSIGNED = new Set([
  2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39,
]);

/** Types of critical subpackets that nobody has assigned yet. */
export function unknownCritical(packet: SignaturePacket): number[] {
  return packet.subpackets
    .filter((sub) => sub.hashed && sub.critical && !ASSIGNED.has(sub.type))
    .map((sub) => sub.type);
}

function subpackets(area: Uint8Array, hashed: boolean): Subpacket[] {
  const reader = new ByteReader(area, OPENPGP_CORRUPT, 'signature subpacket');
  const found: Subpacket[] = [];
  while (reader.left > 0) {
    const first = reader.u8();
    const length = first < 192 ? first : first < 255 ? ((first - 192) << 8) + reader.u8() + 192 : reader.u32();
    if (length === 0) reader.fail('its length is zero');
    const type = reader.u8();
    found.push({ type: type & 0x7f, critical: (type & 0x80) !== 0, hashed, body: reader.take(length - 1) });
  }
  return found;
}

/** The first subpacket of a type: from the signed area, or from the other one only where `anywhere` allows it. */
export function subpacket(packet: SignaturePacket, type: number, anywhere = false): Buffer | undefined {
  const found =
    packet.subpackets.find((sub) => sub.type === type && sub.hashed) ??
    (anywhere ? packet.subpackets.find((sub) => sub.type === type) : undefined);
  return found === undefined ? undefined : Buffer.from(found.body);
}

/** All embedded signatures (subpacket 32), wherever they stand: each proves itself. */
export function embeddedSignatures(packet: SignaturePacket): SignaturePacket[] {
  return packet.subpackets
    .filter((sub) => sub.type === SUBPACKET.embeddedSignature)
    .map((sub) => parseSignature(sub.body));
}

function issuer(subs: readonly Subpacket[]): { keyId: string | null; fingerprint: string | null } {
  const first = (type: number) =>
    subs.find((sub) => sub.type === type && sub.hashed)?.body ?? subs.find((sub) => sub.type === type)?.body;
  const named = first(SUBPACKET.issuerFingerprint);
  const fingerprint = named === undefined || named.length < 21 ? null : hex(named.subarray(1));
  const id = first(SUBPACKET.issuerKeyId);
  if (id?.length === 8) return { keyId: hex(id), fingerprint };
  if (fingerprint === null) return { keyId: null, fingerprint };
  // A v4 id is the end of the fingerprint, later versions take its beginning (RFC 9580 § 5.5.4).
  return { keyId: named?.[0] === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16), fingerprint };
}

function version3(reader: ByteReader, version: number): SignaturePacket {
  if (reader.u8() !== 5) reader.fail('a version 3 signature hashes exactly 5 bytes');
  const trailer = reader.take(5);
  const keyId = hex(reader.take(8));
  const algorithm = reader.u8();
  const hash = reader.u8();
  reader.take(2);
  return {
    version,
    type: trailer.readUInt8(0),
    algorithm,
    hash,
    created: trailer.readUInt32BE(1),
    keyId,
    fingerprint: null,
    subpackets: [],
    salt: new Uint8Array(),
    trailer,
    material: reader.rest(),
  };
}

function version4or6(reader: ByteReader, version: number): SignaturePacket {
  const length = () => (version === 6 ? reader.u32() : reader.u16());
  const type = reader.u8();
  const algorithm = reader.u8();
  const hash = reader.u8();
  const hashed = reader.take(length());
  const head = reader.since(0);
  const subs = [...subpackets(hashed, true), ...subpackets(reader.take(length()), false)];
  reader.take(2); // the left 16 bits of the hash: a hint, proves nothing
  const salt = version === 6 ? reader.take(reader.u8()) : new Uint8Array();
  const end = Buffer.alloc(6);
  end.writeUInt8(version, 0);
  end.writeUInt8(0xff, 1);
  end.writeUInt32BE(head.length, 2);
  const created = subs.find((sub) => sub.type === SUBPACKET.created && sub.hashed)?.body;
  return {
    version,
    type,
    algorithm,
    hash,
    created: created?.length === 4 ? Buffer.from(created).readUInt32BE() : null,
    ...issuer(subs),
    subpackets: subs,
    salt,
    trailer: Buffer.concat([head, end]),
    material: reader.rest(),
  };
}

/** A signature of a version that this room does not know: not wrong, but nothing can be said about it. */
function unknownVersion(version: number): SignaturePacket {
  const nothing = new Uint8Array();
  const unknown = { type: 0, algorithm: 0, hash: 0, created: null, keyId: null, fingerprint: null, subpackets: [] };
  return { version, ...unknown, salt: nothing, trailer: nothing, material: nothing };
}

/** Parses the body of a signature packet of version 2, 3, 4 or 6; of others only the version. Throws `RPM_OPENPGP_CORRUPT`. */
export function parseSignature(body: Uint8Array): SignaturePacket {
  const reader = new ByteReader(body, OPENPGP_CORRUPT, 'signature packet');
  const version = reader.u8();
  switch (version) {
    case 2:
    case 3:
      return version3(reader, version);
    case 4:
    case 6:
      return version4or6(reader, version);
    default:
      return unknownVersion(version);
  }
}

/** The one signature packet that a tag of an RPM header holds. Throws `RPM_OPENPGP_CORRUPT`. */
export function readSignature(bytes: Uint8Array): SignaturePacket {
  const [first, ...more] = readPackets(bytes);
  const reader = new ByteReader(bytes, OPENPGP_CORRUPT, 'signature');
  if (first === undefined || first.tag !== PACKET.signature || more.length > 0) {
    return reader.fail('it is not exactly one OpenPGP signature packet');
  }
  return parseSignature(first.body);
}
