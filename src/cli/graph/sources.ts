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
  readonly at?: string;
}

/** Adds the flags of {@link GraphFlags}. */
export function withGraphFiles(command: Command): Command {
  return command
    .option('--graph-data <dir>', 'graph-data: a folder or a tar.gz')
    .option('--releases <file>', 'releases with their metadata: JSON, or JSON lines; may be gzipped')
    .option('--evidence <file>', 'test results of updates, JSON lines; may be gzipped')
    .option('--at <time>', 'time that gates of channels are judged by, RFC 3339 (default: SOURCE_DATE_EPOCH, else now)')
    .addOption(
      new Option('--keep-going', 'go on when a file of graph-data is bad: updates it may be about become conditional'),
    );
}

/** The graph that the flags name. Throws `CLI_USAGE` when one of the two files is missing. */
export async function graphOf(flags: GraphFlags): Promise<CompiledGraph> {
  const { loadGraph } = await import('../../graph/index.ts');
  return await loadGraph(requiredFiles(flags), { strict: flags.keepGoing !== true }, { at: timeOf(flags.at) });
}

/** A time that is given, that of reproducible builds, or now. Throws `CLI_USAGE`. */
export function timeOf(at: string | undefined): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const time = at !== undefined ? new Date(at) : epoch !== undefined ? new Date(Number(epoch) * 1000) : new Date();
  if (Number.isNaN(time.getTime()))
    throw new SlipwayError('CLI_USAGE', `"${at ?? epoch}" is not a time.`, {
      hint: 'For example 2026-08-21T10:00:00Z.',
    });
  return time;
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
