/**
 * Changed inputs for everything that the audit reads from outside: nothing but our own errors may come out, no input may
 * take 2 s or 512 MB, and no changed signed header or statement may verify.
 *
 *   node bench/fuzz-audit.ts [--inputs 200000] [--seed N] [--target NAME] [--keep]
 *
 * Inputs are made of seeds: `--target NAME --seed N --inputs 1` makes one again. `fuzz/corpus.json` keeps the first seed
 * of every outcome that a target had; those are read first. `--keep` writes the file anew. Exits 1 on a finding.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS } from './fuzz/targets.ts';
import { BEGUN, clock, type Progress, SEED, type Task } from './fuzz/worker.ts';

const CORPUS = join(import.meta.dirname, 'fuzz', 'corpus.json');
const HANG_MS = 2000;
const MEMORY_MB = 512;
const BATCH = 500;

interface Finding {
  readonly seed: number;
  readonly what: string;
}

/** A worker that does one task after the other, and is given up when an input takes too long or too much. */
class Runner {
  readonly #now = new Int32Array(new SharedArrayBuffer(8));
  #worker: Worker | undefined;
  #peak = 0;

  get peakMegabytes(): number {
    return Math.round(this.#peak / 2 ** 20);
  }

  /** What came of the task, or what the input that ended it did. */
  async run(task: Task, limit = HANG_MS): Promise<Progress | Finding> {
    this.#worker ??= new Worker(join(import.meta.dirname, 'fuzz', 'worker.ts'), {
      workerData: this.#now,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    const worker = this.#worker;
    const answer = Promise.withResolvers<Progress | Finding>();
    const lost = (what: string): void => answer.resolve({ seed: Atomics.load(this.#now, SEED) >>> 0, what });
    const timer = setInterval(() => {
      const { rss } = process.memoryUsage();
      this.#peak = Math.max(this.#peak, rss);
      if (rss > MEMORY_MB * 2 ** 20) lost(`memory: ${Math.round(rss / 2 ** 20)} MB`);
      const begun = Atomics.load(this.#now, BEGUN);
      if (begun > 0 && clock() - begun > limit) lost(`hang: more than ${limit} ms`);
    }, 50);
    const failed = (error: Error): void => lost(`crash: ${error.message}`);
    worker.on('message', answer.resolve);
    worker.on('error', failed);
    worker.postMessage(task);
    const result = await answer.promise;
    clearInterval(timer);
    worker.off('message', answer.resolve);
    worker.off('error', failed);
    if ('what' in result) await this.close();
    return result;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
    Atomics.store(this.#now, BEGUN, 0);
  }
}

/** Seeds of one target: outcome ► the first seed that had it. */
type Corpus = Record<string, Record<string, number>>;

/** What all inputs of one target came to. */
class Tally {
  readonly outcomes = new Map<string, { count: number; seed: number }>();
  readonly findings: Finding[] = [];
  inputs = 0;

  add({ outcomes, failures }: Progress): void {
    this.findings.push(...failures);
    this.inputs += failures.length;
    for (const [outcome, { count, seed }] of Object.entries(outcomes)) {
      const known = this.outcomes.get(outcome);
      this.outcomes.set(outcome, { count: (known?.count ?? 0) + count, seed: known?.seed ?? seed });
      this.inputs += count;
    }
  }
}

async function fuzz(runner: Runner, target: string, seeds: readonly number[]): Promise<Tally> {
  const tally = new Tally();
  for (let at = 0; at < seeds.length; ) {
    const batch = seeds.slice(at, at + BATCH);
    const result = await runner.run({ target, seeds: batch });
    if (!('what' in result)) {
      tally.add(result);
      at += batch.length;
      continue;
    }
    // Other load on the machine can make any input late: what is late twice, alone and with more time, is.
    const again = await runner.run({ target, seeds: [result.seed] }, 5 * HANG_MS);
    if ('what' in again || !result.what.startsWith('hang')) tally.findings.push(result);
    // What came before it in the batch is read again, since its outcomes are lost; the input itself is left out.
    const place = Math.max(0, batch.indexOf(result.seed));
    const before = await runner.run({ target, seeds: batch.slice(0, place) });
    if (!('what' in before)) tally.add(before);
    tally.inputs += 1;
    at += place + 1;
  }
  return tally;
}

function report(target: string, { outcomes, findings, inputs }: Tally, seconds: number): void {
  const rows = [...outcomes].sort(([, a], [, b]) => b.count - a.count);
  console.log(
    `${target}: ${inputs} inputs in ${seconds.toFixed(1)} s, ${rows.length} outcomes, ${findings.length} findings`,
  );
  for (const [outcome, { count, seed }] of rows)
    console.log(`  ${String(count).padStart(7)}  ${outcome} (first seed ${seed})`);
  for (const { seed, what } of findings) console.log(`  FOUND with seed ${seed}: ${what}`);
}

const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

const chosen = TARGETS.filter(({ name }) => options.target === undefined || name === options.target);
const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
const corpus: Corpus = existsSync(CORPUS) ? JSON.parse(readFileSync(CORPUS, 'utf8')) : {};
const kept: Corpus = {};
const runner = new Runner();
const start = performance.now();
let inputs = 0;
let findings = 0;
for (const { name, weight } of chosen) {
  const count = Math.ceil((Number(options.inputs) * weight) / weights);
  const from = Number(options.seed);
  const known = Object.values(corpus[name] ?? {});
  const fresh = Array.from({ length: count }, (_, index) => (from + index) | 0);
  const begun = performance.now();
  const tally = await fuzz(runner, name, options.inputs === '1' ? fresh : [...known, ...fresh]);
  report(name, tally, (performance.now() - begun) / 1000);
  inputs += tally.inputs;
  findings += tally.findings.length;
  kept[name] = Object.fromEntries(
    [...tally.outcomes].map(([outcome, { seed }]) => [outcome, seed] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
await runner.close();
if (options.keep) writeFileSync(CORPUS, `${JSON.stringify({ ...corpus, ...kept }, undefined, 2)}\n`);
const seconds = (performance.now() - start) / 1000;
console.log(
  `${inputs} inputs from seed ${options.seed} in ${seconds.toFixed(0)} s, peak ${runner.peakMegabytes} MB of the whole process, ${findings} findings`,
);
process.exitCode = findings > 0 ? 1 : 0;
