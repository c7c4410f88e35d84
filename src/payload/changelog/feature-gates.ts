import { listAt, type Manifest, parseManifests, textAt } from '../manifest/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';

/** Feature gates that another release has in another state. */
export interface FeatureGateChanges {
  /** In byte order of feature sets, then of profiles. */
  readonly columns: readonly { readonly featureSet: string; readonly profile: string }[];
  readonly gates: readonly {
    readonly name: string;
    /** Tests that the release reports for the gate. */
    readonly tests: number;
    /** One a column: `Enabled`, `Disabled (New)`, `Unconditionally Enabled (Changed)`, … */
    readonly states: readonly string[];
  }[];
}

const TEST_REPORT = '0000_50_tests_test-reporting.yaml';
const PROFILES: ReadonlyMap<string, string> = new Map([
  ['ibm-cloud-managed', 'Hypershift'],
  ['self-managed-high-availability', 'SelfManagedHA'],
  ['single-node-developer', 'SingleNode'],
]);
const INCLUDE = 'include.release.openshift.io/';
const MAJOR = 'release.openshift.io/major-version';

/** Gate ► whether it is on. */
type Gates = ReadonlyMap<string, boolean>;
/** Profile ► feature set ► gates. Profile `''` stands for all. */
type FeatureSets = Map<string, Map<string, Gates>>;

/** Whether a manifest is for releases of this major version: `4,5`, or `-5` for any other (payload format § 4.2). */
function forMajor(manifest: Manifest, major: string): boolean {
  const listed = manifest.annotations?.[MAJOR];
  if (listed === undefined || listed.trim() === '') return true;
  const items = listed.split(',').map((item) => item.trim());
  if (items.includes(`-${major}`)) return false;
  return items.includes(major) || items.every((item) => item.startsWith('-'));
}

function profileOf({ annotations }: Manifest): string {
  const profiles = Object.entries(annotations ?? {})
    .filter(([key, value]) => key.startsWith(INCLUDE) && value !== 'false')
    .map(([key]) => PROFILES.get(key.slice(INCLUDE.length)) ?? '')
    .sort(compareBytes);
  return profiles[0] ?? '';
}

function featureSets(payload: Payload): FeatureSets {
  const found: FeatureSets = new Map();
  const [major = ''] = payload.metadata.version.split('.');
  for (const { name, bytes } of payload.files) {
    if (!name.includes('featureGate-')) continue;
    for (const manifest of parseManifests(bytes, name)) {
      const { object, kind } = manifest;
      if (kind !== 'FeatureGate' || !forMajor(manifest, major)) continue;
      const featureSet = textAt(object, 'spec', 'featureSet') || 'Default';
      if (featureSet === 'CustomNoUpgrade') continue;
      const [states] = listAt(object, 'status', 'featureGates');
      const gates = new Map<string, boolean>();
      for (const [list, enabled] of [
        ['enabled', true],
        ['disabled', false],
      ] as const)
        for (const gate of listAt(states, list)) gates.set(textAt(gate, 'name'), enabled);
      const profile = profileOf(manifest);
      found.set(profile, (found.get(profile) ?? new Map()).set(featureSet, gates));
    }
  }
  return found;
}

function stateOf(from: Gates | undefined, to: Gates | undefined, gate: string): string {
  if (to === undefined) return from === undefined ? 'Not Available' : 'Not Available (Changed)';
  const now = to.get(gate);
  const word = now === undefined ? 'Unconditionally Enabled' : now ? 'Enabled' : 'Disabled';
  if (from === undefined) return `${word} (New)`;
  const before = from.get(gate);
  if (before === now) return word;
  return before === undefined ? `${word} (New)` : `${word} (Changed)`;
}

/** Gates that matter most come first: changed ones, above all of the default feature set (library-go, `features`). */
function weight(featureSet: string, state: string): number {
  const isDefault = featureSet === 'Default';
  if (state === 'Unconditionally Enabled') return -100;
  if (state.endsWith('(Changed)')) return isDefault ? -110 : -10;
  if (state.endsWith('Enabled (New)')) return isDefault ? -11 : -1;
  if (state === 'Disabled (New)') return isDefault ? -2 : -1;
  return 0;
}

/** How many tests a release's report names for each gate. */
function testsOf(payload: Payload): ReadonlyMap<string, number> {
  const report = payload.files.find(({ name }) => name === TEST_REPORT);
  if (report === undefined) return new Map();
  return new Map(
    parseManifests(report.bytes, TEST_REPORT).flatMap(({ object }) =>
      listAt(object, 'spec', 'testsForFeatureGates').map(
        (gate) => [textAt(gate, 'featureGate'), listAt(gate, 'tests').length] as const,
      ),
    ),
  );
}

/**
 * What is different between the FeatureGate manifests of two releases (payload format § 2.3). Of manifests for several
 * major versions, that of the release's own counts. Throws what `parseManifests` throws. Pure.
 */
export function featureGateChanges(from: Payload, to: Payload): FeatureGateChanges {
  const [before, after] = [featureSets(from), featureSets(to)];
  const names = (of: (sets: FeatureSets) => Iterable<string>): string[] =>
    [...new Set([...of(before), ...of(after)])].sort(compareBytes);
  const profiles = names((sets) => sets.keys()).filter((profile) => profile !== '');
  const sets = names((all) => [...all.values()].flatMap((bySet) => [...bySet.keys()]));
  const gatesIn = (all: FeatureSets, profile: string, set: string): Gates | undefined =>
    (all.get(profile) ?? all.get(''))?.get(set);
  const everyColumn = sets.flatMap((featureSet) => profiles.map((profile) => ({ featureSet, profile })));
  const gates = names((all) =>
    [...all.values()].flatMap((bySet) => [...bySet.values()].flatMap((states) => [...states.keys()])),
  ).filter((gate) =>
    everyColumn.some(({ featureSet, profile }) => {
      const [old, now] = [gatesIn(before, profile, featureSet), gatesIn(after, profile, featureSet)];
      return old !== undefined && now !== undefined && old.get(gate) !== now.get(gate);
    }),
  );
  const tests = testsOf(to);
  const state = (gate: string, { featureSet, profile }: { featureSet: string; profile: string }): string =>
    stateOf(gatesIn(before, profile, featureSet), gatesIn(after, profile, featureSet), gate);
  const weighed = gates.map((name) => ({
    name,
    weight: everyColumn.reduce((sum, column) => sum + weight(column.featureSet, state(name, column)), 0),
  }));
  // A feature set that went nowhere and was removed.
  const columns = everyColumn.filter(({ featureSet }) => featureSet !== 'LatencySensitive');
  return {
    columns,
    gates: weighed
      .sort((a, b) => a.weight - b.weight || compareBytes(a.name, b.name))
      .map(({ name }) => ({
        name,
        tests: tests.get(name) ?? 0,
        states: columns.map((column) => state(name, column)),
      })),
  };
}
