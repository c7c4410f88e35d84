import { compareRanked, rankVersion } from '../../version/index.ts';

/**
 * The edges that must go so that no cycle remains: those that lie on a cycle and do not lead forwards in release
 * order. Every cycle has one. Cincinnati would fail the whole build instead and go on serving the old graph
 * (update-graph § 2.6).
 */
export function cycleClosingEdges(
  versions: readonly string[],
  targets: readonly ReadonlySet<number>[],
): (readonly [from: number, to: number])[] {
  const order = new Map(
    versions
      .map(rankVersion)
      .sort(compareRanked)
      .map(({ text }, position) => [text, position] as const),
  );
  const rank = versions.map((version) => order.get(version) ?? -1);
  const reach = new Map<number, ReadonlySet<number>>();
  const reachable = (start: number): ReadonlySet<number> => {
    const known = reach.get(start);
    if (known !== undefined) return known;
    const seen = new Set([start]);
    for (const node of seen) for (const next of targets[node] ?? []) seen.add(next);
    reach.set(start, seen);
    return seen;
  };
  return targets.flatMap((list, from) =>
    [...list]
      .filter((to) => (rank[to] ?? 0) <= (rank[from] ?? 0) && reachable(to).has(from))
      .map((to) => [from, to] as const),
  );
}
