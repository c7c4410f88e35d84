import { compareSemver, parseSemver } from '../../version/index.ts';
import type { GraphAnswer } from '../types.ts';

/**
 * What oc-mirror takes from an answer (update-graph § 6.3): nodes and plain edges only, newest by SemVer, and the
 * shortest path with the newest neighbour first. It does not see conditional edges, so a path over one is no path.
 */
export interface MirrorView {
  readonly lowest: string;
  readonly highest: string;
  /** Versions on the shortest path, both ends included; empty when there is none. */
  readonly path: (from: string, to: string) => readonly string[];
}

/** Reads an answer as oc-mirror v2 does. An empty answer has no view: oc-mirror fails. */
export function mirrorView({ nodes, edges }: GraphAnswer): MirrorView | undefined {
  const sorted = nodes
    .map(({ version }) => ({ version, semver: parseSemver(version) }))
    .sort((a, b) => compareSemver(a.semver, b.semver));
  const [lowest, highest] = [sorted.at(0), sorted.at(-1)];
  if (lowest === undefined || highest === undefined) return undefined;
  const rank = new Map(sorted.map(({ version }, at) => [version, at]));
  const targets = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const [source, target] = [nodes[from]?.version, nodes[to]?.version];
    if (source === undefined || target === undefined) continue;
    const list = targets.get(source) ?? [];
    targets.set(source, list);
    list.push(target);
  }
  for (const list of targets.values()) list.sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
  return {
    lowest: lowest.version,
    highest: highest.version,
    path: (from, to) => shortest(targets, from, to),
  };
}

/** Breadth first, in the order of the neighbours. */
function shortest(targets: ReadonlyMap<string, readonly string[]>, from: string, to: string): string[] {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  for (const [version] of before) {
    if (version === to) {
      const path: string[] = [];
      for (let at: string | undefined = to; at !== undefined; at = before.get(at)) path.unshift(at);
      return path;
    }
    for (const next of targets.get(version) ?? []) if (!before.has(next)) before.set(next, version);
  }
  return [];
}
