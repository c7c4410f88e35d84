import { SlipwayError } from '../../util/index.ts';
import {
  type Cluster,
  capabilitiesOf,
  exclusionReason,
  type FileOutline,
  hasGates,
  type InclusionView,
  isSameObject,
  type ManifestOutline,
  objectsOf,
  outlines,
  runLevelOf,
  type TaskOrder,
  taskGraph,
  viewOf,
} from '../manifest/index.ts';
import { compareBytes, goQuote, listed } from '../text/index.ts';
import type { Payload } from '../types.ts';
import type { RunGraph, RunNode } from './graph.ts';

/** One object of a release, and what becomes of it. */
export interface ExplainedObject {
  readonly file: string;
  readonly line: number;
  /** `50` of `0000_50_…`; `null` where the file name has none: then it is applied by itself. */
  readonly runLevel: string | null;
  readonly component: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  /** Why a Cluster Version Operator leaves it out, in its own words; `null`: it applies it. */
  readonly excluded: string | null;
  /** Applying it means taking it away. */
  readonly deletes: boolean;
}

export interface Explanation {
  readonly reference: string;
  readonly version: string;
  readonly cluster: {
    readonly profile: string;
    readonly featureSet: string;
    readonly featureGates: readonly string[];
    /** `null`: all of them. */
    readonly capabilities: readonly string[] | null;
  };
  readonly order: TaskOrder;
  /** In the order of files, as the operator numbers them. */
  readonly objects: readonly ExplainedObject[];
  readonly applied: number;
  readonly excluded: number;
  /** What keeps the answer from being what was meant, full sentences. */
  readonly warnings: readonly string[];
}

interface Task {
  readonly file: string;
  readonly job: boolean;
  readonly object: ExplainedObject;
}

function explained(manifest: ManifestOutline, view: InclusionView): ExplainedObject {
  const { file, line, group, kind, namespace, name, annotations } = manifest;
  const { level = null, component = '' } = runLevelOf(file) ?? {};
  return {
    file,
    line,
    runLevel: level,
    component,
    group,
    kind,
    namespace,
    name,
    capabilities: capabilitiesOf(annotations),
    excluded: exclusionReason(manifest, view) ?? null,
    deletes: annotations?.['release.openshift.io/delete'] === 'true',
  };
}

/** `Deployment openshift-dns/dns` */
export function labelOf({ kind, namespace, name, deletes }: ExplainedObject): string {
  return `${deletes ? 'delete ' : ''}${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/**
 * What lands on a cluster: every object of `/release-manifests` with the reason why it is left out, if it is (payload
 * format § 4.2). The templates of `/manifests`, which the operator renders for itself, are not part of it.
 * Throws `PAYLOAD_CLUSTER_INVALID`, and `PAYLOAD_YAML_INVALID` and its like where the operator would refuse the payload.
 */
export function explainPayload(payload: Payload, cluster: Cluster = {}, order: TaskOrder = 'update'): Explanation {
  return explainOutlines(payload, [...outlines(payload.files)], cluster, order);
}

/** Whether gates are to be expected: the release has such objects, or somebody named the profile or the feature set. */
function isAsked(manifests: readonly ManifestOutline[], { profile, featureSet }: Cluster): boolean {
  return profile !== undefined || Boolean(featureSet) || manifests.some(({ kind }) => kind === 'FeatureGate');
}

/** An override of what is not there has no effect, and is a mistyped one. Throws `PAYLOAD_CLUSTER_INVALID`. */
function checkUnmanaged(manifests: readonly ManifestOutline[], { unmanaged = [] }: Cluster): void {
  for (const object of unmanaged) {
    if (manifests.some((manifest) => isSameObject(manifest, object))) continue;
    const { group, kind, namespace, name } = object;
    const near = manifests.filter((manifest) => manifest.name === name).map((manifest) => objectText(manifest));
    throw new SlipwayError(
      'PAYLOAD_CLUSTER_INVALID',
      `the release has no object ${goQuote(objectText({ group, kind, namespace, name }))}.`,
      {
        place: { field: 'unmanaged' },
        hint: near.length === 0 ? 'It is GROUP/KIND/NAMESPACE/NAME.' : `Of this name it has ${listed(near)}.`,
      },
    );
  }
}

function objectText({ group, kind, namespace, name }: Pick<ManifestOutline, 'group' | 'kind' | 'namespace' | 'name'>) {
  return `${group}/${kind}/${namespace}/${name}`;
}

/** The same of outlines that are known already. */
export function explainOutlines(
  payload: Pick<Payload, 'reference' | 'metadata'>,
  files: readonly FileOutline[],
  cluster: Cluster = {},
  order: TaskOrder = 'update',
): Explanation {
  const manifests = objectsOf(files);
  const view = viewOf(manifests, payload.metadata.version, cluster);
  checkUnmanaged(manifests, cluster);
  const objects = manifests.map((manifest) => explained(manifest, view));
  const applied = objects.filter(({ excluded }) => excluded === null).length;
  return {
    reference: payload.reference,
    version: payload.metadata.version,
    cluster: {
      profile: view.profile ?? '',
      featureSet: view.featureSet ?? '',
      featureGates: [...(view.enabledGates ?? [])].sort(compareBytes),
      capabilities: view.capabilities === undefined ? null : [...view.capabilities.enabled].sort(compareBytes),
    },
    order,
    objects,
    applied,
    excluded: objects.length - applied,
    warnings:
      hasGates(manifests, payload.metadata.version, view) || !isAsked(manifests, cluster)
        ? []
        : [
            `The release has no FeatureGate for the profile ${view.profile} and the feature set ${view.featureSet}: no feature gate counts as enabled.`,
          ],
  };
}

function nodeOf(tasks: readonly Task[], edges: Pick<RunNode, 'in' | 'out'>): RunNode {
  const levels = [...new Set(tasks.flatMap(({ object }) => object.runLevel ?? []))];
  const components = [...new Set(tasks.map(({ object }) => object.component).filter((name) => name !== ''))];
  return {
    levels,
    title: components.length === 0 ? (tasks[0]?.file ?? '') : components.join(', '),
    tasks: tasks.map(({ object }) => labelOf(object)),
    ...edges,
  };
}

/** In which order the objects are applied: a graph of lines of work (payload format § 4.3). */
export function runGraph({ objects, order, version, cluster, applied }: Explanation): RunGraph {
  const tasks = objects
    .filter(({ excluded }) => excluded === null)
    .map((object): Task => ({ file: object.file, job: object.group === 'batch' && object.kind === 'Job', object }));
  return {
    title: `What an ${order === 'update' ? 'update to' : 'installation of'} ${version} applies, in order`,
    subtitle: `${applied} objects on a cluster of profile ${cluster.profile}, feature set ${cluster.featureSet}, ${cluster.capabilities === null ? 'all capabilities' : `${cluster.capabilities.length} capabilities`}`,
    nodes: taskGraph(tasks, order).map(({ tasks: own, in: before, out }) => nodeOf(own, { in: before, out })),
  };
}
