import { type CompiledGraph, graphDataArchive, graphResponder, renderedAnswers } from '../graph/index.ts';

/** How long a compiled graph serves before the ledger is asked again; clusters poll every few minutes. */
const FRESH_MS = 1000;

interface Serving {
  readonly compiled: CompiledGraph;
  readonly answers: ReturnType<typeof renderedAnswers>;
  readonly respond: ReturnType<typeof graphResponder>;
  readonly at: number;
  graphData?: Uint8Array;
}

/**
 * The graph that is served. It is compiled anew at most once a second, and only when somebody asks; while that goes on,
 * and when it fails, the last good one serves (update-graph § 8.4). Before the first there is none: requests wait for it
 * or get its error, never an empty answer.
 */
export class GraphHost {
  readonly #compile: () => Promise<CompiledGraph>;
  readonly #failed: (error: unknown) => void;
  #serving: Serving | undefined;
  #next: Promise<Serving> | undefined;

  constructor(compile: () => Promise<CompiledGraph>, failed: (error: unknown) => void) {
    this.#compile = compile;
    this.#failed = failed;
  }

  /** Whether there is a graph to serve. */
  get ready(): boolean {
    return this.#serving !== undefined;
  }

  /** What answers requests of the Cincinnati protocol from the graph. */
  async responder(): Promise<Serving['respond']> {
    return (await this.#current()).respond;
  }

  async compiled(): Promise<CompiledGraph> {
    return (await this.#current()).compiled;
  }

  /** Graph-data of the graph as tar.gz, for Cincinnati and oc-mirror. */
  async graphData(): Promise<Uint8Array> {
    const serving = await this.#current();
    serving.graphData ??= graphDataArchive(serving.compiled);
    return serving.graphData;
  }

  async #current(): Promise<Serving> {
    const serving = this.#serving;
    if (serving !== undefined && performance.now() - serving.at < FRESH_MS) return serving;
    this.#next ??= this.#renew();
    if (serving === undefined) return await this.#next;
    // what was just published has to be seen by whoever published it, so the new graph is waited for; an old one stands in
    try {
      return await this.#next;
    } catch (error) {
      this.#failed(error);
      this.#serving = { ...serving, at: performance.now() };
      return serving;
    }
  }

  async #renew(): Promise<Serving> {
    try {
      const compiled = await this.#compile();
      const answers = renderedAnswers(compiled, this.#serving?.answers.cache);
      this.#serving = { compiled, answers, respond: graphResponder(answers), at: performance.now() };
      return this.#serving;
    } finally {
      this.#next = undefined;
    }
  }
}
