import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { generateAttestationKey, loadAttestationKey } from '../../sign/index.ts';
import { storageError, systemCode, writeFileAtomic } from '../../util/index.ts';

/**
 * The key that a workspace signs attestations with: made with the workspace, readable by its owner alone. To be called
 * under the workspace's lock. Errors: `SIGN_KEY_…`, and those of the disk.
 */
export async function openAttestationKey(file: string): Promise<KeyObject> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storageError(error, file);
    pem = generateAttestationKey().privateKey;
    await writeFileAtomic(file, pem, 0o600);
  }
  return loadAttestationKey(pem, 'private', { file });
}
