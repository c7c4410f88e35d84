import { createPrivateKey } from 'node:crypto';
import type { Command } from 'commander';
import type { signIndex } from '../../graph/index.ts';
import { located } from '../../util/errors.ts';
import { readInput } from '../input.ts';

/** Who signs the index of a graph. */
export interface KeyFlags {
  readonly key?: string;
  readonly openpgpKey?: string;
}

/** Adds the flags of {@link KeyFlags}. */
export function withKeys(command: Command): Command {
  return command
    .option('--key <file>', 'PEM key that signs index.dsse.json')
    .option('--openpgp-key <file>', 'armored OpenPGP secret key that signs index.json.asc');
}

export async function indexKeys({ key, openpgpKey }: KeyFlags): Promise<Parameters<typeof signIndex>[1]> {
  const attestation = key === undefined ? [] : [createPrivateKey(await readInput(key))];
  if (openpgpKey === undefined) return { attestation };
  const { loadKey } = await import('../../sign/index.ts');
  try {
    return { attestation, openpgp: await loadKey((await readInput(openpgpKey)).toString('utf8')) };
  } catch (error) {
    throw located(error, { file: openpgpKey });
  }
}
