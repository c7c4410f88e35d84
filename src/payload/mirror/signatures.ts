import { distinctSignatures, MAX_SIGNATURES, readStores, verifyWithConfig } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { type TrustOptions, trustOfRelease } from '../trust/index.ts';
import type { Payload } from '../types.ts';

/** The signatures of a release, as far as a cluster that runs this very release would accept them. */
export interface ReleaseSignatures {
  /** Digest that they sign: of the manifest list, when there is one. */
  readonly digest: string;
  /** Empty when the release is not signed as it asks for itself. */
  readonly signatures: readonly Uint8Array[];
  /** What is not known of its keys, and why there are none, in oc's words. */
  readonly warnings: readonly string[];
}

export interface SignatureOptions extends Pick<TrustOptions, 'resolve'> {
  /** Signatures at hand already, as those in a mirror's folder. */
  readonly given?: readonly Uint8Array[];
  /** Stores besides those that the release names. */
  readonly stores?: readonly string[];
  readonly at: Date;
}

const NOT_VERIFIED = 'An image was retrieved that failed verification:';

/**
 * Gathers the signatures of a release from the stores that it names itself, and verifies them by its own keys, as
 * `oc adm release mirror` does (payload format § 2.6): nobody else's word for its trust is at hand.
 */
export async function releaseSignatures(payload: Payload, options: SignatureOptions): Promise<ReleaseSignatures> {
  const digest = payload.listDigest ?? payload.digest;
  const { config, problem, warnings } = await trustOfRelease(payload, options);
  if (config === undefined)
    return {
      digest,
      signatures: [],
      warnings: [
        ...warnings,
        problem?.describe() ??
          'No release authenticity verification is configured, all releases are considered unverified',
        `${NOT_VERIFIED} verification is not possible`,
      ],
    };
  const stored = await readStores([...config.stores, ...(options.stores ?? [])], digest);
  const distinct = distinctSignatures([...(options.given ?? []), ...stored.signatures]);
  try {
    await verifyWithConfig(distinct, config, { digest, at: options.at });
    return { digest, signatures: distinct.slice(0, MAX_SIGNATURES), warnings };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const keyrings = config.entries.map(({ name }) => name).join(', ');
    return {
      digest,
      signatures: [],
      warnings: [
        ...warnings,
        `${NOT_VERIFIED} unable to verify ${digest} against keyrings: ${keyrings}`,
        ...(distinct.length === 0 ? [] : [messageOf(error)]),
        ...stored.problems,
      ],
    };
  }
}
