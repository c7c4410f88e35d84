/** Edit distance (insert, delete, replace), small words only. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (left === right ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Names that were perhaps meant: those that share words (`rhel-coreos` and `stream-coreos`) or differ by a few
 * letters. Best first, at most three.
 */
export function nearest(name: string, candidates: readonly string[]): readonly string[] {
  const words = new Set(name.split('-'));
  return candidates
    .map((candidate) => {
      const shared = candidate.split('-').filter((word) => words.has(word)).length;
      const edits = distance(name, candidate);
      return { candidate, shared, edits, close: shared > 0 || edits <= Math.max(2, Math.floor(name.length / 4)) };
    })
    .filter(({ close }) => close)
    .sort((a, b) => b.shared - a.shared || a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
