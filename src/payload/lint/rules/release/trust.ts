import { canonicalJson } from '../../../../util/index.ts';
import type { LintFacts, LintRule, Problem, TrustConfig, TrustKey } from '../../types.ts';
import { trustedIn, viewFor } from '../../views.ts';
import { error, finding, warning } from '../problem.ts';

/** Warn when a key has fewer days than this. */
const SOON_DAYS = 90;
const DAY = 86_400;

/** Keys and stores that belong to OCP: an OKD payload with them refuses every OKD update (okd#2125, okd#2176). */
const RED_HAT_KEYS = ['567E347AD0044ADE55BA8A5F199E2F91FD431D51', 'B08B659EE86AF623BC90E8DB938A80CAF21541EB'];
const RED_HAT_STORES = /^https:\/\/(?:storage\.googleapis\.com\/openshift-release\/|mirror\.openshift\.com\/)/;

function placeOf({ file, line }: TrustConfig): { readonly file: string; readonly line: number } {
  return { file, line };
}

/** The keys that clusters have. */
function loadedKeys({ keys, dropped }: TrustConfig): readonly TrustKey[] {
  return keys.filter(({ fingerprint }) => !dropped.includes(fingerprint));
}

/** How one kind of cluster verifies releases. */
interface Verifiers {
  /** Its verification ConfigMaps; the first counts. */
  readonly trust: readonly TrustConfig[];
  /** Those of the release before, where that is known. */
  readonly before: readonly TrustConfig[];
}

/**
 * Judges for each kind of cluster: which ConfigMap is its first depends on what it gets. One finding of all that have it;
 * where some do not, it says which do.
 */
function* byCluster(facts: LintFacts, judge: (verifiers: Verifiers) => Iterable<Problem>): Iterable<Problem> {
  const { files, payload, trust, edge, clusters } = facts;
  const found = clusters.flatMap((cluster) => {
    const before = edge === undefined ? [] : trustedIn(edge.trust, viewFor(edge.files, edge.from, cluster));
    const verifiers = { trust: trustedIn(trust, viewFor(files, payload, cluster)), before };
    return [...judge(verifiers)].map((problem) => ({ problem, featureSet: cluster.featureSet ?? 'Default' }));
  });
  for (const same of Map.groupBy(found, ({ problem }) => canonicalJson(problem)).values()) {
    const [first] = same;
    if (first === undefined) continue;
    const { problem } = first;
    const sets = new Set(same.map(({ featureSet }) => featureSet));
    yield sets.size === clusters.length
      ? problem
      : { ...problem, message: `With the feature set ${[...sets].join(', ')}: ${problem.message}` };
  }
}

/** How clusters verify the release after this one. */
export const TRUST: readonly LintRule[] = [
  {
    id: 'T301',
    title: 'exactly one release-verification ConfigMap',
    *check(facts) {
      yield* byCluster(facts, function* ({ trust: [first, ...others] }) {
        if (first === undefined)
          yield error(
            'No ConfigMap has the annotation release.openshift.io/verification-config-map: no update from this release can be verified.',
            { image: facts.payload.pullSpec },
          );
        for (const config of others)
          yield warning(
            `Only the first verification ConfigMap counts, in ${first?.file}; this one is ignored.`,
            placeOf(config),
          );
      });
    },
  },
  {
    id: 'T302',
    title: 'its keys can be read and are current, its stores are reachable by https',
    *check(facts) {
      const now = facts.at.getTime() / 1000;
      yield* byCluster(facts, function* ({ trust: [config] }) {
        if (config === undefined) return;
        const place = placeOf(config);
        if (config.error !== undefined)
          yield error(`A Cluster Version Operator cannot load it: ${config.error}`, place);
        const loaded = loadedKeys(config);
        for (const fingerprint of config.dropped)
          yield warning(
            `A Cluster Version Operator drops the key ${fingerprint}: it has an algorithm that Go does not read, as Ed25519, or stands in front of such a key. What it signs is refused.`,
            place,
          );
        const current = loaded.filter(({ expires }) => expires === undefined || expires > now);
        for (const { fingerprint, userId, expires } of loaded) {
          if (expires === undefined) continue;
          const days = Math.floor((expires - now) / DAY);
          if (days < 0) {
            yield finding(
              current.length === 0 ? 'error' : 'info',
              `The key ${fingerprint} (${userId}) expired ${-days} days ago.`,
              place,
            );
          } else if (days < SOON_DAYS)
            yield warning(`The key ${fingerprint} (${userId}) expires in ${days} days.`, place);
        }
        for (const store of config.stores) {
          if (store.startsWith('http://'))
            yield warning(`The signature store ${store} is not reached by https.`, place);
        }
        // Clusters ask all of them: one that answers is enough for an update, not for a release that is kept.
        const severity = config.unreachable?.length === config.stores.length ? 'error' : 'warning';
        for (const reason of config.unreachable ?? [])
          yield finding(severity, `A signature store can not be asked: ${reason}.`, place);
      });
    },
  },
  {
    id: 'T303',
    title: 'no keys or stores of OCP, and keys that overlap with those of the release before',
    *check(facts) {
      yield* byCluster(facts, function* ({ trust: [current], before: [old] }) {
        if (current === undefined || old === undefined || loadedKeys(old).length === 0) return;
        const known = new Set(loadedKeys(old).map(({ fingerprint }) => fingerprint));
        if (!loadedKeys(current).some(({ fingerprint }) => known.has(fingerprint)))
          yield warning(
            `It shares no key with ${facts.edge?.from.metadata.version}: a rotation ships old and new keys together for a time.`,
            placeOf(current),
          );
      });
      for (const config of facts.trust) {
        const place = placeOf(config);
        for (const { fingerprint, userId } of config.keys) {
          if (RED_HAT_KEYS.includes(fingerprint))
            yield error(
              `The key ${fingerprint} (${userId}) signs OCP releases: no OKD update can be verified with it.`,
              place,
            );
        }
        for (const store of config.stores) {
          if (RED_HAT_STORES.test(store))
            yield error(`The store ${store} holds the signatures of OCP releases.`, place);
        }
      }
    },
  },
  {
    id: 'T305',
    edge: true,
    title: 'the release before accepts the signature of this one',
    *check(facts) {
      const { edge, payload } = facts;
      if (edge === undefined) return;
      const { version } = edge.from.metadata;
      yield* byCluster(facts, function* ({ before: [config] }) {
        const refusal = config === undefined ? `${version} has no keys: it refuses every update.` : config.refusal;
        if (refusal !== undefined)
          yield error(`A cluster of ${version} refuses it: ${refusal}`, { image: payload.pullSpec });
        if (config?.byKept === true)
          yield finding(
            'info',
            `A cluster of ${version} accepts it by the signatures kept with it, once they are applied there; whether its stores have any was not asked.`,
            { image: payload.pullSpec },
          );
      });
      if (edge.unread !== undefined)
        yield warning(`Keys in /manifests of ${version} would come first, and are not known: ${edge.unread}`, {
          image: edge.from.pullSpec,
        });
    },
  },
];
