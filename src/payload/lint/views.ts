import {
  type Cluster,
  exclusionReason,
  FEATURE_SETS,
  type InclusionView,
  type Manifest,
  PROFILES,
  viewOf,
} from '../manifest/index.ts';
import type { Payload } from '../types.ts';
import { everythingOf } from './objects.ts';
import type { LintFacts, ReadFile, TrustConfig } from './types.ts';

/** The default view, and that of clusters with OKD's own feature set. */
export const VIEWS = ['Default', 'OKD'] as const;

/** How such a cluster sees a release; feature gates are read from all of its FeatureGate manifests. */
export function viewFor(
  files: readonly ReadFile[],
  { metadata }: Pick<Payload, 'metadata'>,
  cluster: Cluster,
): InclusionView {
  return viewOf(everythingOf({ files }), metadata.version, cluster);
}

function seen(files: readonly ReadFile[], view: InclusionView): readonly ReadFile[] {
  return files.map((file) => {
    const all = [...file.manifests, ...file.hidden];
    const [manifests = [], hidden = []] = [true, false].map((included) =>
      all.filter((manifest) => (exclusionReason(manifest, view) === undefined) === included),
    );
    return { ...file, manifests, hidden };
  });
}

/**
 * Says of manifests which feature sets' clusters get them, of any profile; `undefined` when all do, or when the manifests of
 * one kind of cluster are judged. `CustomNoUpgrade` is taken to have the default's feature gates.
 */
export function featureSetsIn({
  files,
  payload,
  clusters,
}: LintFacts): (manifest: Manifest) => readonly string[] | undefined {
  if (clusters.length === 1) return () => undefined;
  const views = FEATURE_SETS.map((featureSet) => ({
    featureSet,
    all: PROFILES.map((profile) => viewFor(files, payload, { profile, featureSet })),
  }));
  return (manifest) => {
    const sets = views
      .filter(({ all }) => all.some((view) => exclusionReason(manifest, view) === undefined))
      .map(({ featureSet }) => featureSet);
    return sets.length === views.length ? undefined : sets;
  };
}

/** The verification ConfigMaps that such a cluster gets; the first counts. */
export function trustedIn(trust: readonly TrustConfig[], view: InclusionView): readonly TrustConfig[] {
  return trust.filter(({ manifest }) => exclusionReason(manifest, view) === undefined);
}

/**
 * Leaves only the objects that such a cluster gets, so that only they are judged, in this release and in the one before:
 * each has feature gates of its own. Throws `PAYLOAD_CLUSTER_INVALID`.
 */
export function factsInView(facts: LintFacts, cluster: Cluster): LintFacts {
  const view = viewFor(facts.files, facts.payload, cluster);
  const judged = {
    ...facts,
    files: seen(facts.files, view),
    trust: trustedIn(facts.trust, view),
    clusters: [cluster],
  };
  if (facts.edge === undefined) return judged;
  const { edge } = facts;
  const before = viewFor(edge.files, edge.from, cluster);
  return { ...judged, edge: { ...edge, files: seen(edge.files, before), trust: trustedIn(edge.trust, before) } };
}
