import { canonicalJson } from '../../util/index.ts';
import { items, LABEL, means, splitBuild } from '../data/index.ts';
import type { Matcher } from '../regex/index.ts';
import type { EdgeFate, GraphProblem, Risk } from '../types.ts';
import type { BlocksByTarget } from './blocks.ts';

/** The declared graph of one architecture, before anything is taken away. */
export interface DeclaredGraph {
  readonly arch: string;
  readonly versions: readonly string[];
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly index: ReadonlyMap<string, number>;
  readonly targets: readonly (readonly number[])[];
  readonly parents: readonly (readonly number[])[];
}

export interface FateSources {
  readonly blocks: BlocksByTarget;
  readonly problems: readonly GraphProblem[];
  readonly regex: (source: string) => Matcher;
}

/** Shown on the updates to a version whose graph-data could not be read, when the graph must be served all the same. */
const DATA_ERROR = {
  name: 'GraphDataError',
  url: 'https://github.com/openshift/cincinnati-graph-data#block-edges',
  matchingRules: [{ type: 'Always' }],
} as const;

/**
 * What becomes of the declared edges that are no plain recommendations, by `from * count + to` (update-graph § 2.4):
 * labels remove, silent blocks remove, and a risk turns whatever it matches into a conditional edge.
 */
export function edgeFates(graph: DeclaredGraph, sources: FateSources): Map<number, EdgeFate> {
  const fates = new Map<number, EdgeFate>();
  removeByLabels(graph, sources, fates);
  removeByBlocks(graph, sources, fates);
  exposeToRisks(graph, sources, fates);
  return fates;
}

function removeByLabels(graph: DeclaredGraph, { blocks, regex }: FateSources, fates: Map<number, EdgeFate>): void {
  const { arch, versions, index, targets, parents } = graph;
  graph.labels.forEach((labels, self) => {
    const of = versions[self] ?? '';
    const remove = (from: number, to: number, label: string): void => {
      if (targets[from]?.includes(to)) fates.set(from * versions.length + to, { kind: 'removed', label, of });
    };
    /** The release that a label's item names, if it is of this architecture. */
    const named = (item: string): number[] => {
      const position = index.get(splitBuild(item).core);
      return position !== undefined && means(item, versions[position] ?? '', arch) ? [position] : [];
    };
    for (const item of items(labels[LABEL.previousRemove]))
      for (const from of item === '*' ? (parents[self] ?? []) : named(item)) remove(from, self, LABEL.previousRemove);
    for (const item of items(labels[LABEL.nextRemove]))
      for (const to of item === '*' ? (targets[self] ?? []) : named(item)) remove(self, to, LABEL.nextRemove);
    const expression = labels[LABEL.previousRemoveRegex];
    // a silent block replaces the image's own expression, it does not join it (§ 2.3, step 4)
    if (expression === undefined || blocks.get(of)?.some((edge) => edge.risk === undefined)) return;
    const matches = regex(expression);
    for (const from of parents[self] ?? [])
      if (matches(`${versions[from]}+${arch}`)) remove(from, self, LABEL.previousRemoveRegex);
  });
}

function removeByBlocks(graph: DeclaredGraph, { blocks, regex }: FateSources, fates: Map<number, EdgeFate>): void {
  const { arch, versions, index, parents } = graph;
  for (const [target, edges] of blocks) {
    const to = index.get(target);
    const silent = edges.filter((edge) => edge.risk === undefined);
    if (to === undefined || silent.length === 0) continue;
    for (const from of parents[to] ?? []) {
      const source = `${versions[from]}+${arch}`;
      const files = silent.filter((edge) => regex(edge.from)(source)).map((edge) => edge.file);
      if (files.length > 0) fates.set(from * versions.length + to, { kind: 'blocked', files });
    }
  }
}

function exposeToRisks(graph: DeclaredGraph, sources: FateSources, fates: Map<number, EdgeFate>): void {
  const { arch, versions, index, parents } = graph;
  const shared = new Map<string, readonly Risk[]>();
  const targets = new Set([
    ...sources.blocks.keys(),
    ...sources.problems.flatMap((problem) =>
      (problem.targets ?? []).flatMap((target) => (target === '*' ? versions : [splitBuild(target).core])),
    ),
  ]);
  for (const target of targets) {
    const to = index.get(target);
    if (to === undefined) continue;
    const unreadable = sources.problems.filter((problem) =>
      problem.targets?.some((one) => one === '*' || splitBuild(one).core === target),
    );
    const risky = sources.blocks.get(target)?.filter((edge) => edge.risk !== undefined) ?? [];
    for (const from of parents[to] ?? []) {
      const source = `${versions[from]}+${arch}`;
      const hits = risky.filter((edge) => sources.regex(edge.from)(source));
      if (hits.length === 0 && unreadable.length === 0) continue;
      // one entry for each name: the API server refuses a list with two (§ 6.1)
      const byName = new Map(hits.flatMap(({ risk }) => (risk === undefined ? [] : [[risk.name, risk] as const])));
      const files = hits.map((edge) => edge.file);
      if (unreadable.length > 0) {
        byName.set(DATA_ERROR.name, {
          ...DATA_ERROR,
          // one text for all edges: clusters key risks by name
          message: 'A file of the update graph could not be read, so it is not known whether this update is safe.',
        });
        files.push(...unreadable.map(({ file }) => file));
      }
      const list = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const key = list.map(identityOf).join();
      const risks = shared.get(key) ?? list;
      shared.set(key, risks);
      fates.set(from * versions.length + to, { kind: 'conditional', risks, files });
    }
  }
}

const identities = new WeakMap<Risk, string>();

/** Equal for equal risks, so that edges with the same risks share one list and form one group. */
function identityOf(risk: Risk): string {
  const identity = identities.get(risk) ?? canonicalJson(risk);
  identities.set(risk, identity);
  return identity;
}
