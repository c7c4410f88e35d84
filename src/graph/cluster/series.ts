import { isSemver } from '../../version/index.ts';
import type { Sample, Series } from '../promql/index.ts';
import type { ClusterFacts } from './facts.ts';

type Metric = (facts: ClusterFacts) => readonly Sample[] | undefined;

const sample = (labels: Readonly<Record<string, string>>, value = 1): Sample => ({ labels, value });

/** The metrics that facts can stand for, as the cluster's own exporters name and label them. */
const METRICS: Readonly<Record<string, Metric>> = {
  cluster_infrastructure_provider: ({ platform }) =>
    platform === undefined ? undefined : [sample({ type: platform })],
  cluster_installer: ({ invoker, controlPlaneTopology }) => {
    // a hosted control plane is what makes the Cluster Version Operator say "hypershift"
    if (controlPlaneTopology === 'External') return [sample({ type: 'other', invoker: 'hypershift' })];
    if (invoker !== undefined) return [sample({ type: 'openshift-install', invoker })];
    return controlPlaneTopology === undefined ? undefined : [sample({ type: 'other', invoker: '' })];
  },
  cluster_version: ({ version, initialVersion }) => [
    sample({ type: 'current', version }),
    ...(initialVersion === undefined ? [] : [sample({ type: 'initial', version: initialVersion })]),
  ],
  cluster_version_capability: ({ capabilities }) =>
    capabilities?.known.map((name) => sample({ name }, capabilities.enabled.includes(name) ? 1 : 0)),
  cluster_operator_conditions: ({ operators }) =>
    operators?.flatMap(({ name, conditions }) =>
      conditions.map(({ type, status, reason = '' }) =>
        sample({ name, condition: type, reason }, status === 'True' ? 1 : 0),
      ),
    ),
  cluster_feature_set: ({ featureSet }) =>
    featureSet === undefined ? undefined : [sample({ name: featureSet }, featureSet === '' ? 1 : 0)],
  cluster_proxy_enabled: ({ proxy }) =>
    proxy && [sample({ type: 'http' }, Number(proxy.http)), sample({ type: 'https' }, Number(proxy.https))],
  cco_credentials_mode: ({ credentialsMode }) =>
    // an empty mode lets the operator find out, which no file shows
    credentialsMode === undefined || credentialsMode === ''
      ? undefined
      : [sample({ mode: credentialsMode.toLowerCase() })],
  csv_succeeded: ({ csvs }) => csvs?.map(({ name, succeeded }) => sample({ name }, Number(succeeded))),
  csv_count: ({ csvs }) => csvs && [sample({}, csvs.length)],
  kube_node_labels: ({ nodes }) =>
    nodes?.map(({ name, labels }) =>
      sample({
        node: name,
        ...Object.fromEntries(
          Object.entries(labels).map(([label, value]) => [`label_${label.replaceAll(/[^a-zA-Z0-9]/g, '_')}`, value]),
        ),
      }),
    ),
  kube_node_role: ({ nodes }) =>
    nodes?.flatMap(({ name, labels }) =>
      Object.keys(labels).flatMap((label) => {
        const role = /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1];
        return role === undefined ? [] : [sample({ node: name, role })];
      }),
    ),
  mcd_update_state: ({ nodes }) =>
    nodes?.map(({ name, currentConfig }) => sample({ node: name, config: currentConfig })),
  ovnkube_controller_ipsec_enabled: (facts) => ipsec(facts, (minor) => minor >= 14),
  ovnkube_master_ipsec_enabled: (facts) => ipsec(facts, (minor) => minor < 14),
};

/** The metric moved from the master to the controller with 4.14, so on each side of it one of them has no series. */
function ipsec({ ipsec: mode, version }: ClusterFacts, has: (minor: number) => boolean): readonly Sample[] | undefined {
  if (mode === undefined || !isSemver(version)) return undefined;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const effective = major > 4 ? 99 : minor;
  return has(effective) ? [sample({}, mode === 'Disabled' ? 0 : 1)] : [];
}

/** The series of a cluster's facts. A metric that the facts do not cover is undefined, not empty. */
export function seriesOf(facts: ClusterFacts): Series {
  return (metric, matchers) => {
    if (metric !== 'apiserver_storage_objects') return METRICS[metric]?.(facts);
    const resource = matchers.find(({ label, operator }) => label === 'resource' && operator === '=')?.value;
    // how many objects are stored is known for nodes only; that some are is known of every cluster
    const nodes = facts.nodes;
    if (nodes === undefined || (resource !== undefined && resource !== 'nodes')) return undefined;
    if (resource === undefined && matchers.some(({ label }) => label === 'resource')) return undefined;
    return [sample({ resource: 'nodes' }, nodes.length)];
  };
}
