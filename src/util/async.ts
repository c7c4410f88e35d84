/**
 * Maps with at most `limit` calls under way; results keep the order of `items`. The first rejection stops the start of
 * further calls, waits for those under way, and is thrown.
 */
export async function mapLimit<T, R>(
  items: Iterable<T>,
  limit: number,
  map: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const list = [...items];
  const results = new Array<R>(list.length);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && next < list.length) {
      const index = next++;
      try {
        results[index] = await map(list[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.max(1, Math.min(limit, list.length)) }, worker));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}

/**
 * A maker that makes again only what starts from something else: `read` is asked at each call, `make` when the `key` of
 * what was read is not that of the last success. So the result stays one object while nothing changes. Of calls that
 * overlap the one that began last decides what is kept.
 */
export function remaking<I, O>(steps: {
  readonly read: () => Promise<I>;
  /** Equal for inputs that give the same; holds everything that `make` looks at. */
  readonly key: (input: I) => string;
  readonly make: (input: I) => O;
}): () => Promise<O> {
  let last: { readonly key: string; readonly made: O; readonly call: number } | undefined;
  let calls = 0;
  return async () => {
    const call = ++calls;
    const input = await steps.read();
    const key = steps.key(input);
    const made = last?.key === key ? last.made : steps.make(input);
    if (last === undefined || last.call < call) last = { key, made, call };
    return made;
  };
}

/** So long others wait for their turn while something is computed; milliseconds. */
const SLICE = 15;

/** To be awaited between the steps of a long computation: gives others a turn when it is time for one. */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE) return;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  };
}

/**
 * What was made for each of the `size` keys asked for last. For what never changes under its key; a failure is not
 * kept, so that the next call tries anew.
 */
export class LastAsked<T> {
  readonly #size: number;
  readonly #kept = new Map<string, Promise<T>>();

  constructor(size: number) {
    this.#size = size;
  }

  async of(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key) ?? make();
    known.catch(() => this.#kept.delete(key));
    this.#kept.delete(key);
    this.#kept.set(key, known);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > this.#size) this.#kept.delete(oldest);
    return await known;
  }
}
