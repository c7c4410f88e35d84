import type { RpmCertificate, RpmPublicKey, SignaturePacket } from '../types.ts';
import type { PublicKeyPacket } from './public-key.ts';
import { embeddedSignatures, SIGNATURE_TYPE, SUBPACKET, subpacket } from './signature.ts';

/** The packets of one certificate, merged over every copy that the keyring's files have of it. */
export interface CertificateParts {
  readonly primary: PublicKeyPacket;
  /** Signatures directly on the primary key. */
  readonly direct: SignaturePacket[];
  /** User ids (as their hashed form's hex) and the signatures on them. */
  readonly users: Map<
    string,
    {
      readonly label: string;
      readonly bytes: Uint8Array;
      readonly attribute: boolean;
      readonly signatures: SignaturePacket[];
    }
  >;
  readonly subkeys: Map<string, { readonly key: PublicKeyPacket; readonly signatures: SignaturePacket[] }>;
}

const SIGN_DATA = 0x02;

/** Reasons after which older signatures still count: superseded, retired (RFC 9580 § 5.2.3.31). All others mean "compromised". */
const SOFT_REASONS: readonly number[] = [1, 3];

function newest(packets: readonly SignaturePacket[]): SignaturePacket | undefined {
  return packets.reduce<SignaturePacket | undefined>(
    (best, packet) => (best === undefined || (packet.created ?? 0) >= (best.created ?? 0) ? packet : best),
    undefined,
  );
}

function expiry(key: PublicKeyPacket, packet: SignaturePacket | undefined): number | null {
  const body = packet === undefined ? undefined : subpacket(packet, SUBPACKET.keyExpires);
  const seconds = body?.length === 4 ? body.readUInt32BE() : 0;
  return seconds === 0 ? null : key.created + seconds;
}

function flags(packet: SignaturePacket | undefined): number | undefined {
  const body = packet === undefined ? undefined : subpacket(packet, SUBPACKET.keyFlags);
  return body === undefined ? undefined : (body[0] ?? 0);
}

function revocation(packets: readonly SignaturePacket[]): RpmPublicKey['revoked'] {
  let worst: RpmPublicKey['revoked'] = null;
  for (const packet of packets) {
    const body = subpacket(packet, SUBPACKET.revocationReason);
    const hard = body === undefined || !SOFT_REASONS.includes(body[0] ?? 0);
    const at = packet.created ?? 0;
    if (worst === null || (hard && !worst.hard) || (hard === worst.hard && at < worst.at)) {
      worst = { at, hard, reason: body?.subarray(1).toString('utf8') ?? '' };
    }
  }
  return worst;
}

/** A user id as certifications hash it (RFC 9580 § 5.2.4): version 3 signatures hash it bare. */
function framedUser(bytes: Uint8Array, attribute: boolean, version: number): Uint8Array[] {
  if (version < 4) return [bytes];
  const frame = Buffer.alloc(5);
  frame.writeUInt8(attribute ? 0xd1 : 0xb4);
  frame.writeUInt32BE(bytes.length, 1);
  return [frame, bytes];
}

/** Signatures of some types that `primary` itself made, verified. */
function own(
  primary: PublicKeyPacket,
  packets: readonly SignaturePacket[],
  types: readonly number[],
  data: (packet: SignaturePacket) => readonly Uint8Array[],
): SignaturePacket[] {
  return packets.filter(
    (packet) =>
      types.includes(packet.type) &&
      (packet.keyId === null || packet.keyId === primary.keyId) &&
      primary.check(packet, [primary.framed, ...data(packet)]).result === 'ok',
  );
}

function primaryKey({ primary, direct, users }: CertificateParts): RpmPublicKey {
  const selfSignatures = [
    ...own(primary, direct, [SIGNATURE_TYPE.directKey], () => []),
    ...[...users.values()].flatMap(({ bytes, attribute, signatures }) =>
      own(primary, signatures, SIGNATURE_TYPE.certifications, (packet) => framedUser(bytes, attribute, packet.version)),
    ),
  ];
  const withFlags = selfSignatures.filter((packet) => flags(packet) !== undefined);
  return publicKey(primary, primary, {
    expires: expiry(primary, newest(selfSignatures)),
    revoked: revocation(own(primary, direct, [SIGNATURE_TYPE.keyRevocation], () => [])),
    bound: selfSignatures.length > 0,
    // Keys older than key flags (RFC 2440) may do everything.
    maySign: ((flags(newest(withFlags)) ?? SIGN_DATA) & SIGN_DATA) !== 0,
  });
}

/**
 * A subkey belongs to a certificate only if the primary key says so, and a signing subkey only if it says so itself as
 * well (RFC 9580 § 5.2.1.9). Without the second half, anyone may present another's signing key as their own; without the
 * first (CVE-2021-3521), anyone may add a key of theirs to a certificate that others trust.
 */
function subkey(primary: PublicKeyPacket, key: PublicKeyPacket, signatures: readonly SignaturePacket[]): RpmPublicKey {
  const binding = newest(own(primary, signatures, [SIGNATURE_TYPE.subkeyBinding], () => [key.framed]));
  const crossCertified =
    binding !== undefined &&
    embeddedSignatures(binding).some(
      (packet) =>
        packet.type === SIGNATURE_TYPE.primaryKeyBinding &&
        key.check(packet, [primary.framed, key.framed]).result === 'ok',
    );
  const declared = flags(binding);
  const wantsToSign = declared === undefined ? crossCertified : (declared & SIGN_DATA) !== 0;
  return publicKey(primary, key, {
    expires: expiry(key, binding),
    revoked: revocation(own(primary, signatures, [SIGNATURE_TYPE.subkeyRevocation], () => [key.framed])),
    bound: binding !== undefined && (!wantsToSign || crossCertified),
    maySign: wantsToSign && crossCertified,
  });
}

function publicKey(
  primary: PublicKeyPacket,
  key: PublicKeyPacket,
  standing: Pick<RpmPublicKey, 'expires' | 'revoked' | 'bound' | 'maySign'>,
): RpmPublicKey {
  return {
    version: key.version,
    algorithm: key.algorithm,
    keyId: key.keyId,
    fingerprint: key.fingerprint,
    primaryFingerprint: primary.fingerprint,
    created: key.created,
    ...standing,
    check: (packet, data) => key.check(packet, data),
  };
}

/** Decides what each key of a certificate is worth. A subkey is never worth more than the primary key it hangs on. */
export function evaluate(parts: CertificateParts): RpmCertificate {
  const primary = primaryKey(parts);
  const earliest = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  return {
    userIds: [...parts.users.values()].filter((user) => !user.attribute).map((user) => user.label),
    primary,
    subkeys: [...parts.subkeys.values()].map(({ key, signatures }) => {
      const evaluated = subkey(parts.primary, key, signatures);
      return {
        ...evaluated,
        expires: earliest(evaluated.expires, primary.expires),
        revoked: evaluated.revoked?.hard === true ? evaluated.revoked : (primary.revoked ?? evaluated.revoked),
        bound: evaluated.bound && primary.bound,
      };
    }),
  };
}
