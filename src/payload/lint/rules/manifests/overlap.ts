import {
  exclusionReason,
  FEATURE_GATE,
  FEATURE_SETS,
  type Manifest,
  PROFILES,
  viewOf,
} from '../../../manifest/index.ts';

/** Manifests of one object that are compared with each other; the real ones have a dozen. */
export const MOST_VARIANTS = 256;

/** On which kinds of clusters a manifest is applied. */
interface Audience {
  /** Bits of the views that get it as they are. */
  readonly fixed: number;
  /** Bits of the views that get it if its gates are chosen. */
  readonly free: number;
  readonly needed: readonly string[];
  readonly unwanted: ReadonlySet<string>;
}

/** Gates that the manifest needs to be enabled, and those that it needs to be disabled. */
function gatesOf({ annotations }: Manifest): Pick<Audience, 'needed' | 'unwanted'> {
  const gates = (annotations?.[FEATURE_GATE] ?? '')
    .split(',')
    .map((gate) => gate.trim())
    .filter((gate) => gate !== '');
  return {
    needed: gates.filter((gate) => !gate.startsWith('-')),
    unwanted: new Set(gates.filter((gate) => gate.startsWith('-')).map((gate) => gate.slice(1))),
  };
}

/**
 * Says of two manifests whether there is a cluster that gets both: of some profile and feature set, of the release's own
 * major version, with the feature gates that the release's FeatureGate manifests enable for it (payload format § 4.2).
 * A `CustomNoUpgrade` cluster chooses its gates; so does any other, as far as is known, of a release without FeatureGate
 * manifests. Capabilities do not keep manifests apart, since all may be enabled. Each manifest is looked at once.
 */
export function overlapIn(manifests: readonly Manifest[], version: string): (a: Manifest, b: Manifest) => boolean {
  const known = manifests.some(({ group, kind }) => group === 'config.openshift.io' && kind === 'FeatureGate');
  const views = PROFILES.flatMap((profile) =>
    FEATURE_SETS.map((featureSet, index) => ({
      bit: 1 << (PROFILES.indexOf(profile) * FEATURE_SETS.length + index),
      view: viewOf(manifests, version, { profile, featureSet }),
      free: !known || featureSet === 'CustomNoUpgrade',
    })),
  );
  const audienceOf = (manifest: Manifest): Audience => {
    const gates = gatesOf(manifest);
    const enabledGates = new Set(gates.needed);
    const bits = { fixed: 0, free: 0 };
    for (const { bit, view, free } of views)
      if (exclusionReason(manifest, free ? { ...view, enabledGates } : view) === undefined)
        bits[free ? 'free' : 'fixed'] |= bit;
    return { ...bits, ...gates };
  };
  const audiences = new Map<Manifest, Audience>();
  const audience = (manifest: Manifest): Audience => {
    const found = audiences.get(manifest) ?? audienceOf(manifest);
    audiences.set(manifest, found);
    return found;
  };
  return (one, other) => {
    const [a, b] = [audience(one), audience(other)];
    if ((a.fixed & b.fixed) !== 0) return true;
    // No choice is better for both: a gate that one of them wants disabled keeps them apart if the other needs it.
    const apart = a.needed.some((gate) => b.unwanted.has(gate)) || b.needed.some((gate) => a.unwanted.has(gate));
    return !apart && (a.free & b.free) !== 0;
  };
}
