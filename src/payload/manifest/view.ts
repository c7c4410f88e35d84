import { SlipwayError } from '../../util/index.ts';
import { CAPABILITIES, CAPABILITY_SETS } from './capabilities.ts';
import { FEATURE_SET, FEATURE_SETS, INCLUDE_PREFIX, type InclusionView, MAJOR_VERSION, PROFILES } from './inclusion.ts';
import { gatesOf, type ManifestOutline } from './outline.ts';
import type { Manifest } from './types.ts';

/** A cluster, as far as it decides what is applied to it; what is left out is as an ordinary cluster has it. */
export interface Cluster {
  /** Default `self-managed-high-availability`. */
  readonly profile?: string | undefined;
  /** Default and empty text: `Default`. */
  readonly featureSet?: string | undefined;
  /** `Name=true` or `Name=false`, on top of the feature set's (`CustomNoUpgrade` clusters). */
  readonly featureGates?: readonly string[] | undefined;
  /** Left out: nothing is kept away because of capabilities. */
  readonly capabilities?: { readonly baseline: string; readonly additional: readonly string[] } | undefined;
  readonly excludeIdentifier?: string | undefined;
  readonly unmanaged?: InclusionView['unmanaged'] | undefined;
}

export const DEFAULT_PROFILE = 'self-managed-high-availability';
/** Marks a FeatureGate that cluster-config-operator applies, not the Cluster Version Operator (payload format § 2.5). */
export const FEATURE_GATE_ONLY = 'false-except-for-the-config-operator';

function oneOf(what: string, value: string, known: Iterable<string>): string {
  const names = [...known];
  if (names.includes(value)) return value;
  throw new SlipwayError('PAYLOAD_CLUSTER_INVALID', `there is no ${what} "${value}".`, {
    place: { field: what },
    hint: `Known are: ${names.join(', ')}.`,
  });
}

type GateSource = Manifest | ManifestOutline;

function appliesTo(gate: GateSource, profile: string, featureSet: string, major: number): boolean {
  const annotations = gate.annotations ?? {};
  const versions = annotations[MAJOR_VERSION];
  return (
    annotations[`${INCLUDE_PREFIX}${profile}`] === FEATURE_GATE_ONLY &&
    annotations[FEATURE_SET] === featureSet &&
    (versions === undefined || versions.split(',').some((version) => version.trim() === String(major)))
  );
}

/** Feature gates that the payload's FeatureGate manifests enable for such a cluster. */
export function enabledGates(
  manifests: readonly GateSource[],
  profile: string,
  featureSet: string,
  major: number,
): ReadonlySet<string> {
  return new Set(
    gatesFor(manifests, profile, featureSet, major).flatMap((gate) => ('gates' in gate ? gate.gates : gatesOf(gate))),
  );
}

function gatesFor(manifests: readonly GateSource[], profile: string, featureSet: string, major: number) {
  return manifests
    .filter(({ group, kind }) => group === 'config.openshift.io' && kind === 'FeatureGate')
    .filter((gate) => appliesTo(gate, profile, defining(featureSet), major));
}

/** The set whose FeatureGate counts: a custom one starts from the default one. */
function defining(featureSet: string): string {
  return featureSet === 'CustomNoUpgrade' ? 'Default' : featureSet;
}

/** Whether a release says which gates a cluster of this view has. */
export function hasGates(manifests: readonly GateSource[], version: string, view: InclusionView): boolean {
  const { profile = '', featureSet = '' } = view;
  return gatesFor(manifests, profile, featureSet, Number.parseInt(version, 10)).length > 0;
}

function withCustom(gates: ReadonlySet<string>, custom: readonly string[]): ReadonlySet<string> {
  const result = new Set(gates);
  for (const entry of custom) {
    const [, name, value] = /^([^=]+)=(true|false)$/.exec(entry) ?? [];
    if (name === undefined) {
      throw new SlipwayError('PAYLOAD_CLUSTER_INVALID', `the feature gate "${entry}" is not NAME=true or NAME=false.`, {
        place: { field: 'featureGates' },
      });
    }
    if (value === 'true') result.add(name);
    else result.delete(name);
  }
  return result;
}

/**
 * What a Cluster Version Operator of such a cluster asks of each manifest (payload format § 4.2). `version` is the
 * release's. Throws `PAYLOAD_CLUSTER_INVALID` for a profile, feature set, capability set or capability that is not known.
 */
export function viewOf(manifests: readonly GateSource[], version: string, cluster: Cluster = {}): InclusionView {
  const profile = oneOf('profile', cluster.profile ?? DEFAULT_PROFILE, PROFILES);
  const named = cluster.featureSet === undefined || cluster.featureSet === '' ? 'Default' : cluster.featureSet;
  const featureSet = oneOf('featureSet', named, FEATURE_SETS);
  const major = Number.parseInt(version, 10);
  const gates = enabledGates(manifests, profile, featureSet, major);
  const { capabilities, excludeIdentifier, unmanaged } = cluster;
  return {
    profile,
    featureSet,
    enabledGates: withCustom(gates, cluster.featureGates ?? []),
    ...(Number.isNaN(major) ? {} : { majorVersion: major }),
    ...(capabilities === undefined ? {} : { capabilities: capabilitiesFor(capabilities) }),
    ...(excludeIdentifier === undefined ? {} : { excludeIdentifier }),
    ...(unmanaged === undefined ? {} : { unmanaged }),
  };
}

function capabilitiesFor({ baseline, additional }: NonNullable<Cluster['capabilities']>) {
  const set = oneOf('baselineCapabilitySet', baseline, CAPABILITY_SETS.keys());
  const more = additional.map((name) => oneOf('capability', name, CAPABILITIES));
  return { known: CAPABILITIES, enabled: [...new Set([...(CAPABILITY_SETS.get(set) ?? []), ...more])] };
}
