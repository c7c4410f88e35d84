/** Capabilities that a current Cluster Version Operator knows (payload format § 4.2). */
export const CAPABILITIES = [
  'baremetal',
  'Build',
  'CloudControllerManager',
  'CloudCredential',
  'ClusterAPI',
  'CompatibilityRequirements',
  'Console',
  'CSISnapshot',
  'DeploymentConfig',
  'ImageRegistry',
  'Ingress',
  'Insights',
  'MachineAPI',
  'marketplace',
  'NodeTuning',
  'OperatorLifecycleManager',
  'OperatorLifecycleManagerV1',
  'openshift-samples',
  'Storage',
] as const;

/** What each minor version added to its set of all capabilities (openshift/api, `ClusterVersionCapabilitySets`). */
const ADDED: readonly (readonly [set: string, added: readonly string[]])[] = [
  ['None', []],
  ['v4.11', ['baremetal', 'marketplace', 'openshift-samples', 'MachineAPI']],
  ['v4.12', ['Console', 'Insights', 'Storage', 'CSISnapshot']],
  ['v4.13', ['NodeTuning']],
  ['v4.14', ['Build', 'DeploymentConfig', 'ImageRegistry']],
  ['v4.15', ['OperatorLifecycleManager', 'CloudCredential']],
  ['v4.16', ['Ingress', 'CloudControllerManager']],
  ['v4.17', []],
  ['v4.18', ['OperatorLifecycleManagerV1']],
  ['vCurrent', ['ClusterAPI', 'CompatibilityRequirements']],
];

/** By the name of a set: the capabilities it enables. */
export const CAPABILITY_SETS: ReadonlyMap<string, readonly string[]> = new Map(
  ADDED.map(([set], index) => [set, ADDED.slice(0, index + 1).flatMap(([, added]) => added)]),
);
