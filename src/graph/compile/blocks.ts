import { LABEL, splitBuild } from '../data/index.ts';
import type { BlockedEdge } from '../types.ts';

/** Blocked edges of one architecture, by the version they lead to. */
export type BlocksByTarget = ReadonlyMap<string, readonly BlockedEdge[]>;

export function blocksOf(blocked: readonly BlockedEdge[], arch: string): BlocksByTarget {
  return Map.groupBy(
    blocked.filter((edge) => counts(edge, arch)),
    (edge) => splitBuild(edge.to).core,
  );
}

function counts(edge: BlockedEdge, arch: string): boolean {
  const { core, build } = splitBuild(edge.to);
  // releases of the time before `+arch` carried the architecture as their prerelease (update-graph § 2.3, step 4)
  const only = build === '' && edge.risk === undefined && /^\d+\.\d+\.\d+-s390x$/.test(core) ? 's390x' : build;
  return only === '' || only === arch;
}

/**
 * The label `previous.remove_regex` as Cincinnati shows it: a silent block replaces what the image says, every risk
 * adds an alternative. Clients do not read it; people who compare two services do.
 */
export function removeExpression(
  labels: Readonly<Record<string, string>>,
  blocks: readonly BlockedEdge[],
): string | undefined {
  const silent = blocks.filter((edge) => edge.risk === undefined).map((edge) => edge.from);
  const own = labels[LABEL.previousRemoveRegex];
  const risks = blocks.filter((edge) => edge.risk !== undefined).map((edge) => edge.from);
  const parts = [...(silent.length > 0 ? silent : own === undefined ? [] : [own]), ...risks];
  return parts.length === 0 ? undefined : parts.join('|');
}
