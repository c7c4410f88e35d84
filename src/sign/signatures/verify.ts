import { SlipwayError } from '../../util/index.ts';
import { identityObjection } from '../identity.ts';
import { readKeyring, type VerificationKey } from '../openpgp/keyring.ts';
import { type InlineMessage, readInlineMessage } from '../openpgp/message.ts';
import { isKnownHash, isStrongHash, verifies } from '../openpgp/public-key.ts';
import type { SignaturePacket } from '../openpgp/signature-packet.ts';
import type { Acceptance, VerifiedSignature } from '../types.ts';
import { readContent } from './content.ts';

/** What a signature is expected to be about. */
export interface Expected {
  /** Digest of the release's manifest. */
  readonly digest: string;
  /** Pull spec (by tag or by digest) that a containers policy would be asked about. */
  readonly reference?: string;
  /** When it is verified; default: now. */
  readonly at?: Date;
}

function refuse(code: string, message: string): SlipwayError {
  return new SlipwayError(code, message, { exitCode: 1 });
}

/**
 * The key of the ring that made a signature over the data. Throws `SIGN_NO_KEY`, `SIGN_WEAK_HASH`, or
 * `SIGN_BAD_SIGNATURE`.
 */
export function signerOf(signature: SignaturePacket, data: Uint8Array, keyring: string | Uint8Array): VerificationKey {
  const { issuer } = signature;
  const candidates = readKeyring(keyring).keys.filter(({ packet }) => packet.keyId === issuer);
  if (candidates.length === 0)
    throw refuse(
      'SIGN_NO_KEY',
      `the signature was made by the key ${issuer?.toUpperCase()}, which is not in the keyring.`,
    );
  if (!isKnownHash(signature.hashAlgorithm))
    throw refuse('SIGN_WEAK_HASH', 'the signature uses a hash function that is not known here, or no longer safe.');
  const signer = candidates.find(({ packet }) => verifies(packet, signature, data));
  if (signer === undefined)
    throw refuse('SIGN_BAD_SIGNATURE', `the signature by ${issuer?.toUpperCase()} is wrong: the content was changed.`);
  return signer;
}

/**
 * Verifies the atomic container signature of a release and says which consumer takes it:
 *
 * - `cvo`: library-go's rules (payload format § 3.1, 3.2). Strict JSON; the digest must be equal; RSA, DSA or ECDSA keys;
 *   an expired signature is refused, an expired key is not.
 * - `containers`: skopeo, podman and CRI-O with a `signedBy` policy (§ 3.3). gpgme's view of the key, so an expired one
 *   is refused; the identity rule when `reference` is given; unknown `optional` fields are allowed.
 * - `ocMirror`: Go's reader again, but lenient JSON, and an expired signature counts (oc-mirror 2, pkg/release).
 *
 * All of them take SHA-1 (golang.org/x/crypto/openpgp 0.53 and gpg 2.2 do), which is warned about.
 *
 * Throws `SIGN_…` when the signature is not genuine or its content makes no sense; see {@link verifyRelease} for a
 * decision.
 */
export function inspectSignature(
  bytes: Uint8Array,
  keyring: string | Uint8Array,
  expected: Expected,
): VerifiedSignature {
  const message = readInlineMessage(bytes);
  const signer = signerOf(message.signature, message.content, keyring);
  const { content, objections } = readContent(message.content);
  checkFrame(message, content.timestamp);
  if (content.digest !== expected.digest)
    throw refuse('SIGN_WRONG_DIGEST', `the signature is for ${content.digest}, not for ${expected.digest}.`);

  const now = Math.floor((expected.at ?? new Date()).getTime() / 1000);
  const { created, lifetime } = message.signature;
  const expired = lifetime !== undefined && created + lifetime < now ? ['the signature has expired'] : [];
  const both: string[] = [];
  if (signer.revoked) both.push(`the key ${signer.packet.fingerprint} is revoked`);
  if (!signer.usable) both.push(`the key ${signer.packet.fingerprint} is not one for signing`);
  const unreadable = signer.readableByCvo
    ? []
    : [
        `the Cluster Version Operator does not load the key ${signer.primaryFingerprint} of the ring: it stands behind the first armored block, or it or the key behind it has an algorithm that it does not read`,
      ];
  const cvo = [...expired, ...both, ...objections.cvo, ...unreadable];
  const containers = [...expired, ...both, ...objections.containers];
  // oc-mirror only notes that a signature has expired.
  const ocMirror = [...both, ...objections.ocMirror, ...unreadable];
  if (signer.packet.fingerprint !== signer.primaryFingerprint) containers.push(bySubkey(signer.packet.fingerprint));
  if (signer.expires !== undefined && signer.expires < now)
    containers.push(`the key ${signer.packet.fingerprint} has expired`);
  const identity =
    expected.reference === undefined ? undefined : identityObjection(expected.reference, content.reference);
  if (identity !== undefined) containers.push(identity);
  return {
    ...content,
    fingerprint: signer.packet.fingerprint,
    primaryFingerprint: signer.primaryFingerprint,
    userId: signer.userId,
    signedAt: created,
    warnings: isStrongHash(message.signature.hashAlgorithm) ? [] : [WEAK],
    accepts: { cvo: acceptance(cvo), containers: acceptance(containers), ocMirror: acceptance(ocMirror) },
  };
}

const WEAK =
  'it is over SHA-1, for which two contents with one signature can be made; a client whose system forbids SHA-1 refuses it';

/** containers/image compares the key that signed with the primary keys that it imported; its change #2905 is later than 5.36.2. */
function bySubkey(fingerprint: string): string {
  return `it was made by the subkey ${fingerprint}, and containers/image up to 5.36.2 takes primary keys only`;
}

function acceptance(reasons: readonly string[]): Acceptance {
  return { accepted: reasons.length === 0, reasons };
}

/**
 * The date in the literal packet is not signed. A tool writes it between the time in the content and that of the
 * signature, or leaves it out; where those two are equal, nothing else can be genuine.
 */
function checkFrame({ literal, signature }: InlineMessage, timestamp: number | undefined): void {
  if (literal.date !== 0 && timestamp === signature.created && literal.date !== signature.created)
    throw refuse('SIGN_MALFORMED', 'the unsigned date of the message was changed.');
}

/**
 * Verifies a release's signature as a cluster would. Throws the errors of {@link inspectSignature}, and `SIGN_REFUSED`
 * with the reasons when a Cluster Version Operator would not accept it; look at `accepts.containers` for the others.
 */
export async function verifyRelease(
  signature: Uint8Array,
  keyring: string | Uint8Array,
  expected: Expected,
): Promise<VerifiedSignature> {
  const verified = inspectSignature(signature, keyring, expected);
  if (!verified.accepts.cvo.accepted)
    throw refuse('SIGN_REFUSED', `clusters refuse the signature: ${verified.accepts.cvo.reasons.join('; ')}.`);
  return verified;
}
