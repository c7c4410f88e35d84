import { createMessage, sign } from 'openpgp';
import { SlipwayError } from '../../util/index.ts';
import { dearmor } from '../openpgp/armor.ts';
import { privateKeyOf } from '../openpgp/key.ts';
import { readPackets, TAG } from '../openpgp/packets.ts';
import { isStrongHash } from '../openpgp/public-key.ts';
import { parseSignature, SIGNATURE_TYPE } from '../openpgp/signature-packet.ts';
import type { SigningKey } from '../types.ts';
import { SIGNING_CONFIG } from './release.ts';
import { signerOf } from './verify.ts';

/** Signs a file such as `sha256sum.txt` by an armored detached signature (`sha256sum.txt.asc`), created at `at`. */
export async function signDetached(content: Uint8Array, key: SigningKey, at: Date): Promise<string> {
  const signature: string = await sign({
    message: await createMessage({ binary: content, date: at }),
    signingKeys: await privateKeyOf(key.armored),
    date: at,
    detached: true,
    format: 'armored',
    config: SIGNING_CONFIG,
  });
  return signature;
}

/**
 * Verifies an armored detached signature over a file, as `gpg --verify` does. Returns who signed and when (Unix
 * seconds). Throws `SIGN_NOT_DETACHED`, `SIGN_NO_KEY`, `SIGN_WEAK_HASH`, `SIGN_BAD_SIGNATURE`, or `SIGN_REFUSED` for an
 * expired or revoked key.
 */
export function verifyDetached(
  content: Uint8Array,
  signature: string,
  keyring: string | Uint8Array,
  at: Date = new Date(),
): { readonly fingerprint: string; readonly userId: string; readonly signedAt: number } {
  const block = dearmor(signature);
  const [packet, ...others] = block?.kind === 'SIGNATURE' ? readPackets(block.bytes) : [];
  if (packet?.tag !== TAG.signature || others.length > 0)
    throw new SlipwayError('SIGN_NOT_DETACHED', 'this is not one armored detached signature.', { exitCode: 1 });
  const parsed = parseSignature(packet.body);
  if (parsed.type !== SIGNATURE_TYPE.binary)
    throw new SlipwayError('SIGN_NOT_DETACHED', 'the signature is not one over binary data.', { exitCode: 1 });
  const signer = signerOf(parsed, content, keyring);
  if (!isStrongHash(parsed.hashAlgorithm))
    throw new SlipwayError('SIGN_WEAK_HASH', 'the signature uses a hash function that is no longer safe.', {
      exitCode: 1,
    });
  const now = Math.floor(at.getTime() / 1000);
  const reasons = [
    ...(signer.revoked ? ['its key is revoked'] : []),
    ...(signer.usable ? [] : ['its key is not one for signing']),
    ...(signer.expires !== undefined && signer.expires < now ? ['its key has expired'] : []),
    ...(parsed.lifetime !== undefined && parsed.created + parsed.lifetime < now ? ['it has expired'] : []),
  ];
  if (reasons.length > 0)
    throw new SlipwayError('SIGN_REFUSED', `the signature is refused: ${reasons.join('; ')}.`, { exitCode: 1 });
  return { fingerprint: signer.packet.fingerprint, userId: signer.userId, signedAt: parsed.created };
}
