import type { Commit } from './commits.ts';

/** What a changelog lists of the commits of a range. */
export interface History {
  /** Merges along the first parents, newest first; of a repository that merges none, all commits in topological order. */
  readonly commits: readonly Commit[];
  /** The commits are single ones: the repository squashes pull requests. */
  readonly squashed: boolean;
  /** Single commits along the first parents, beside merges. */
  readonly elided: number;
}

/**
 * Selects from the commits of a range as oc does with `git log --merges --first-parent`, and `--no-merges` where that
 * finds nothing (payload format § 2.3). Pure; gives the order of `git log --topo-order`.
 */
export function historyOf(commits: ReadonlyMap<string, Commit>, to: string): History {
  const line: Commit[] = [];
  for (let commit = commits.get(to); commit !== undefined; commit = commits.get(commit.parents[0] ?? ''))
    line.push(commit);
  const merges = line.filter(({ parents }) => parents.length > 1);
  if (merges.length > 0) return { commits: merges, squashed: false, elided: line.length - merges.length };
  return {
    commits: topological(commits).filter(({ parents }) => parents.length < 2),
    squashed: true,
    elided: 0,
  };
}

/** Children before parents, and one line of history after the other, as git's `--topo-order`. */
function topological(commits: ReadonlyMap<string, Commit>): readonly Commit[] {
  const children = new Map<string, number>([...commits.keys()].map((id) => [id, 0]));
  for (const { parents } of commits.values())
    for (const id of parents) if (children.has(id)) children.set(id, (children.get(id) ?? 0) + 1);
  const ready = [...commits.values()].filter(({ id }) => children.get(id) === 0).reverse();
  const sorted: Commit[] = [];
  for (let commit = ready.pop(); commit !== undefined; commit = ready.pop()) {
    sorted.push(commit);
    for (const id of commit.parents) {
      const left = (children.get(id) ?? 0) - 1;
      if (!children.has(id)) continue;
      children.set(id, left);
      const parent = commits.get(id);
      if (left === 0 && parent !== undefined) ready.push(parent);
    }
  }
  return sorted;
}
