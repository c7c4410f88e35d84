import { exclusionReason, FEATURE_GATE, FEATURE_SETS, PROFILES } from '../../manifest/inclusion.ts';
import type { Manifest } from '../../manifest/types.ts';

/** A pair of manifests with more gates than this is taken to overlap. */
const MOST_GATES = 6;

function gatesOf({ annotations }: Manifest): readonly string[] {
  return (annotations?.[FEATURE_GATE] ?? '')
    .split(',')
    .map((gate) => gate.trim().replace(/^-/, ''))
    .filter((gate) => gate !== '');
}

/** Every choice of enabled gates. */
function choices(gates: readonly string[]): readonly ReadonlySet<string>[] {
  return Array.from(
    { length: 2 ** gates.length },
    (_, bits) => new Set(gates.filter((__, index) => (bits >> index) & 1)),
  );
}

/**
 * Whether there is a cluster that gets both manifests: some profile, feature set and choice of feature gates includes
 * both. Capabilities do not keep them apart, since all may be enabled.
 */
export function overlaps(a: Manifest, b: Manifest): boolean {
  const gates = [...new Set([...gatesOf(a), ...gatesOf(b)])];
  if (gates.length > MOST_GATES) return true;
  return PROFILES.some((profile) =>
    FEATURE_SETS.some((featureSet) =>
      choices(gates).some((enabledGates) =>
        [a, b].every((manifest) => exclusionReason(manifest, { profile, featureSet, enabledGates }) === undefined),
      ),
    ),
  );
}
