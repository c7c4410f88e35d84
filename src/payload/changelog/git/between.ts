import { SlipwayError } from '../../../util/index.ts';
import type { Commit } from '../commits.ts';

/** Commits looked at beyond the end, because clocks of committers are not in order; as git has it. */
const SLOP = 5;

/** Commits by time, newest first; of the same second, in the order they came. */
class Queue {
  readonly #heap: { readonly commit: Commit; readonly order: number }[] = [];
  #order = 0;

  get newest(): Commit | undefined {
    return this.#heap[0]?.commit;
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.commit.time === y.commit.time ? x.order < y.order : x.commit.time > y.commit.time;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }

  push(commit: Commit): void {
    this.#heap.push({ commit, order: this.#order++ });
    let at = this.#heap.length - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#before(at, parent); parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Commit | undefined {
    this.#swap(0, this.#heap.length - 1);
    const top = this.#heap.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let best = this.#before(left, at) ? left : at;
      if (this.#before(right, best)) best = right;
      if (best === at) return top?.commit;
      this.#swap(at, best);
      at = best;
    }
  }
}

/**
 * The commits that `to` reaches and `from` does not: `git rev-list from..to`, walked from both ends by committers'
 * times as git does. Memory: the commits of the range and those beside it. Throws `PAYLOAD_GIT_COMMIT_MISSING` for a parent
 * that the repository has not.
 */
export async function commitsBetween(
  read: (id: string) => Promise<Commit | undefined>,
  from: Commit,
  to: Commit,
): Promise<ReadonlyMap<string, Commit>> {
  const seen = new Map<string, Commit>();
  const queued = new Set<string>();
  /** What `from` reaches, as far as it was walked. */
  const old = new Set<string>();
  const found = new Map<string, Commit>();
  const queue = new Queue();
  let wantedInQueue = 0;
  const add = (commit: Commit): void => {
    seen.set(commit.id, commit);
    queued.add(commit.id);
    if (!old.has(commit.id)) wantedInQueue++;
    queue.push(commit);
  };
  const markOld = (start: string): void => {
    for (const stack = [start]; stack.length > 0; ) {
      const id = stack.pop();
      if (id === undefined || old.has(id)) continue;
      old.add(id);
      if (queued.has(id)) wantedInQueue--;
      stack.push(...(seen.get(id)?.parents ?? []));
    }
  };
  markOld(from.id);
  add(from);
  if (to.id !== from.id) add(to);
  let slop = SLOP;
  let oldest = Number.POSITIVE_INFINITY;
  for (let commit = queue.pop(); commit !== undefined; commit = queue.pop()) {
    queued.delete(commit.id);
    const isOld = old.has(commit.id);
    if (!isOld) wantedInQueue--;
    for (const id of commit.parents) {
      if (isOld) markOld(id);
      if (seen.has(id)) continue;
      const parent = await read(id);
      if (parent === undefined) {
        throw new SlipwayError(
          'PAYLOAD_GIT_COMMIT_MISSING',
          `the repository has no commit ${id}, a parent of ${commit.id}.`,
        );
      }
      add(parent);
    }
    if (!isOld) {
      found.set(commit.id, commit);
      oldest = Math.min(oldest, commit.time);
      continue;
    }
    const { newest } = queue;
    if (newest === undefined) break;
    slop = oldest <= newest.time || wantedInQueue > 0 ? SLOP : slop - 1;
    if (slop === 0) break;
  }
  for (const id of old) found.delete(id);
  return found;
}
