import {
  exclusionReason,
  FEATURE_GATE,
  FEATURE_SETS,
  type InclusionView,
  type Manifest,
  PROFILES,
  viewOf,
} from '../../../manifest/index.ts';

/** Gates that the manifest needs to be enabled. */
function gatesOf({ annotations }: Manifest): readonly string[] {
  return (annotations?.[FEATURE_GATE] ?? '')
    .split(',')
    .map((gate) => gate.trim())
    .filter((gate) => gate !== '' && !gate.startsWith('-'));
}

/**
 * Says of two manifests whether there is a cluster that gets both: of some profile and feature set, of the release's own
 * major version, with the feature gates that the release's FeatureGate manifests enable for it (payload format § 4.2).
 * A `CustomNoUpgrade` cluster chooses its gates; so does any other, as far as is known, of a release without FeatureGate
 * manifests. Capabilities do not keep manifests apart, since all may be enabled.
 */
export function overlapIn(manifests: readonly Manifest[], version: string): (a: Manifest, b: Manifest) => boolean {
  const known = manifests.some(({ group, kind }) => group === 'config.openshift.io' && kind === 'FeatureGate');
  const views = PROFILES.flatMap((profile) =>
    FEATURE_SETS.map((featureSet) => ({
      view: viewOf(manifests, version, { profile, featureSet }),
      free: !known || featureSet === 'CustomNoUpgrade',
    })),
  );
  return (a, b) => {
    // No choice is better for both: a gate that one of them wants disabled keeps them apart if the other needs it.
    const chosen = new Set([...gatesOf(a), ...gatesOf(b)]);
    const included = (manifest: Manifest, view: InclusionView): boolean =>
      exclusionReason(manifest, view) === undefined;
    return views.some(({ view, free }) => {
      const cluster = free ? { ...view, enabledGates: chosen } : view;
      return included(a, cluster) && included(b, cluster);
    });
  };
}
