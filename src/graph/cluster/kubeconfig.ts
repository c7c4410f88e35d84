import { kubeRequest, readKubeconfig } from '../../kube/index.ts';
import { readJson, SlipwayError } from '../../util/index.ts';
import { type ClusterFacts, factsOf } from './facts.ts';
import { type Resource, resourcesOf } from './resources.ts';

/** What facts are drawn from; a cluster whose user may not read one of the optional ones is explained without it. */
const OBJECTS: readonly { readonly path: string; readonly kind: string; readonly required?: true }[] = [
  { path: '/apis/config.openshift.io/v1/clusterversions/version', kind: 'ClusterVersion', required: true },
  { path: '/apis/config.openshift.io/v1/infrastructures/cluster', kind: 'Infrastructure' },
  { path: '/apis/config.openshift.io/v1/clusteroperators', kind: 'ClusterOperator' },
  { path: '/apis/config.openshift.io/v1/featuregates/cluster', kind: 'FeatureGate' },
  { path: '/apis/config.openshift.io/v1/proxies/cluster', kind: 'Proxy' },
  { path: '/apis/operator.openshift.io/v1/networks/cluster', kind: 'Network' },
  { path: '/apis/operator.openshift.io/v1/cloudcredentials/cluster', kind: 'CloudCredential' },
  { path: '/apis/operators.coreos.com/v1alpha1/clusterserviceversions', kind: 'ClusterServiceVersion' },
  { path: '/api/v1/nodes', kind: 'Node' },
  { path: '/api/v1/namespaces/openshift-config/configmaps/openshift-install', kind: 'ConfigMap' },
];
/**
 * Facts of a running cluster, read with the current context of a kubeconfig. Reads only. Throws
 * `KUBE_CONFIG_INVALID`, `KUBE_UNREACHABLE`, `GRAPH_CLUSTER_UNREADABLE`.
 */
export async function readCluster(kubeconfig: string): Promise<ClusterFacts> {
  const connection = await readKubeconfig(kubeconfig);
  const resources: Resource[] = [];
  for (const { path, kind, required } of OBJECTS) {
    const { status, body } = await kubeRequest(connection, path);
    if (status === 200) {
      resources.push(...resourcesOf(readJson(body) as unknown, `${connection.server}${path}`, kind));
      continue;
    }
    if (required === true || (status !== 403 && status !== 404))
      throw new SlipwayError('GRAPH_CLUSTER_UNREADABLE', `the API server answers ${status}.`, {
        place: { file: `${connection.server}${path}` },
        hint:
          status === 401
            ? 'The credentials have expired: log in again.'
            : 'The user must be able to read ClusterVersion.',
      });
  }
  return factsOf(resources, connection.server);
}
