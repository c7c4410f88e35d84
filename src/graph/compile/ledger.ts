import { CHANNEL_NAME, LABEL } from '../data/index.ts';
import type { CompiledGraph, GraphData, GraphProblem, LedgerRelease } from '../types.ts';
import { type CompileOptions, compileGraph } from './compile.ts';

const NO_DATA: GraphData = { schema: '1.1.0', channels: [], blocked: [], raw: {}, problems: [] };

/**
 * The graph of Slipway's own releases: channels and previous releases come from the ledger, blocked edges (if any) from
 * graph-data. A release that no channel lists is in the graph and in no answer.
 */
export function buildReleaseGraph(
  releases: readonly LedgerRelease[],
  data: GraphData = NO_DATA,
  options: CompileOptions = {},
): CompiledGraph {
  const problems: GraphProblem[] = [];
  const graph = compileGraph(
    data,
    releases.map(({ channels, ...release }) => {
      const usable = channels.filter((channel) => CHANNEL_NAME.test(channel));
      for (const channel of channels)
        if (!CHANNEL_NAME.test(channel))
          problems.push({
            severity: 'error',
            file: `${release.version}+${release.arch}`,
            field: 'channels',
            message: `no client can ask for the channel "${channel}".`,
          });
      return {
        ...release,
        next: [],
        metadata: { ...release.metadata, ...(usable.length === 0 ? {} : { [LABEL.channels]: usable.join(',') }) },
      };
    }),
    options,
  );
  return { ...graph, problems: [...problems, ...graph.problems] };
}
