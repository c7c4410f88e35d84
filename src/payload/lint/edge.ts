import { parseVerificationConfigMap, verifyWithConfig } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { readBase } from '../trust/index.ts';
import type { Payload } from '../types.ts';
import type { EdgeOptions, LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { trustConfigs } from './trust.ts';
import type { EdgeFacts, TrustConfig } from './types.ts';

async function isAccepted(verified: Promise<unknown>): Promise<boolean> {
  try {
    await verified;
    return true;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return false;
  }
}

/**
 * Whether a cluster that runs `from` and verifies by `trust` would accept `to` (payload format § 3.1): why it would refuse
 * it, for want of a signature or of a key; or that it would by a signature that is kept with `to`, and then nobody asks stores.
 */
async function judgeBy(
  { from, signatures, kept = [] }: EdgeOptions,
  trust: TrustConfig,
  to: Payload,
): Promise<Pick<TrustConfig, 'refusal' | 'byKept'>> {
  const digest = to.listDigest ?? to.digest;
  try {
    const config = parseVerificationConfigMap(JSON.stringify(trust.manifest.object));
    if (kept.length > 0 && (await isAccepted(verifyWithConfig(kept, config, { digest })))) return { byKept: true };
    const stored = await signatures(config.stores, digest);
    const problems = stored.problems.length === 0 ? '' : ` (${stored.problems.join('; ')})`;
    if (stored.signatures.length === 0) {
      const refusal = `the stores of ${from.metadata.version} have no signature of ${digest}: ${config.stores.join(', ')}${problems}.`;
      return {
        refusal:
          kept.length === 0 ? refusal : `no key of it made a signature that is kept with the release, and ${refusal}`,
      };
    }
    await verifyWithConfig([...kept, ...stored.signatures], config, { digest });
    return {};
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { refusal: messageOf(error) };
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
    (await trustConfigs(base, files)).map(async (config) => ({ ...config, ...(await judgeBy(options, config, to)) })),
  );
  return { from: options.from, files, trust, ...problem };
}
