import type { Manifest } from '../../manifest/index.ts';
import kubernetes from './kubernetes.json' with { type: 'json' };
import { OPENSHIFT } from './openshift.ts';
import { isRemoved } from './removed-apis.ts';

type Identity = Pick<Manifest, 'group' | 'version' | 'kind'>;

/** Of Kubernetes, whose kinds, fields and types are known. */
export const KUBERNETES_RELEASE = kubernetes.release;

const TYPES = new Map(Object.entries<string>({ ...kubernetes.kinds, ...OPENSHIFT.kinds }));
const NAMESPACED: ReadonlySet<string> = new Set([...kubernetes.namespaced, ...OPENSHIFT.namespaced]);

interface Known {
  readonly group: string;
  /** `apps/v1` */
  readonly apiVersion: string;
  readonly kind: string;
}

/** `v1`, `apps/v1` */
function apiVersionOf({ group, version }: Identity): string {
  return group === '' ? version : `${group}/${version}`;
}

function keyOf(identity: Identity): string {
  return `${apiVersionOf(identity)}/${identity.kind}`;
}

const KNOWN: readonly Known[] = Object.keys(kubernetes.kinds).map((key) => {
  const [kind = '', version = '', group = ''] = key.split('/').reverse();
  return { group, kind, apiVersion: apiVersionOf({ group, version, kind }) };
});
const GROUPS: ReadonlySet<string> = new Set(KNOWN.map(({ group }) => group));
/** `group/Kind` of kinds whose objects are in no namespace, in any version. */
const OF_CLUSTERS: ReadonlySet<string> = new Set(
  [...TYPES.keys()].filter((key) => !NAMESPACED.has(key)).map((key) => key.replace(/(^|\/)v\d\w*\//, '/')),
);

/** The type of a known kind's objects. */
export function typeOf(identity: Identity): string | undefined {
  return TYPES.get(keyOf(identity));
}

/** Whether the objects of a known kind are in a namespace. */
export function isNamespaced(identity: Identity): boolean {
  return NAMESPACED.has(keyOf(identity));
}

/** Whether the objects of a known kind, of any version, are in no namespace: one that they name is ignored. */
export function isOfCluster({ group, kind }: Pick<Manifest, 'group' | 'kind'>): boolean {
  return OF_CLUSTERS.has(`${group}/${kind}`);
}

export interface UnknownKind {
  /** `Kubernetes 1.36 has no configmap of v1; it has ConfigMap of v1.` */
  readonly message: string;
  /** Some release may have it: an alpha or beta of a kind that is known. */
  readonly passing: boolean;
}

/**
 * What the groups of Kubernetes do not have, of which a server knows no resource. Nothing is known of other groups: those
 * of CRDs have a point in their names (apiextensions.k8s.io/v1, `spec.group`). What was there once is `isRemoved`'s.
 */
export function unknownKind(identity: Identity): UnknownKind | undefined {
  const { group, version, kind } = identity;
  if (typeOf(identity) !== undefined || isRemoved(group, version, kind)) return undefined;
  const apiVersion = apiVersionOf(identity);
  const wanted = kind.toLowerCase();
  if (!GROUPS.has(group)) {
    if (group.includes('.')) return undefined;
    return { message: `There is no group "${group}": no cluster has ${kind} of ${apiVersion}.`, passing: false };
  }
  const alike = KNOWN.filter((known) => known.group === group && known.kind.toLowerCase() === wanted);
  const listed = KNOWN.some((known) => known.group === group && `${known.kind.toLowerCase()}list` === wanted);
  const none = `Kubernetes ${KUBERNETES_RELEASE} has no ${kind} of ${apiVersion}`;
  if (wanted === 'list' || listed)
    return {
      message: `${none} to apply: a list is an answer of servers, and its items are not looked at.`,
      passing: false,
    };
  const others = alike.map((known) => `${known.kind} of ${known.apiVersion}`).join(', ');
  return {
    message: `${none}${others === '' ? '' : `; it has ${others}`}.`,
    passing: alike.some((known) => known.kind === kind) && /^v\d+(?:alpha|beta)\d+$/.test(version),
  };
}
