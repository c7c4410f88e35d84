import type { VerificationConfig } from '../../sign/index.ts';
import { canonicalJson, SlipwayError } from '../../util/index.ts';
import type { ComponentOptions } from '../info/index.ts';
import type { Cluster } from '../manifest/index.ts';
import type { Payload } from '../types.ts';
import { readBase } from './base.ts';
import { type Seen, verifierIn } from './cluster.ts';

export interface TrustOptions extends Pick<ComponentOptions, 'resolve' | 'architecture'> {
  /** The kind of cluster; default an ordinary one, of the feature set `Default`. */
  readonly cluster?: Cluster;
}

export interface ReleaseTrust extends Seen {
  readonly cluster: Cluster;
  /** `undefined` when such a cluster gets no verification ConfigMap, and so refuses every update. */
  readonly config: VerificationConfig | undefined;
  /** Why the ConfigMap can not be loaded: such a cluster refuses everything as well. */
  readonly problem?: SlipwayError;
  /** What is not known, or holds for other clusters; full sentences. */
  readonly warnings: readonly string[];
}

function tried(seen: Seen, cluster: Cluster): Pick<ReleaseTrust, 'config' | 'problem'> {
  try {
    return { config: verifierIn(seen, cluster) };
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'SIGN_CONFIG_INVALID')
      return { config: undefined, problem: error };
    throw error;
  }
}

/**
 * How clusters of one kind that run a release verify the next: the base image is read for its /manifests, which come
 * first. Where that can not be read, or clusters with OKD's own feature set verify otherwise, a warning says so. Throws
 * `PAYLOAD_CLUSTER_INVALID`.
 */
export async function trustOfRelease(payload: Payload, options: TrustOptions): Promise<ReleaseTrust> {
  const { cluster = {} } = options;
  const warnings: string[] = [];
  const { base, unread } = { unread: undefined, ...(await readBase(payload, options)) };
  if (unread !== undefined)
    warnings.push(
      `Update keys in /manifests of ${payload.metadata.version} would come first, and are not known: ${unread}`,
    );
  const seen: Seen = { base, payload };
  const own = tried(seen, cluster);
  if (cluster.featureSet === undefined) {
    const okd = tried(seen, { ...cluster, featureSet: 'OKD' });
    if (
      canonicalJson({ ...okd.config, problem: okd.problem?.message ?? null }) !==
      canonicalJson({ ...own.config, problem: own.problem?.message ?? null })
    )
      warnings.push(
        `Clusters of ${payload.metadata.version} with the feature set OKD verify by other update keys than those with the default one.`,
      );
  }
  return { ...seen, cluster, ...own, warnings };
}
