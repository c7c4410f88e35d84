import { at, isObject, type Manifest } from '../../manifest/index.ts';
import type { JsonObject, JsonValue } from '../../text/index.ts';

/** A field that Kubernetes refuses to change. */
interface Fixed {
  readonly path: readonly string[];
  /** Only of such objects, as they are in the cluster. */
  readonly of?: (old: JsonObject) => boolean;
  /** What the server fills in where it is left out of the field. */
  readonly defaults?: JsonObject;
  /** The Cluster Version Operator does not look at it either: the update goes on, with the field as it was. */
  readonly kept?: true;
}

const fixed = (...paths: readonly string[]): readonly Fixed[] => paths.map((path) => ({ path: path.split('.') }));

const sealed = (old: JsonObject): boolean => old.immutable === true;
const SEALED: readonly Fixed[] = ['immutable', 'data', 'binaryData'].map((name) => ({ path: [name], of: sealed }));

const ROLE: readonly Fixed[] = [{ path: ['roleRef'], defaults: { apiGroup: 'rbac.authorization.k8s.io' } }];

/** By `group/Kind`, as the server's validation of updates has them (Kubernetes' API reference, and pkg/apis/…/validation). */
const FIXED: Readonly<Record<string, readonly Fixed[]>> = {
  '/ConfigMap': SEALED,
  '/PersistentVolume': fixed('spec.volumeMode', 'spec.csi', 'spec.hostPath', 'spec.iscsi', 'spec.local', 'spec.nfs'),
  '/PersistentVolumeClaim': fixed(
    'spec.accessModes',
    'spec.dataSource',
    'spec.dataSourceRef',
    'spec.selector',
    'spec.storageClassName',
    'spec.volumeMode',
    'spec.volumeName',
  ),
  '/ResourceQuota': fixed('spec.scopes'),
  '/Secret': [...fixed('type'), ...SEALED],
  '/Service': [{ path: ['spec', 'clusterIP'], kept: true }],
  'apiextensions.k8s.io/CustomResourceDefinition': fixed(
    'spec.group',
    'spec.names.kind',
    'spec.names.plural',
    'spec.scope',
  ),
  'apps/ControllerRevision': fixed('data'),
  'apps/DaemonSet': fixed('spec.selector'),
  'apps/Deployment': fixed('spec.selector'),
  'apps/ReplicaSet': fixed('spec.selector'),
  'apps/StatefulSet': fixed(
    'spec.podManagementPolicy',
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
  ),
  'batch/Job': [
    ...fixed('spec.completionMode', 'spec.podFailurePolicy', 'spec.selector', 'spec.template'),
    { path: ['spec', 'completions'], of: (old) => at(old, 'spec', 'completionMode') !== 'Indexed' },
    ...['backoffLimitPerIndex', 'managedBy', 'successPolicy'].map(
      (name): Fixed => ({ path: ['spec', name], kept: true }),
    ),
  ],
  'certificates.k8s.io/CertificateSigningRequest': fixed('spec'),
  'discovery.k8s.io/EndpointSlice': fixed('addressType'),
  'networking.k8s.io/IngressClass': fixed('spec.controller'),
  'node.k8s.io/RuntimeClass': fixed('handler'),
  'rbac.authorization.k8s.io/ClusterRoleBinding': ROLE,
  'rbac.authorization.k8s.io/RoleBinding': ROLE,
  'resource.k8s.io/ResourceClaim': fixed('spec'),
  'scheduling.k8s.io/PriorityClass': fixed('preemptionPolicy', 'value'),
  'storage.k8s.io/CSIDriver': fixed('spec.attachRequired', 'spec.volumeLifecycleModes'),
  'storage.k8s.io/CSIStorageCapacity': fixed('nodeTopology', 'storageClassName'),
  'storage.k8s.io/StorageClass': fixed('parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'),
  'storage.k8s.io/VolumeAttributesClass': fixed('driverName', 'parameters'),
};

export interface FixedChange {
  /** `spec.selector` */
  readonly field: string;
  readonly old: JsonValue;
  readonly now: JsonValue;
  /** The update goes on, and the field stays as it was. */
  readonly kept: boolean;
}

/**
 * Fields that cannot change, and are said in both: what is said for the first time may be what the server chose itself,
 * and what is no longer said is not changed.
 */
export function fixedFields(
  { group, kind, object }: Pick<Manifest, 'group' | 'kind' | 'object'>,
  now: JsonObject,
): readonly FixedChange[] {
  return (FIXED[`${group}/${kind}`] ?? []).flatMap(({ path, of, defaults, kept = false }) => {
    if (of?.(object) === false) return [];
    const [before, after] = [object, now].map((one) => {
      const value = at(one, ...path);
      return isObject(value) ? { ...defaults, ...value } : value;
    });
    return before === undefined || after === undefined
      ? []
      : [{ field: path.join('.'), old: before, now: after, kept }];
  });
}
