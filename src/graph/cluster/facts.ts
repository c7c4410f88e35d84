import { type Static, type TSchema, Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import type { Resource } from './resources.ts';

/** What of a cluster matters to its updates. Undefined: the source does not say. */
export interface ClusterFacts {
  readonly version: string;
  readonly channel?: string;
  readonly upstream?: string;
  readonly clusterId?: string;
  /** The version that the cluster was installed with. */
  readonly initialVersion?: string;
  /** Versions of the history, newest first. */
  readonly history: readonly string[];
  readonly available: readonly string[];
  readonly conditional: readonly { readonly version: string; readonly risks: readonly string[] }[];
  readonly conditions: readonly Condition[];
  readonly capabilities?: { readonly known: readonly string[]; readonly enabled: readonly string[] };
  readonly platform?: string;
  readonly controlPlaneTopology?: string;
  readonly invoker?: string;
  readonly operators?: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
  readonly nodes?: readonly NodeFacts[];
  /** Installed operators (ClusterServiceVersions) and whether each succeeded. */
  readonly csvs?: readonly { readonly name: string; readonly succeeded: boolean }[];
  readonly ipsec?: 'Full' | 'External' | 'Disabled';
  readonly featureSet?: string;
  readonly proxy?: { readonly http: boolean; readonly https: boolean };
  readonly credentialsMode?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface NodeFacts {
  readonly name: string;
  readonly arch: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly currentConfig: string;
}

const ConditionSchema = Type.Object({
  type: Type.String(),
  status: Type.String(),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  lastTransitionTime: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
const Texts = Type.Array(Type.String());
const Nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const ClusterVersionSpec = Type.Object({
  channel: Type.Optional(Type.String()),
  upstream: Type.Optional(Type.String()),
  clusterID: Type.Optional(Type.String()),
});
const ClusterVersionStatus = Type.Object({
  desired: Type.Object({ version: Type.String({ minLength: 1 }) }),
  history: Type.Optional(Type.Array(Type.Object({ version: Type.String() }))),
  availableUpdates: Nullable(Type.Array(Type.Object({ version: Type.String() }))),
  conditionalUpdates: Nullable(
    Type.Array(
      Type.Object({
        release: Type.Object({ version: Type.String() }),
        risks: Type.Array(Type.Object({ name: Type.String() })),
      }),
    ),
  ),
  conditions: Type.Optional(Type.Array(ConditionSchema)),
  capabilities: Type.Optional(
    Type.Object({ enabledCapabilities: Type.Optional(Texts), knownCapabilities: Type.Optional(Texts) }),
  ),
});

/** Parses a part of an object; what is absent counts as `{}`. */
function reader<T extends TSchema>(schema: T): (value: unknown, resource: Resource, field: string) => Static<T> {
  const parse = parserOf(schema, 'GRAPH_CLUSTER_INVALID');
  return (value, { file }, field) => parse(value ?? {}, { file, field });
}

const read = {
  versionSpec: reader(ClusterVersionSpec),
  versionStatus: reader(ClusterVersionStatus),
  infrastructure: reader(
    Type.Object({
      platform: Type.Optional(Type.String()),
      platformStatus: Type.Optional(Type.Object({ type: Type.Optional(Type.String()) })),
      controlPlaneTopology: Type.Optional(Type.String()),
    }),
  ),
  conditions: reader(Type.Object({ conditions: Type.Optional(Type.Array(ConditionSchema)) })),
  node: reader(Type.Object({ nodeInfo: Type.Optional(Type.Object({ architecture: Type.Optional(Type.String()) })) })),
  csv: reader(Type.Object({ phase: Type.Optional(Type.String()) })),
  network: reader(
    Type.Object({
      defaultNetwork: Type.Optional(
        Type.Object({
          ovnKubernetesConfig: Type.Optional(
            Type.Object({ ipsecConfig: Nullable(Type.Object({ mode: Type.Optional(Type.String()) })) }),
          ),
        }),
      ),
    }),
  ),
  features: reader(Type.Object({ featureSet: Type.Optional(Type.String()) })),
  proxy: reader(Type.Object({ httpProxy: Type.Optional(Type.String()), httpsProxy: Type.Optional(Type.String()) })),
  credentials: reader(Type.Object({ credentialsMode: Type.Optional(Type.String()) })),
  data: reader(Type.Record(Type.String(), Type.String())),
};

/**
 * Draws facts from a cluster's objects. Throws `GRAPH_CLUSTER_INVALID` when there is no ClusterVersion, or when an
 * object does not have the shape its kind has.
 */
export function factsOf(resources: readonly Resource[], source: string): ClusterFacts {
  const all = (kind: string): Resource[] => resources.filter((resource) => resource.kind === kind);
  const [cluster] = all('ClusterVersion');
  if (cluster === undefined)
    throw new SlipwayError('GRAPH_CLUSTER_INVALID', 'there is no ClusterVersion in it.', {
      place: { file: source },
      hint: 'Give a must-gather, an Insights archive, or the output of "oc get clusterversion version -o yaml".',
    });
  const spec = read.versionSpec(cluster.spec, cluster, 'spec');
  const status = read.versionStatus(cluster.status, cluster, 'status');
  const history = (status.history ?? []).map((entry) => entry.version);
  const initial = history.at(-1);
  return {
    version: status.desired.version,
    ...defined({
      channel: spec.channel === '' ? undefined : spec.channel,
      upstream: spec.upstream,
      clusterId: spec.clusterID,
      initialVersion: initial,
    }),
    history,
    available: (status.availableUpdates ?? []).map((update) => update.version),
    conditional: (status.conditionalUpdates ?? []).map(({ release, risks }) => ({
      version: release.version,
      risks: risks.map((risk) => risk.name),
    })),
    conditions: conditionsOf(status.conditions ?? []),
    ...defined({
      capabilities:
        status.capabilities === undefined
          ? undefined
          : {
              known: status.capabilities.knownCapabilities ?? [],
              enabled: status.capabilities.enabledCapabilities ?? [],
            },
    }),
    ...configurationFacts(resources),
    ...listFacts(resources),
  };
}

function conditionsOf(list: readonly Static<typeof ConditionSchema>[]): Condition[] {
  return list.map(({ lastTransitionTime, ...condition }) => ({
    ...condition,
    ...(typeof lastTransitionTime === 'string' ? { lastTransitionTime } : {}),
  }));
}

/** Leaves out what is undefined, so that "not said" is one thing only. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Facts of the objects that exist once in a cluster. */
function configurationFacts(resources: readonly Resource[]) {
  const one = (kind: string, field: 'spec' | 'status'): [Resource, unknown] | undefined => {
    const found = resources.find((resource) => resource.kind === kind && resource.metadata.name === 'cluster');
    return found === undefined ? undefined : [found, found[field]];
  };
  const infrastructure = one('Infrastructure', 'status');
  const parsed = infrastructure && read.infrastructure(infrastructure[1], infrastructure[0], 'status');
  // the operator's Network has the details, that of config.openshift.io none of them
  const network = resources.find(
    ({ kind, spec }) => kind === 'Network' && typeof spec === 'object' && spec !== null && 'defaultNetwork' in spec,
  );
  const features = one('FeatureGate', 'spec');
  const proxy = one('Proxy', 'spec');
  const settings = proxy && read.proxy(proxy[1], proxy[0], 'spec');
  const credentials = one('CloudCredential', 'spec');
  const installer = resources.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && /^openshift-install(-manifests)?$/.test(metadata.name),
  );
  return defined({
    platform: parsed?.platformStatus?.type ?? parsed?.platform,
    controlPlaneTopology: parsed?.controlPlaneTopology,
    invoker: installer && read.data(installer.data, installer, 'data').invoker,
    ipsec: network && ipsecMode(network),
    featureSet: features && (read.features(features[1], features[0], 'spec').featureSet ?? ''),
    proxy: settings && { http: Boolean(settings.httpProxy), https: Boolean(settings.httpsProxy) },
    credentialsMode: credentials && read.credentials(credentials[1], credentials[0], 'spec').credentialsMode,
  });
}

/** An `ipsecConfig` without a mode meant "on" before modes existed (4.14). */
function ipsecMode(network: Resource): ClusterFacts['ipsec'] {
  const config = read.network(network.spec, network, 'spec').defaultNetwork?.ovnKubernetesConfig?.ipsecConfig;
  if (config === undefined || config === null) return 'Disabled';
  return config.mode === 'External' || config.mode === 'Disabled' ? config.mode : 'Full';
}

/** Facts of the objects that there are many of; a kind with none at all was not collected. */
function listFacts(resources: readonly Resource[]) {
  const all = <T>(kind: string, fact: (resource: Resource) => T): T[] | undefined => {
    const found = resources.filter((resource) => resource.kind === kind);
    return found.length === 0 ? undefined : found.map(fact);
  };
  return defined({
    operators: all('ClusterOperator', (resource) => ({
      name: resource.metadata.name,
      conditions: conditionsOf(read.conditions(resource.status, resource, 'status').conditions ?? []),
    })),
    nodes: all('Node', (resource) => ({
      name: resource.metadata.name,
      arch: read.node(resource.status, resource, 'status').nodeInfo?.architecture ?? '',
      labels: resource.metadata.labels ?? {},
      currentConfig: resource.metadata.annotations?.['machineconfiguration.openshift.io/currentConfig'] ?? '',
    })),
    csvs: all('ClusterServiceVersion', (resource) => ({
      name: resource.metadata.name,
      succeeded: read.csv(resource.status, resource, 'status').phase === 'Succeeded',
    })),
  });
}
