import type { CompiledGraph } from '../types.ts';

/** When the passing of time alone makes another graph of the same inputs, for who compiles only what has changed. */
export interface GateClock {
  /** Another number as soon as the graph that was compiled last is out of date. */
  readonly generation: () => number;
  /** Told of every graph that was compiled. */
  readonly compiled: (graph: CompiledGraph) => CompiledGraph;
}

export function gateClock(now: () => Date): GateClock {
  let generation = 0;
  let until = Number.POSITIVE_INFINITY;
  return {
    generation: () => {
      if (now().getTime() < until) return generation;
      until = Number.POSITIVE_INFINITY;
      generation++;
      return generation;
    },
    compiled: (graph) => {
      until = graph.changesAt ?? Number.POSITIVE_INFINITY;
      return graph;
    },
  };
}
