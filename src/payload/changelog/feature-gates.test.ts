import assert from 'node:assert/strict';
import { it } from 'node:test';
import { facts } from '../testing/facts.ts';
import { featureGateChanges } from './feature-gates.ts';

type Sets = Readonly<Record<string, readonly [on: readonly string[], off: readonly string[]]>>;

async function released(sets: Sets) {
  const files = Object.entries(sets).map(([set, [on, off]]) => {
    const gates = (names: readonly string[]) => names.map((name) => ({ name }));
    const annotations = { 'include.release.openshift.io/self-managed-high-availability': 'true' };
    const manifest = {
      apiVersion: 'config.openshift.io/v1',
      kind: 'FeatureGate',
      metadata: { name: 'cluster', annotations },
      spec: set === 'Default' ? {} : { featureSet: set },
      status: { featureGates: [{ enabled: gates(on), disabled: gates(off), version: 'x' }] },
    };
    return [`0000_50_api_featureGate-SelfManagedHA-${set}.yaml`, JSON.stringify(manifest)] as const;
  });
  return (await facts({ files: Object.fromEntries(files) })).payload;
}

// The states and the order are those that oc of 2026-04 printed of two releases with these manifests.
it('gates stand in the states and in the order of oc', async () => {
  const from = await released({
    Default: [
      ['A', 'Gone', 'Q'],
      ['B', 'C', 'Off'],
    ],
    TechPreviewNoUpgrade: [
      ['A', 'B', 'Gone', 'Q'],
      ['C', 'Off'],
    ],
  });
  const to = await released({
    Default: [
      ['A', 'B', 'New1'],
      ['C', 'D', 'New2', 'Q'],
    ],
    OKD: [['A', 'New2'], []],
    TechPreviewNoUpgrade: [['A', 'B', 'C', 'New1', 'New2'], ['D']],
  });
  const fresh = 'Unconditionally Enabled (New)';
  const { columns, gates } = featureGateChanges(from, to);
  assert.deepEqual(
    columns.map(({ featureSet }) => featureSet),
    ['Default', 'OKD', 'TechPreviewNoUpgrade'],
  );
  assert.deepEqual(
    gates.map(({ name, states }) => [name, ...states]),
    [
      ['Gone', 'Unconditionally Enabled (Changed)', fresh, 'Unconditionally Enabled (Changed)'],
      ['Off', 'Unconditionally Enabled (Changed)', fresh, 'Unconditionally Enabled (Changed)'],
      ['Q', 'Disabled (Changed)', fresh, 'Unconditionally Enabled (Changed)'],
      ['B', 'Enabled (Changed)', fresh, 'Enabled'],
      ['New1', 'Enabled (New)', fresh, 'Enabled (New)'],
      ['C', 'Disabled', fresh, 'Enabled (Changed)'],
      ['D', 'Disabled (New)', fresh, 'Disabled (New)'],
      ['New2', 'Disabled (New)', 'Enabled (New)', 'Enabled (New)'],
    ],
  );
});
