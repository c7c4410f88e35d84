import { parseVerificationConfigMap, verifyWithConfig } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { Payload } from '../types.ts';
import type { EdgeOptions } from './options.ts';
import { readFiles } from './read.ts';
import { isVerificationConfig, trustConfigs } from './trust.ts';
import type { EdgeFacts, ReadFile } from './types.ts';

/**
 * Why a cluster that runs `from` would refuse `to`: no verifier in it, no signature in its stores, none by its keys
 * (payload format § 3.1). `undefined` when it would accept it.
 */
async function refusalOf(
  { from, signatures }: EdgeOptions,
  files: readonly ReadFile[],
  to: Payload,
): Promise<string | undefined> {
  const digest = to.listDigest ?? to.digest;
  try {
    const manifest = files.flatMap((file) => file.manifests).find(isVerificationConfig);
    if (manifest === undefined) return `${from.metadata.version} has no keys: it refuses every update.`;
    const config = parseVerificationConfigMap(JSON.stringify(manifest.object));
    const stored = await signatures(config.stores, digest);
    if (stored.signatures.length === 0) {
      const problems = stored.problems.length === 0 ? '' : ` (${stored.problems.join('; ')})`;
      return `the stores of ${from.metadata.version} have no signature of ${digest}: ${config.stores.join(', ')}${problems}.`;
    }
    await verifyWithConfig(stored.signatures, config, { digest });
    return undefined;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return messageOf(error);
  }
}

/** What the rules about an update edge look at. */
export async function edgeFacts(options: EdgeOptions, to: Payload): Promise<EdgeFacts> {
  const files = await readFiles(options.from);
  return {
    from: options.from,
    files,
    trust: await trustConfigs(undefined, files),
    refusal: await refusalOf(options, files, to),
  };
}
