import type { Manifest } from './types.ts';

export const EXCLUDE_PREFIX = 'exclude.release.openshift.io/';
export const INCLUDE_PREFIX = 'include.release.openshift.io/';
export const FEATURE_SET = 'release.openshift.io/feature-set';
export const FEATURE_GATE = 'release.openshift.io/feature-gate';
export const MAJOR_VERSION = 'release.openshift.io/major-version';
export const CAPABILITY = 'capability.openshift.io/name';

export const FEATURE_SETS = [
  'CustomNoUpgrade',
  'Default',
  'DevPreviewNoUpgrade',
  'OKD',
  'TechPreviewNoUpgrade',
] as const;
export const PROFILES = [
  'self-managed-high-availability',
  'single-node-developer',
  'ibm-cloud-managed',
  'hypershift',
] as const;
/** The cluster a manifest is judged for. A part left out is not checked. */
export interface InclusionView {
  readonly profile?: string;
  /** Empty text is the default feature set. */
  readonly featureSet?: string;
  readonly enabledGates?: ReadonlySet<string>;
  readonly majorVersion?: number;
  /** The operator's `--exclude` identifier. */
  readonly excludeIdentifier?: string;
  readonly capabilities?: { readonly known: readonly string[]; readonly enabled: readonly string[] };
  /** Objects that ClusterVersion's `spec.overrides` marks unmanaged. */
  readonly unmanaged?: readonly Pick<Manifest, 'group' | 'kind' | 'namespace' | 'name'>[];
}

type Subject = Pick<Manifest, 'annotations' | 'kind'> & Partial<Pick<Manifest, 'group' | 'namespace' | 'name'>>;
type Annotations = Readonly<Record<string, string>>;
/** Why a manifest is left out, or `undefined`. */
type Check = (annotations: Annotations, manifest: Subject, view: InclusionView) => string | undefined;

const excluded: Check = (annotations, _, { excludeIdentifier }) => {
  if (excludeIdentifier === undefined || excludeIdentifier === '') return undefined;
  const key = `${EXCLUDE_PREFIX}${excludeIdentifier}`;
  return annotations[key] === 'true' ? `${key}=true` : undefined;
};

/** Only an operator that knows feature gates looks at this. */
const setAndGate: Check = (annotations, _, { enabledGates }) =>
  enabledGates !== undefined && FEATURE_SET in annotations && FEATURE_GATE in annotations
    ? 'both feature set and feature gate annotations are present: manifests may specify either a feature set or a feature gate, but not both'
    : undefined;

const featureSet: Check = (annotations, _, view) => {
  const value = annotations[FEATURE_SET];
  if (value === undefined || view.featureSet === undefined) return undefined;
  const sets = value.split(',');
  const unknown = sets.find((set) => !(FEATURE_SETS as readonly string[]).includes(set));
  if (unknown !== undefined)
    return `unrecognized value "${unknown}" in ${FEATURE_SET}=${value}; known values are: ${FEATURE_SETS.join(',')}`;
  const required = view.featureSet === '' ? 'Default' : view.featureSet;
  return sets.includes(required) ? undefined : `"${required}" is required, and ${FEATURE_SET}=${value}`;
};

const featureGate: Check = (annotations, _, { enabledGates }) => {
  const value = annotations[FEATURE_GATE];
  if (value === undefined || enabledGates === undefined) return undefined;
  for (const gate of value.split(',').map((name) => name.trim())) {
    const disabled = gate.startsWith('-');
    const name = disabled ? gate.slice(1) : gate;
    if (disabled && enabledGates.has(name))
      return `feature gate ${name} is enabled but manifest requires it to be disabled`;
    if (!disabled && !enabledGates.has(name)) return `feature gate ${name} is required but not enabled`;
  }
  return undefined;
};

interface MajorVersions {
  readonly banned: readonly number[];
  readonly required: readonly number[];
}

/** The major versions that a manifest asks for, or why no cluster of any version gets it. */
function majorVersions(value: string, kind: string): MajorVersions | string {
  if (kind !== 'FeatureGate' && kind !== 'CustomResourceDefinition')
    return 'major version filtering is only supported for feature gates and custom resources';
  const items = value.split(',').map((item) => item.trim());
  const wrong = items.find((item) => !/^-?\d+$/.test(item));
  if (wrong !== undefined) return `invalid major version "${wrong}" in ${MAJOR_VERSION}=${value}`;
  const banned = items.filter((item) => item.startsWith('-')).map((item) => Number(item.slice(1)));
  const required = items.filter((item) => !item.startsWith('-')).map(Number);
  const both = banned.find((version) => required.includes(version));
  return both === undefined ? { banned, required } : `major version ${both} is both required and excluded`;
}

/** Why a manifest's annotation of major versions keeps it from clusters of every version; `undefined` when it does not. */
export function majorVersionFault({ annotations, kind }: Pick<Manifest, 'annotations' | 'kind'>): string | undefined {
  const value = annotations?.[MAJOR_VERSION];
  const found = value === undefined ? undefined : majorVersions(value, kind);
  return typeof found === 'string' ? found : undefined;
}

const majorVersion: Check = (annotations, manifest, view) => {
  const value = annotations[MAJOR_VERSION];
  if (value === undefined || view.majorVersion === undefined) return undefined;
  const asked = majorVersions(value, manifest.kind);
  if (typeof asked === 'string') return asked;
  const { banned, required } = asked;
  if (banned.includes(view.majorVersion))
    return `major version ${view.majorVersion} matches excluded version ${view.majorVersion}`;
  if (required.length > 0 && !required.includes(view.majorVersion))
    return `major version ${view.majorVersion} does not match any required versions`;
  return undefined;
};

const profile: Check = (annotations, _, view) => {
  if (view.profile === undefined) return undefined;
  const key = `${INCLUDE_PREFIX}${view.profile}`;
  const value = annotations[key];
  if (value === undefined) return `${key} unset`;
  return value === 'true' ? undefined : `unrecognized value ${key}=${value}`;
};

const capability: Check = (annotations, _, { capabilities }) => {
  const names = capabilitiesOf(annotations);
  if (names.length === 0 || capabilities === undefined) return undefined;
  const unknown = names.filter((name) => !capabilities.known.includes(name));
  if (unknown.length > 0) return `unrecognized capability names: ${unknown.join(', ')}`;
  const disabled = names.filter((name) => !capabilities.enabled.includes(name));
  return disabled.length > 0 ? `disabled capabilities: ${disabled.join(', ')}` : undefined;
};

type ObjectName = Partial<Pick<Manifest, 'group' | 'kind' | 'namespace' | 'name'>>;

export function isSameObject(a: ObjectName, b: ObjectName): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

const unmanaged: Check = (_, manifest, view) =>
  view.unmanaged?.some((other) => isSameObject(other, manifest)) ? 'overridden' : undefined;

/** In the order of library-go's manifest.Include: the first reason found is the one reported (payload format § 4.2). */
const CHECKS: readonly Check[] = [
  excluded,
  setAndGate,
  featureSet,
  featureGate,
  majorVersion,
  profile,
  capability,
  unmanaged,
];

/** The capabilities a manifest belongs to: `A+B` needs both. */
export function capabilitiesOf(annotations: Annotations | null): readonly string[] {
  const value = annotations?.[CAPABILITY];
  return value === undefined || value === '' ? [] : value.split('+');
}

/** Why a Cluster Version Operator would leave the manifest out on such a cluster; `undefined` when it applies it. */
export function exclusionReason(manifest: Subject, view: InclusionView): string | undefined {
  if (manifest.annotations === null) return 'no annotations';
  for (const check of CHECKS) {
    const reason = check(manifest.annotations, manifest, view);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
