import { generateKey as generate, type PrivateKey, readPrivateKey } from 'openpgp';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { SigningKey } from '../types.ts';

export interface KeyOptions {
  readonly name: string;
  readonly email: string;
  /** Creation time of the key; signatures must be later. */
  readonly at: Date;
  /** Size of the RSA modulus; 4096 unless a test is in a hurry. */
  readonly bits?: 2048 | 3072 | 4096;
}

/**
 * Makes a key for signing releases: RSA, version 4, one primary key that certifies and signs, no expiry. Not Ed25519:
 * the Cluster Version Operator cannot read it, and listing one breaks its whole verifier (payload format § 3.2).
 */
export async function generateKey({ name, email, at, bits = 4096 }: KeyOptions): Promise<SigningKey> {
  const { privateKey } = await generate({
    type: 'rsa',
    rsaBits: bits,
    userIDs: [{ name, email }],
    date: at,
    subkeys: [],
    format: 'object',
    config: { v6Keys: false },
  });
  return describe(privateKey);
}

/** Reads a key in its storage format, an armored secret key without passphrase. Throws `SIGN_KEY_INVALID`. */
export async function loadKey(armored: string): Promise<SigningKey> {
  return describe(await privateKeyOf(armored));
}

export async function privateKeyOf(armored: string): Promise<PrivateKey> {
  let key: PrivateKey;
  try {
    key = await readPrivateKey({ armoredKey: armored });
  } catch (cause) {
    throw new SlipwayError('SIGN_KEY_INVALID', `the signing key could not be read: ${messageOf(cause)}.`, { cause });
  }
  if (!key.isDecrypted())
    throw new SlipwayError('SIGN_KEY_INVALID', 'the signing key is protected by a passphrase.', {
      hint: 'Store it without one, readable by the engine only (mode 0600).',
    });
  return key;
}

function describe(key: PrivateKey): SigningKey {
  const { algorithm, bits, curve } = key.getAlgorithmInfo() as { algorithm: string; bits?: number; curve?: string };
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    userId: key.getUserIDs()[0] ?? '',
    created: Math.floor(key.getCreationTime().getTime() / 1000),
    algorithm: /^rsa/i.test(algorithm) ? `RSA ${bits}` : `${algorithm}${curve === undefined ? '' : ` ${curve}`}`,
    armored: key.armor(),
    publicKey: key.toPublic().armor(),
  };
}
