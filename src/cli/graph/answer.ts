import { Command, Option } from 'commander';
import type { GraphAnswer } from '../../graph/index.ts';
import { type Format, table } from '../output.ts';
import { timeOf } from './sources.ts';

interface Flags {
  readonly graphData: string;
  readonly releases: string;
  readonly evidence?: string;
  readonly channel: string;
  readonly arch: string;
  readonly at?: string;
  readonly format: Format;
}

/** One line a release: where it leads, and where it leads with a risk. */
function answerText({ nodes, edges, conditionalEdges }: GraphAnswer): string {
  const versions = nodes.map(({ version }) => version);
  const risky = conditionalEdges.flatMap((group) => group.edges);
  return table(
    ['RELEASE', 'LEADS TO', 'WITH A RISK TO'],
    versions.map((version, at) => [
      version,
      edges.flatMap(([from, to]) => (from === at ? [versions[to] ?? ''] : [])).join(', ') || '-',
      risky.flatMap(({ from, to }) => (from === version ? [to] : [])).join(', ') || '-',
    ]),
  );
}

/** `slipway graph answer` */
export function answerCommand(): Command {
  return new Command('answer')
    .description('Prints what a Cincinnati server answers for a channel.')
    .requiredOption('--graph-data <dir>', 'graph-data: a folder or a tar.gz')
    .requiredOption('--releases <file>', 'releases with their metadata: JSON, or JSON lines; may be gzipped')
    .option('--evidence <file>', 'test results of updates, JSON lines')
    .requiredOption('--channel <name>', 'channel, e.g. stable-scos-4.21')
    .option('--arch <arch>', 'architecture', 'amd64')
    .option('--at <time>', 'time that gates of channels are judged by, RFC 3339 (default: SOURCE_DATE_EPOCH, else now)')
    .addOption(new Option('--format <format>', 'how to print the answer').choices(['json', 'text']).default('json'))
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph answer --graph-data ./graph-data --releases releases.json --channel stable-scos-4.21 --arch amd64',
    )
    .action(async (flags: Flags) => {
      const { answerFromFiles } = await import('../../graph/index.ts');
      const answer = await answerFromFiles({ ...flags, at: timeOf(flags.at) });
      process.stdout.write(flags.format === 'json' ? `${JSON.stringify(answer)}\n` : answerText(answer));
    });
}
