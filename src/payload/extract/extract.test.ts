import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { loadPayload } from '../info/load.ts';
import { exclusionReason } from '../manifest/inclusion.ts';
import { parseManifests } from '../manifest/parse.ts';
import { type Cluster, viewOf } from '../manifest/view.ts';
import { facts } from '../testing/facts.ts';
import { configMap, INCLUDED } from '../testing/images.ts';
import { goldenOutput, shared } from '../testing/shared.ts';
import { StoredRegistry } from '../testing/stored-registry.ts';
import { parseInstallConfig } from './install-config.ts';
import { extractManifests, payloadFile } from './manifests.ts';

const RELEASE = '127.0.0.1:5099/okd/release';
const VERSION = '4.99.0-0.okd-scos-2024-06-01-000000';

function request(name: string, provider: string, annotations = `    ${INCLUDED}\n`): string {
  const metadata = annotations === '' ? '' : `  annotations:\n${annotations}`;
  return `apiVersion: cloudcredential.openshift.io/v1\nkind: CredentialsRequest\nmetadata:\n  name: ${name}\n${metadata}spec:\n  providerSpec:\n    kind: ${provider}\n`;
}

const HIGH_AVAILABILITY = { profile: 'self-managed-high-availability', featureSet: '' };

describe('extract', () => {
  it('manifests of the recorded release, byte for byte as oc wrote them', async (t) => {
    const folder = shared(t, 'golden/');
    if (folder === undefined) return;
    const stored = await StoredRegistry.open(`${folder}registry-storage.tar.gz`);
    const payload = await loadPayload(stored.repository(RELEASE), VERSION, { name: RELEASE });
    const files = extractManifests(payload);
    const expected = readdirSync(`${folder}outputs/extract`).sort();
    assert.deepEqual(files.map(({ name }) => name).sort(), expected);
    for (const { name, bytes } of files)
      assert.equal(Buffer.from(bytes).toString(), readFileSync(`${folder}outputs/extract/${name}`, 'utf8'), name);
    const metadata = payloadFile(payload, 'release-metadata').bytes;
    assert.equal(Buffer.from(metadata).toString(), goldenOutput(`${folder}extract-file.txt`));
    // The recorded run fails for platform none; here it is a platform like any other.
    const bytes = readFileSync(`${folder}inputs/install-config.yaml`);
    const { platform, cluster } = parseInstallConfig(bytes, 'install-config.yaml');
    assert.equal(platform, 'none');
    const manifests = payload.files.flatMap((file) =>
      /\.(?:yaml|json)$/.test(file.name) ? parseManifests(file.bytes, file.name) : [],
    );
    const view = viewOf(manifests, payload.metadata.version, cluster);
    assert.deepEqual(
      extractManifests(payload, { view })
        .map(({ name }) => name)
        .sort(),
      expected,
    );
    assert.deepEqual(extractManifests(payload, { view, credentialsRequests: { cloud: 'none' } }), []);
  });

  it('keeps what a cluster gets, object by object', async () => {
    const okdOnly = configMap('okd').replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/feature-set: OKD`);
    const { payload } = await facts({
      files: {
        '0000_50_a_1.yaml': `${configMap('both')}---\n${okdOnly}`,
        '0000_50_b_1.yaml': okdOnly,
        '0000_50_c_README.md': 'x',
      },
    });
    assert.deepEqual(
      extractManifests(payload).map(({ name }) => name),
      ['0000_50_a_1.yaml', '0000_50_b_1.yaml'],
    );
    const [only, ...none] = extractManifests(payload, { view: HIGH_AVAILABILITY });
    assert.deepEqual(none, []);
    assert.equal(
      Buffer.from(only?.bytes ?? []).toString(),
      `---\napiVersion: v1\ndata:\n  value: x\nkind: ConfigMap\nmetadata:\n  annotations:\n    ${INCLUDED}\n  name: both\n  namespace: test\n`,
    );
    assert.deepEqual(extractManifests(payload, { view: { ...HIGH_AVAILABILITY, featureSet: 'OKD' } }).length, 2);
  });

  it('CredentialsRequests: of one platform, of all, and those nobody but ccoctl reads', async () => {
    const { payload } = await facts({
      files: {
        '0000_50_a_1.yaml': `${request('aws', 'AWSProviderSpec')}---\n${request('gcp', 'GCPProviderSpec')}`,
        '0000_50_b_1.yaml': request('manual', 'AWSProviderSpec', ''),
        '0000_50_c_1.yaml': configMap('other'),
      },
    });
    const names = (cloud?: string, view?: typeof HIGH_AVAILABILITY) =>
      extractManifests(payload, {
        credentialsRequests: cloud === undefined ? {} : { cloud },
        ...(view === undefined ? {} : { view }),
      }).flatMap(({ bytes, name }) => parseManifests(bytes, name).map((manifest) => manifest.name));
    assert.deepEqual(names(), ['aws', 'gcp', 'manual']);
    assert.deepEqual(names('aws'), ['aws', 'manual']);
    assert.deepEqual(names('gcp', HIGH_AVAILABILITY), ['gcp']);
    assert.deepEqual(names('aws', { ...HIGH_AVAILABILITY, profile: 'hypershift' }), ['manual']);
    assert.deepEqual(names('baremetal'), []);
  });

  it('a number beyond what a double holds is not written as another one', async () => {
    const text = configMap('big').replace('  value: "x"', '  value: 9223372036854775807');
    const { payload } = await facts({ files: { '0000_50_a_1.yaml': `---\n${text}` } });
    const [file] = extractManifests(payload);
    assert.match(
      Buffer.from(file?.bytes ?? []).toString(),
      /^---\napiVersion: v1\ndata:\n {2}value: 9223372036854775807\nkind: /,
    );
  });
});

describe('the cluster that an install-config describes', () => {
  const read = (text: string) => parseInstallConfig(Buffer.from(text), 'install-config.yaml');

  it('every platform, feature set and capabilities', () => {
    for (const platform of ['aws', 'none', 'baremetal', 'external', 'vsphere'])
      assert.equal(read(`apiVersion: v1\nplatform:\n  ${platform}: {}\n`).platform, platform);
    assert.deepEqual(read('apiVersion: v1\nfeatureSet: OKD\ncapabilities:\n  baselineCapabilitySet: None\n').cluster, {
      featureSet: 'OKD',
      featureGates: undefined,
      capabilities: { baseline: 'None', additional: [] },
    });
    for (const text of ['apiVersion: v2\n', 'a: [', 'apiVersion: v1\nplatform: {aws: {}, gcp: {}}\n', ''])
      assert.throws(() => read(text), { code: /^PAYLOAD_(?:INSTALL_CONFIG|YAML)_INVALID$/ });
  });

  it('a field without a value is none', () => {
    const bare = read('apiVersion: v1\nplatform: {none: {}}\n');
    for (const text of ['capabilities:', 'featureSet:', 'featureGates:', 'capabilities: null\nfeatureSet: ~'])
      assert.deepEqual(read(`apiVersion: v1\nplatform: {none: }\n${text}\n`), bare, text);
    assert.deepEqual(read('apiVersion: v1\nplatform:\n'), { ...bare, platform: undefined });
    const inner = 'capabilities: {baselineCapabilitySet: , additionalEnabledCapabilities: }';
    assert.deepEqual(read(`apiVersion: v1\n${inner}\n`).cluster, read('apiVersion: v1\ncapabilities: {}\n').cluster);
  });

  it('what of it is not known is told with the file', () => {
    for (const [text, field] of [
      ['capabilities: {baselineCapabilitySet: v9.9}', 'baselineCapabilitySet'],
      ['capabilities: {additionalEnabledCapabilities: [Nope]}', 'capability'],
      ['featureSet: Nope', 'featureSet'],
      ['featureGates: [Nope]', 'featureGates'],
    ])
      assert.throws(() => read(`apiVersion: v1\n${text}\n`), {
        code: 'PAYLOAD_CLUSTER_INVALID',
        place: { file: 'install-config.yaml', field },
      });
  });

  it('a view of it: capabilities by set, gates by the FeatureGate manifests of its set and profile', (t) => {
    const folder = shared(t, 'featuregates/');
    if (folder === undefined) return;
    const manifests = readdirSync(folder).flatMap((name) => parseManifests(readFileSync(`${folder}${name}`), name));
    const gates = (cluster: Cluster) => viewOf(manifests, '4.21.0-okd-scos.0', cluster).enabledGates ?? new Set();
    const tech = gates({ featureSet: 'TechPreviewNoUpgrade' });
    assert.ok(tech.size > gates({}).size);
    for (const gate of gates({})) assert.ok(tech.has(gate), gate);
    assert.notDeepEqual(gates({ featureSet: 'OKD', profile: 'ibm-cloud-managed' }), new Set());
    const custom = gates({ featureSet: 'CustomNoUpgrade', featureGates: ['Mine=true', `${[...gates({})][0]}=false`] });
    assert.deepEqual([custom.size, custom.has('Mine')], [gates({}).size, true]);
    assert.deepEqual(viewOf([], '3.0.0', {}).enabledGates, new Set());
  });

  it('capabilities, and what is not known', () => {
    const view = (cluster: Cluster) => viewOf([], '4.21.0', cluster);
    const annotations = {
      'include.release.openshift.io/self-managed-high-availability': 'true',
      'capability.openshift.io/name': 'Console',
    };
    const reason = (cluster: Cluster) => exclusionReason({ kind: 'ConfigMap', annotations }, view(cluster));
    assert.equal(reason({}), undefined);
    assert.equal(reason({ capabilities: { baseline: 'v4.11', additional: [] } }), 'disabled capabilities: Console');
    assert.equal(reason({ capabilities: { baseline: 'v4.12', additional: [] } }), undefined);
    assert.equal(reason({ capabilities: { baseline: 'None', additional: ['Console'] } }), undefined);
    for (const cluster of [
      { profile: 'x' },
      { featureSet: 'x' },
      { featureGates: ['x'] },
      { capabilities: { baseline: 'x', additional: [] } },
      { capabilities: { baseline: 'None', additional: ['x'] } },
    ])
      assert.throws(() => view(cluster), { code: 'PAYLOAD_CLUSTER_INVALID' });
  });
});
