/** The thread that reads inputs: it may hang or die without taking the watchdog with it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Dice, mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

/** Some inputs of one target, by their seeds. */
export interface Task {
  readonly target: string;
  readonly seeds: readonly number[];
}

export interface Progress {
  readonly target: string;
  /** Outcome ► how often, and the first seed that had it. */
  readonly outcomes: Readonly<Record<string, { readonly count: number; readonly seed: number }>>;
  readonly failures: readonly { readonly seed: number; readonly what: string }[];
}

/** Shared with the watchdog: the seed, and the clock when it was begun (0: nothing is being read). */
export const SEED = 0;
export const BEGUN = 1;
/** Milliseconds that fit into 31 bits; never 0. */
export const clock = (): number => Math.max(1, Date.now() & 0x7fffffff);

async function work(task: Task, now: Int32Array): Promise<Progress> {
  const target = TARGETS.find(({ name }) => name === task.target);
  if (!target) throw new Error(`there is no target ${task.target}`);
  const outcomes: Record<string, { count: number; seed: number }> = {};
  const failures: { seed: number; what: string }[] = [];
  for (const seed of task.seeds) {
    const dice = new Dice(seed);
    const base = dice.below(target.bases.length);
    const input = mutate(target.bases[base] ?? Buffer.alloc(0), dice);
    Atomics.store(now, SEED, seed);
    Atomics.store(now, BEGUN, clock());
    try {
      const outcome = await target.read(input, base);
      const known = outcomes[outcome] ?? { count: 0, seed };
      outcomes[outcome] = { ...known, count: known.count + 1 };
    } catch (error) {
      failures.push({ seed, what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    Atomics.store(now, BEGUN, 0);
  }
  return { target: target.name, outcomes, failures };
}

if (workerData instanceof Int32Array) {
  const now = workerData;
  parentPort?.on('message', async (task: Task) => {
    parentPort?.postMessage(await work(task, now));
  });
}
