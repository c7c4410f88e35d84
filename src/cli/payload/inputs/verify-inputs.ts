import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Payload } from '../../../payload/index.ts';
import type { ImagePolicy, SignatureEvidence, VerificationConfig } from '../../../sign/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { isFolder, kindAt } from '../../../util/files.ts';
import { readInput } from '../../input.ts';
import { LAYOUTS } from '../layouts.ts';
import { namedTrust, trustOf } from './trust.ts';

export type Trust = Pick<SignatureEvidence, 'config' | 'configProblem' | 'keyring'> & {
  readonly stores: readonly string[];
};

/** How the release is to be verified: by a key, by a release that runs, or as it asks for itself. */
export async function namedJudge(
  open: (reference: string) => Promise<Payload>,
  payload: Payload,
  { key, by }: { readonly key?: string; readonly by?: string },
): Promise<Trust> {
  const { joinKeyrings, loadKeyring } = await import('../../../sign/index.ts');
  if (key !== undefined) {
    const keyring = loadKeyring(await readInput(key), { file: key });
    return { config: { entries: [{ name: key, keyring }] }, keyring, stores: [] };
  }
  let config: VerificationConfig | undefined;
  try {
    config = by === undefined ? await trustOf(payload) : await namedTrust(open, by);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'SIGN_CONFIG_INVALID') throw error;
    return { configProblem: error.describe(), stores: [] };
  }
  if (config === undefined)
    return { configProblem: 'the release that verifies has no update keys: it refuses everything', stores: [] };
  return { config, keyring: joinKeyrings(config.entries.map(({ keyring }) => keyring)), stores: config.stores };
}

/**
 * Image policies of the release itself and of files. One of the release that can not be read is a problem of the release,
 * not of the question. Throws `SIGN_POLICY_INVALID`, `SIGN_KEY_INVALID` for files, also for one that has none.
 */
export async function namedPolicies(
  payload: Payload,
  files: readonly string[],
): Promise<Pick<SignatureEvidence, 'imagePolicies' | 'policyProblems'>> {
  const { imagePolicies } = await import('../../../sign/index.ts');
  const own: ImagePolicy[] = [];
  const policyProblems: string[] = [];
  for (const { name, bytes } of payload.files) {
    const text = Buffer.from(bytes).toString('utf8');
    if (!/\.(ya?ml|json)$/.test(name) || !text.includes('ImagePolicy')) continue;
    try {
      own.push(...imagePolicies(text, name));
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      policyProblems.push(error.describe());
    }
  }
  const named = await Promise.all(
    files.map(async (file) => {
      const found = imagePolicies((await readInput(file)).toString('utf8'), file);
      if (found.length > 0) return found;
      throw new SlipwayError('SIGN_POLICY_INVALID', 'it holds no ClusterImagePolicy and no ImagePolicy.', {
        place: { file },
      });
    }),
  );
  return { imagePolicies: [...own, ...named.flat()], policyProblems };
}

/**
 * The stores that a user named: addresses, or folders, which have to be there. A folder that `payload sign --to` wrote
 * holds every layout; of that the one asked for is meant. Throws `CLI_USAGE` for other addresses, `CLI_STORE_MISSING`.
 */
export async function namedStores(
  texts: readonly string[],
  flag: '--store' | '--lookaside',
): Promise<readonly string[]> {
  const layout = LAYOUTS[flag === '--store' ? 'cvo' : 'lookaside'];
  return await Promise.all(
    texts.map(async (text) => {
      const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
      if (scheme === 'http' || scheme === 'https') {
        if (URL.canParse(text)) return text;
        throw new SlipwayError('CLI_USAGE', `"${text}" is not an address.`, { place: { field: flag } });
      }
      if (scheme !== undefined && scheme !== 'file')
        throw new SlipwayError('CLI_USAGE', `"${text}" is not an http, https or file address, nor a folder.`, {
          place: { field: flag },
        });
      const path = scheme === undefined ? text : fileURLToPath(text);
      const found = await kindAt(path);
      if (found !== 'folder')
        throw new SlipwayError(
          'CLI_STORE_MISSING',
          found === undefined ? 'the signature store does not exist.' : 'a signature store is a folder, not a file.',
          { place: { file: path, field: flag } },
        );
      return (await isFolder(join(path, layout))) ? join(path, layout) : path;
    }),
  );
}
