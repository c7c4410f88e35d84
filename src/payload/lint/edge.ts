import { parseVerificationConfigMap, verifyWithConfig } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { Payload } from '../types.ts';
import { readBase } from './base.ts';
import type { EdgeOptions, LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { trustConfigs } from './trust.ts';
import type { EdgeFacts, TrustConfig } from './types.ts';

/**
 * Why a cluster that runs `from` would refuse `to`: no verifier in it, no signature in its stores, none by its keys
 * (payload format § 3.1). `undefined` when it would accept it.
 */
async function refusalOf(
  { from, signatures }: EdgeOptions,
  trust: TrustConfig | undefined,
  to: Payload,
): Promise<string | undefined> {
  const digest = to.listDigest ?? to.digest;
  if (trust === undefined) return `${from.metadata.version} has no keys: it refuses every update.`;
  try {
    const config = parseVerificationConfigMap(JSON.stringify(trust.manifest.object));
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

/** What the rules about an update edge look at. The verifier is the first of /manifests and /release-manifests (§ 3.1). */
export async function edgeFacts(
  options: EdgeOptions,
  to: Payload,
  images: Pick<LintOptions, 'resolve' | 'architecture'>,
): Promise<EdgeFacts> {
  const files = await readFiles(options.from);
  const { base, ...problem } = await readBase(options.from, images);
  const trust = await trustConfigs(base, files);
  return { from: options.from, files, trust, ...problem, refusal: await refusalOf(options, trust[0], to) };
}
