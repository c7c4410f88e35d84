import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReleaseTrust } from '../../../payload/index.ts';
import type { ImagePolicy, SignatureEvidence, VerificationConfig } from '../../../sign/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { isFolder, kindAt } from '../../../util/files.ts';
import { readInput } from '../../input.ts';
import { LAYOUTS } from '../layouts.ts';
import type { OpenedPayload } from './open.ts';
import { namedTrust } from './trust.ts';

export type Judge = Pick<SignatureEvidence, 'config' | 'configProblem' | 'keyring'> & {
  readonly stores: readonly string[];
  readonly warnings: readonly string[];
};

function droppedWarnings({ dropped }: Pick<VerificationConfig, 'dropped'>): readonly string[] {
  return dropped.map(
    ({ name, fingerprint }) =>
      `Clusters do not load the key ${fingerprint} of "${name}": it stands behind the first armored block, or it or the key behind it is of a kind that they do not read.`,
  );
}

/** How the release is to be verified: by a key, by a release that runs, or as it asks for itself. */
export async function namedJudge(
  open: (reference: string) => Promise<OpenedPayload>,
  own: ReleaseTrust,
  { key, by }: { readonly key?: string; readonly by?: string },
): Promise<Judge> {
  const { configOfKeyring, joinKeyrings, loadKeyring } = await import('../../../sign/index.ts');
  if (key !== undefined) {
    const keyring = loadKeyring(await readInput(key), { file: key });
    const beside = { keyring, stores: [] };
    try {
      const config = configOfKeyring(key, keyring);
      return { ...beside, config, warnings: droppedWarnings(config) };
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'SIGN_CONFIG_INVALID') throw error;
      return { ...beside, configProblem: error.describe(), warnings: [] };
    }
  }
  const { config, problem, warnings } = by === undefined ? own : await namedTrust(open, by, own.cluster);
  if (config === undefined)
    return {
      configProblem: problem?.describe() ?? 'the release that verifies has no update keys: it refuses everything',
      stores: [],
      warnings,
    };
  return {
    config,
    keyring: joinKeyrings(config.entries.map(({ keyring }) => keyring)),
    stores: config.stores,
    warnings: [...warnings, ...droppedWarnings(config)],
  };
}

type Policies = Pick<SignatureEvidence, 'imagePolicies' | 'policyProblems' | 'otherPolicies'>;

/** The image policies that clusters of the kind get from the release; of the others why not. */
async function ownPolicies({ base, payload, cluster }: ReleaseTrust): Promise<Required<Policies>> {
  const { imagePolicies } = await import('../../../sign/index.ts');
  const { ofCluster } = await import('../../../payload/index.ts');
  const own: ImagePolicy[] = [];
  const policyProblems: string[] = [];
  const otherPolicies: string[] = [];
  const problem = (error: unknown): void => {
    if (!(error instanceof SlipwayError)) throw error;
    policyProblems.push(error.describe());
  };
  let found: ReturnType<typeof ofCluster> = [];
  try {
    found = ofCluster({ base, payload }, 'ImagePolicy', cluster);
  } catch (error) {
    problem(error);
  }
  for (const { manifest, excluded } of found) {
    const { kind, name, file, object } = manifest;
    if (kind !== 'ClusterImagePolicy' && kind !== 'ImagePolicy') continue;
    if (excluded !== undefined) otherPolicies.push(`such a cluster does not get the ${kind} ${name}: ${excluded}`);
    else
      try {
        own.push(...imagePolicies(JSON.stringify(object), file));
      } catch (error) {
        problem(error);
      }
  }
  return { imagePolicies: own, policyProblems, otherPolicies };
}

/**
 * Image policies of the release itself, as clusters of the kind get them, and of files. One of the release that can not be
 * read is a problem of the release, not of the question. Throws `SIGN_POLICY_INVALID`, `SIGN_KEY_…` for files, also for one
 * that has none.
 */
export async function namedPolicies(trust: ReleaseTrust, files: readonly string[]): Promise<Policies> {
  const { imagePolicies } = await import('../../../sign/index.ts');
  const own = await ownPolicies(trust);
  const named = await Promise.all(
    files.map(async (file) => {
      const found = imagePolicies((await readInput(file)).toString('utf8'), file);
      if (found.length > 0) return found;
      throw new SlipwayError('SIGN_POLICY_INVALID', 'it holds no ClusterImagePolicy and no ImagePolicy.', {
        place: { file },
      });
    }),
  );
  return { ...own, imagePolicies: [...own.imagePolicies, ...named.flat()] };
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
