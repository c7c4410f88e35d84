import { parseVerificationConfigMap, verifyWithConfig } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { Payload } from '../types.ts';
import { readBase } from './base.ts';
import type { EdgeOptions, LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { trustConfigs } from './trust.ts';
import type { EdgeFacts, TrustConfig } from './types.ts';

/**
 * Why a cluster that runs `from` and verifies by `trust` would refuse `to`: no signature in its stores, none by its keys
 * (payload format § 3.1). `undefined` when it would accept it.
 */
async function refusalOf(
  { from, signatures }: EdgeOptions,
  trust: TrustConfig,
  to: Payload,
): Promise<string | undefined> {
  const digest = to.listDigest ?? to.digest;
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

/**
 * What the rules about an update edge look at. Each verification ConfigMap is asked: the verifier of a cluster is the
 * first that it gets, of /manifests and /release-manifests (§ 3.1).
 */
export async function edgeFacts(
  options: EdgeOptions,
  to: Payload,
  images: Pick<LintOptions, 'resolve' | 'architecture'>,
): Promise<EdgeFacts> {
  const files = await readFiles(options.from);
  const { base, ...problem } = await readBase(options.from, {
    ...images,
    resolve: options.resolve ?? images.resolve,
  });
  const trust = await Promise.all(
    (await trustConfigs(base, files)).map(async (config) => {
      const refusal = await refusalOf(options, config, to);
      return refusal === undefined ? config : { ...config, refusal };
    }),
  );
  return { from: options.from, files, trust, ...problem };
}
