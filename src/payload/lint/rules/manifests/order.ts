import { type Manifest, runLevelOf, textAt } from '../../../manifest/index.ts';
import { appliedOf, everythingOf, nameOf } from '../../objects.ts';
import type { LintRule } from '../../types.ts';
import { problem } from '../problem.ts';
import { MOST_VARIANTS, overlapIn } from './overlap.ts';

/**
 * Run levels of components (payload format § 4.3, Cluster Version Operator's docs/dev/operators.md): first and last,
 * maybe of two spans. Everybody may use 90 and above, and anybody's namespaces and CRDs may come early.
 */
const LEVELS: readonly (readonly [component: RegExp, ...spans: readonly (readonly [number, number])[]])[] = [
  [/^cluster-version-operator$/, [0, 4]],
  [/^(?:cluster-)?config-operator$/, [3, 10]],
  [/^(?:cluster-)?network(?:-operator)?$/, [7, 7], [70, 79]],
  [/^(?:cluster-)?dns-operator$/, [8, 8], [70, 79]],
  [/^(?:service-ca-operator|(?:cluster-)?machine-approver)$/, [9, 9], [50, 59]],
  [/^(?:cluster-)?(?:etcd|kube-(?:apiserver|controller-manager|scheduler))-operator$/, [10, 29]],
  [/^(?:machine-api|cluster-autoscaler)(?:-operator)?$/, [30, 59]],
  [/^(?:operator-lifecycle-manager|olm|marketplace)$/, [50, 59]],
  [/^machine-config(?:-operator)?$/, [80, 89]],
];
const AFTER = 90;
const EARLY = new Set(['Namespace', 'CustomResourceDefinition']);

interface Placed {
  /** How many come before it. */
  readonly at: number;
  readonly manifest: Manifest;
  /** Run level; files without one have none. */
  readonly level: number | undefined;
  readonly component: string;
}

function placed(manifest: Manifest, at: number): Placed {
  const { level, component = '' } = runLevelOf(manifest.file) ?? {};
  return { at, manifest, level: level === undefined ? undefined : Number(level), component };
}

function outsideOf({ manifest, level, component }: Placed): string | undefined {
  if (level === undefined || level >= AFTER || EARLY.has(manifest.kind)) return undefined;
  const [, ...spans] = LEVELS.find(([name]) => name.test(component)) ?? [/^/];
  if (spans.length === 0 || spans.some(([first, last]) => level >= first && level <= last)) return undefined;
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`)).join(' or ');
}

/** When manifests are applied. */
export const ORDER: readonly LintRule[] = [
  {
    id: 'M208',
    title: 'what others need comes first: run levels, CRDs, namespaces',
    *check(facts) {
      const all = appliedOf(facts).map(placed);
      const told = new Set<string>();
      for (const each of all) {
        const levels = outsideOf(each);
        const key = `${each.level} ${each.component}`;
        if (levels === undefined || told.has(key)) continue;
        told.add(key);
        yield problem(
          'warning',
          each.manifest,
          `"${each.component}" has run level ${each.level}; its own are ${levels}.`,
        );
      }
      const crds = Map.groupBy(
        all.filter(({ manifest, level }) => manifest.kind === 'CustomResourceDefinition' && level !== undefined),
        ({ manifest: { object } }) => `${textAt(object, 'spec', 'group')}/${textAt(object, 'spec', 'names', 'kind')}`,
      );
      const namespaces = Map.groupBy(
        all.filter(({ manifest: { group, kind } }) => group === '' && kind === 'Namespace'),
        ({ manifest }) => manifest.name,
      );
      const overlaps = overlapIn(everythingOf(facts), facts.payload.metadata.version);
      for (const [what, variants] of [...crds, ...namespaces]) {
        const [first] = variants;
        if (first !== undefined && variants.length > MOST_VARIANTS)
          yield problem(
            'warning',
            first.manifest,
            `"${what}" is defined ${variants.length} times; what comes before more than the first ${MOST_VARIANTS} is not looked for.`,
          );
      }
      for (const each of all) {
        const { manifest, level, component } = each;
        /** The first of the variants that come too late, where those that the same clusters get all do. */
        const late = (
          variants: readonly Placed[] | undefined,
          isLate: (one: Placed) => boolean,
        ): Placed | undefined => {
          if (variants === undefined || !variants.slice(0, MOST_VARIANTS).some(isLate)) return undefined;
          const same = variants.slice(0, MOST_VARIANTS).filter((one) => overlaps(one.manifest, manifest));
          return same.every(isLate) ? same[0] : undefined;
        };
        const crd =
          level === undefined
            ? undefined
            : late(crds.get(`${manifest.group}/${manifest.kind}`), (one) => (one.level ?? level) > level);
        if (crd !== undefined)
          yield problem(
            'warning',
            manifest,
            `${nameOf(manifest)} comes before its definition, which has run level ${crd.level} (${crd.manifest.file}).`,
          );
        const namespace = late(namespaces.get(manifest.namespace), ({ at }) => at > each.at);
        if (namespace?.component === component)
          yield problem('warning', manifest, `${nameOf(manifest)} comes before its namespace.`);
      }
    },
  },
];
