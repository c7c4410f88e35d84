import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';

/** A signed attestation (Dead Simple Signing Envelope 1.0); payload and signatures in base64. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

const parseEnvelope = parserOf(
  Type.Object({
    payloadType: Type.String({ minLength: 1 }),
    payload: Type.String({ pattern: '^[A-Za-z0-9+/_-]*={0,2}$' }),
    signatures: Type.Array(
      Type.Object({
        keyid: Type.Optional(Type.String()),
        sig: Type.String({ minLength: 1, pattern: '^[A-Za-z0-9+/_-]*={0,2}$' }),
      }),
      { minItems: 1 },
    ),
  }),
  'SIGN_ENVELOPE_INVALID',
);

/** Pre-authentication encoding: binds type and payload, so that neither can be read as part of the other. */
function authenticated(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** The hash that goes with a key: Ed25519 has its own, P-256 takes SHA-256. Throws `SIGN_KEY_UNSUPPORTED`. */
function hashFor(key: KeyObject): 'sha256' | null {
  if (key.asymmetricKeyType === 'ed25519') return null;
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'sha256';
  throw new SlipwayError('SIGN_KEY_UNSUPPORTED', 'attestations are signed with ECDSA P-256 or Ed25519.');
}

/** Names a key by the SHA-256 of its public half (SubjectPublicKeyInfo, DER), hex. */
export function dsseKeyId(key: KeyObject): string {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest('hex');
}

/** Signs a payload of this media type by each key. */
export function signEnvelope(payloadType: string, payload: Uint8Array, keys: readonly KeyObject[]): DsseEnvelope {
  const message = authenticated(payloadType, payload);
  return {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: keys.map((key) => ({
      keyid: dsseKeyId(key),
      sig: sign(hashFor(key), message, key).toString('base64'),
    })),
  };
}

/**
 * Verifies an envelope (parsed JSON) against trusted keys: at least `threshold` different ones must have signed. A
 * `keyid` is a hint only; each signature is tried with every key. Throws `SIGN_ENVELOPE_INVALID`,
 * `SIGN_ENVELOPE_UNTRUSTED`.
 */
export function verifyEnvelope(
  envelope: unknown,
  keys: readonly KeyObject[],
  options: { readonly threshold?: number; readonly payloadType?: string } = {},
): { readonly payloadType: string; readonly payload: Uint8Array; readonly keyIds: readonly string[] } {
  const { payloadType, payload, signatures } = parseEnvelope(envelope);
  if (options.payloadType !== undefined && options.payloadType !== payloadType)
    throw new SlipwayError('SIGN_ENVELOPE_INVALID', `the payload is ${payloadType}, not ${options.payloadType}.`, {
      exitCode: 1,
    });
  const content = new Uint8Array(Buffer.from(payload, 'base64'));
  const message = authenticated(payloadType, content);
  const signers = keys.filter((key) =>
    signatures.some(({ sig }) => verify(hashFor(key), message, key, Buffer.from(sig, 'base64'))),
  );
  const keyIds = [...new Set(signers.map(dsseKeyId))].sort();
  const threshold = Math.max(1, options.threshold ?? 1);
  if (keyIds.length < threshold)
    throw new SlipwayError(
      'SIGN_ENVELOPE_UNTRUSTED',
      `${keyIds.length} of ${threshold} trusted keys have signed the attestation.`,
      { exitCode: 1 },
    );
  return { payloadType, payload: content, keyIds };
}
