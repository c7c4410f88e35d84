import { createMessage, enums, sign } from 'openpgp';
import { SlipwayError } from '../../util/index.ts';
import { privateKeyOf } from '../openpgp/key.ts';
import { primaryCanSign } from '../openpgp/keyring.ts';
import type { SigningKey } from '../types.ts';
import { atomicMessage, type NewSignature } from './content.ts';
import { verifyRelease } from './verify.ts';

/** Without a random part, so that the same content and key give the same bytes; RSA signatures need none. */
export const SIGNING_CONFIG = {
  nonDeterministicSignaturesViaNotation: false,
  preferredHashAlgorithm: enums.hash.sha512,
};

/**
 * Signs a release: a binary inline-signed OpenPGP message over the atomic container signature (payload format § 3.2),
 * created at `timestamp`. The same input gives the same bytes. What comes out is verified by the clusters' rules before
 * it is returned. Throws `SIGN_CONTENT_INVALID`, `SIGN_KEY_INVALID`, `SIGN_KEY_NEWER`.
 */
export async function signRelease(content: NewSignature, key: SigningKey): Promise<Uint8Array> {
  const message = atomicMessage(content);
  if (content.timestamp < key.created)
    throw new SlipwayError('SIGN_KEY_NEWER', 'the time of signing is before the creation of the key.');
  const date = new Date(content.timestamp * 1000);
  const signer = await privateKeyOf(key.armored);
  const signature = await sign({
    message: await createMessage({ binary: new TextEncoder().encode(message), filename: '', date }),
    signingKeys: signer,
    // Where it can, for podman and skopeo may know no other.
    ...(primaryCanSign(key.publicKey) ? { signingKeyIDs: [signer.getKeyID()] } : {}),
    date,
    format: 'binary',
    config: SIGNING_CONFIG,
  });
  await verifyRelease(signature, key.publicKey, { digest: content.digest, at: date });
  return signature;
}
