import type { Command } from 'commander';
import { Option } from 'commander';
import type { CompiledGraph } from '../../graph/index.ts';
import { SlipwayError } from '../../util/errors.ts';

/** Where a graph comes from: files, or else the workspace. */
export interface GraphFlags {
  readonly graphData?: string;
  readonly releases?: string;
  readonly evidence?: string;
  readonly keepGoing?: boolean;
}

/** Adds the flags of {@link GraphFlags}. */
export function withGraphFiles(command: Command): Command {
  return command
    .option('--graph-data <dir>', 'graph-data: a folder or a tar.gz')
    .option('--releases <file>', 'releases with their metadata: JSON, or JSON lines; may be gzipped')
    .option('--evidence <file>', 'test results of updates, JSON lines; may be gzipped')
    .addOption(
      new Option('--keep-going', 'go on when a file of graph-data is bad: updates it may be about become conditional'),
    );
}

/** The graph that the flags name. Throws `CLI_USAGE` when one of the two files is missing. */
export async function graphOf(flags: GraphFlags): Promise<CompiledGraph> {
  const { loadGraph } = await import('../../graph/index.ts');
  return await loadGraph(requiredFiles(flags), { strict: flags.keepGoing !== true });
}

/** Whether the flags name files; if not, the workspace is asked. */
export function namesFiles(flags: GraphFlags): boolean {
  return flags.graphData !== undefined || flags.releases !== undefined;
}

export function requiredFiles(flags: GraphFlags): { graphData: string; releases: string; evidence?: string } {
  const { graphData, releases, evidence } = flags;
  if (graphData === undefined || releases === undefined)
    throw new SlipwayError('CLI_USAGE', 'a graph is made of two things: --graph-data and --releases.', {
      hint: 'Leave out both to ask the workspace, where the command can.',
    });
  return { graphData, releases, ...(evidence === undefined ? {} : { evidence }) };
}
