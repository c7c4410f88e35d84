import type { KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { SigningKey } from '../../../sign/index.ts';
import { located } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';

/** Says of a secret that others on this machine can read it; undefined when only its owner can, or it is no plain file. */
async function exposure(file: string): Promise<string | undefined> {
  if (file === '-' || process.platform === 'win32') return undefined;
  const found = await stat(file);
  if (!found.isFile() || (found.mode & 0o077) === 0) return undefined;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  return `${file}: users other than its owner can open this secret (mode ${mode}); give it mode 0600.`;
}

/** A key to sign with, and what is to be said about how it is kept. */
export interface LoadedKey<Key> {
  readonly key: Key;
  readonly warnings: readonly string[];
}

async function withWarnings<Key>(key: Key, files: readonly string[]): Promise<LoadedKey<Key>> {
  const found = await Promise.all(files.map(exposure));
  return { key, warnings: found.filter((warning) => warning !== undefined) };
}

/** The OpenPGP key in a file. Throws `SIGN_KEY_INVALID` naming it. */
export async function openPgpKey(file: string): Promise<LoadedKey<SigningKey>> {
  const { loadKey } = await import('../../../sign/index.ts');
  const armored = (await readInput(file)).toString('utf8');
  try {
    return await withWarnings(await loadKey(armored), [file]);
  } catch (error) {
    throw located(error, { file });
  }
}

/** The key of sigstore signatures in a file, with its passphrase from another or `COSIGN_PASSWORD`. Throws `SIGN_KEY_…`. */
export async function sigstoreKey(file: string, passphraseFile: string | undefined): Promise<LoadedKey<KeyObject>> {
  const { loadCosignKey } = await import('../../../sign/index.ts');
  const passphrase =
    passphraseFile === undefined
      ? process.env.COSIGN_PASSWORD
      : (await readInput(passphraseFile)).toString('utf8').replace(/\r?\n$/, '');
  const key = loadCosignKey((await readInput(file)).toString('utf8'), passphrase, { file });
  return await withWarnings(key, passphraseFile === undefined ? [file] : [file, passphraseFile]);
}
