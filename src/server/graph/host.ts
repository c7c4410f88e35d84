import { type CompiledGraph, graphDataArchive, graphResponder, renderedAnswers } from '../../graph/index.ts';
import { GraphMetrics } from './metrics.ts';

export interface GraphHostOptions {
  /**
   * The graph as it is now. Asked for when somebody wants a graph and the last answer is older than `freshMs`; equal
   * graphs should be the same object, then what was rendered is kept.
   */
  readonly compile: () => Promise<CompiledGraph>;
  /** Told why a graph could not be compiled, while an older one serves. */
  readonly failed: (error: unknown) => void;
  /** How long a compiled graph serves before it is asked for again; clusters poll every few minutes. */
  readonly freshMs?: number;
}

interface Serving {
  readonly compiled: CompiledGraph;
  readonly answers: ReturnType<typeof renderedAnswers>;
  readonly respond: ReturnType<typeof graphResponder>;
  readonly at: number;
  graphData?: Uint8Array;
}

/**
 * The graph that is served. It is asked for anew at most once a second, and only when somebody wants it; when that fails,
 * the last good one serves (update-graph § 8.4). Before the first there is none: requests wait for it or get its error,
 * never an empty answer.
 */
export class GraphHost {
  readonly #compile: () => Promise<CompiledGraph>;
  readonly #failed: (error: unknown) => void;
  readonly #freshMs: number;
  /** What is counted while it serves. */
  readonly metrics = new GraphMetrics();
  #serving: Serving | undefined;
  #next: Promise<Serving> | undefined;

  constructor({ compile, failed, freshMs = 1000 }: GraphHostOptions) {
    this.#compile = compile;
    this.#failed = failed;
    this.#freshMs = freshMs;
  }

  /** The graph that was served last, without asking for a newer one. */
  get last(): CompiledGraph | undefined {
    return this.#serving?.compiled;
  }

  /** Whether there is a graph to serve. */
  get ready(): boolean {
    return this.#serving !== undefined;
  }

  /** What answers requests of the Cincinnati protocol from the graph. */
  async responder(): Promise<Serving['respond']> {
    return (await this.#current()).respond;
  }

  /** The same at once, if no newer graph has to be waited for. */
  get freshResponder(): Serving['respond'] | undefined {
    return this.#fresh?.respond;
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
    const fresh = this.#fresh;
    if (fresh !== undefined) return fresh;
    // what was just published has to be seen by whoever published it, so the new graph is waited for
    this.#next ??= this.#renew().finally(() => {
      this.#next = undefined;
    });
    return await this.#next;
  }

  get #fresh(): Serving | undefined {
    const serving = this.#serving;
    return serving !== undefined && performance.now() - serving.at < this.#freshMs ? serving : undefined;
  }

  async #renew(): Promise<Serving> {
    try {
      const compiled = await this.#compile();
      this.metrics.compiled('done');
      const before = this.#serving;
      const at = performance.now();
      if (before?.compiled === compiled) this.#serving = { ...before, at };
      else {
        const answers = renderedAnswers(compiled, before?.answers.cache);
        this.#serving = { compiled, answers, respond: graphResponder(answers), at };
      }
      return this.#serving;
    } catch (error) {
      this.metrics.compiled('failed');
      const last = this.#serving;
      if (last === undefined) throw error;
      // said once, however many wait
      this.#failed(error);
      this.#serving = { ...last, at: performance.now() };
      return this.#serving;
    }
  }
}
