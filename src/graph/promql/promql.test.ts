import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { ClusterFacts } from '../cluster/facts.ts';
import { seriesOf } from '../cluster/series.ts';
import { parseGraphData } from '../data/parse.ts';
import { readGraphData } from '../files/read.ts';
import { graphVectors, NO_VECTORS } from '../testing/graph.ts';
import { evaluateQuery, type Sample } from './evaluate.ts';
import { parsePromql } from './parser.ts';

const vectors = graphVectors();

const GCP: ClusterFacts = {
  version: '4.16.0',
  initialVersion: '4.9.3',
  history: ['4.16.0', '4.9.3'],
  available: [],
  conditional: [],
  conditions: [],
  platform: 'GCP',
  controlPlaneTopology: 'HighlyAvailable',
  operators: [{ name: 'dns', conditions: [{ type: 'Available', status: 'True' }] }],
  nodes: [
    {
      name: 'a',
      arch: 'amd64',
      labels: { 'node.openshift.io/os_id': 'rhel', 'node-role.kubernetes.io/master': '' },
      currentConfig: 'rendered-master-1',
    },
    { name: 'b', arch: 'amd64', labels: {}, currentConfig: 'rendered-worker-1' },
  ],
  csvs: [{ name: 'metallb-operator.v4.16.0', succeeded: true }],
  ipsec: 'Disabled',
  featureSet: '',
  proxy: { http: false, https: true },
  capabilities: { known: ['Console'], enabled: ['Console'] },
};

test('every query of production parses', { skip: vectors === undefined ? NO_VECTORS : false }, async () => {
  const data = parseGraphData(await readGraphData(join(vectors ?? '', 'head-731d04247', 'graph-data.tar.gz')));
  const queries = new Map(
    data.blocked.flatMap(({ risk }) =>
      (risk?.matchingRules ?? []).flatMap((rule) =>
        rule.type === 'PromQL' ? [[risk?.name ?? '', rule.promql.promql] as const] : [],
      ),
    ),
  );
  assert.ok(queries.size > 50);
  for (const query of queries.values()) parsePromql(query);
  const states = Object.fromEntries(
    [...queries].map(([name, query]) => [name, evaluateQuery(query, seriesOf(GCP)).state]),
  );
  // what each query means for a cluster on Google's cloud, born in 4.9, with a RHEL node and MetalLB, read by hand
  const expected = {
    AWSCustomDomainNodesNotReady: 'clear',
    NonZonalAzureMachineSetScaling: 'clear',
    ARODNSWrongBootSequence: 'clear',
    HyperShiftClusterVersionOperatorMetrics: 'clear',
    VSphereHW14CrossNodeNetworkingError: 'clear',
    NMStateServiceFailure: 'clear',
    EarlyAPICertRotation: 'matches',
    OldBootImagesComposeFSvsGrubProbe: 'matches',
    CSRNotApprovedBadCerts: 'matches',
    RHELFailedRebootMissingService: 'matches',
    CRIAuthPluginRHEL: 'matches',
    S390xContainerDataFailure: 'clear',
    MetallbBgpBfdFrrRpm: 'matches',
    HCPMetallbCNOCannotDeployFRRK8S: 'clear',
    SRIOVFailedToConfigureVF: 'clear',
    NUMAResourcesOperatorCrashLoopBackOff: 'clear',
    ConsoleEnabledTargetDownAlert: 'matches',
    ConsoleImplicitlyEnabled: 'clear',
    AzureDefaultVMType: 'clear',
    AROSystemDLooping: 'clear',
    AzureSystemDLooping: 'clear',
    KeepalivedMulticastSkew: 'clear',
    MachineConfigNodesV1AlphaControlPlaneLabels: 'matches',
    OSUpdateFailureDueToImagePullPolicy: 'matches',
    TechPreviewSignatureStoresInDefault: 'matches',
    IPsecLargeClusterConnectivity: 'clear',
    // the facts do not say how many objects are stored, nor what Ceph does
    OVNIPsecPausedMCPConnectivity: 'unknown',
    CephCapDropPanic: 'unknown',
    PerformanceProfilesCPUQuota: 'unknown',
    AMD19hFirmware: 'unknown',
  };
  for (const [name, state] of Object.entries(expected))
    assert.equal(states[name], state, `${name}: ${queries.get(name)}`);
});

/** Series for the operators themselves. */
const SERIES: Readonly<Record<string, readonly Sample[]>> = {
  a: [
    { labels: { x: '1' }, value: 2 },
    { labels: { x: '2' }, value: 5 },
  ],
  b: [{ labels: { x: '2', y: 'k' }, value: 1 }],
  none: [],
};

test('operators as Prometheus defines them', () => {
  const state = (query: string): string => {
    const outcome = evaluateQuery(query, (metric) => SERIES[metric]);
    return outcome.state === 'unknown' ? outcome.reason : outcome.state;
  };
  assert.equal(state('max(a) == bool 5'), 'matches');
  assert.equal(state('count(a) - 2'), 'clear');
  assert.equal(state('sum(a) / 7'), 'matches');
  assert.equal(state('-1 + max by (x) (a{x="1"})'), 'matches');
  assert.equal(state('group(a{x=~"2|3"} > 4)'), 'matches');
  assert.equal(state('b * on (x) group_left () b'), 'matches');
  assert.equal(state('0 * a{x!="2"} or on () b'), 'clear');
  assert.equal(state('b unless on (x) a or vector(0)'), 'clear');
  assert.equal(state('absent(none)'), 'matches');
  assert.equal(state('group(a{x=~"[12"})').startsWith('the pattern'), true);
  assert.equal(state('a'), 'the query gives 2 samples instead of one.');
  assert.equal(state('max(a)'), 'the query gives 5 instead of 0 or 1.');
  assert.equal(state('none'), 'the query gives 0 samples instead of one.');
  assert.equal(state('missing or b'), 'the facts do not cover missing.');
  assert.match(state('rate(a[5m])'), /the function rate is not known here/);
  assert.match(state('a * on (y) b + a +'), /is not expected/);
});
