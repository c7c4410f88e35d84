import { Command, Option } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { type GraphFlags, graphOf, withGraphFiles } from './sources.ts';

interface DrawFlags extends GraphFlags {
  readonly channel: string;
  readonly arch: string;
  readonly from?: string;
  readonly as: 'lanes' | 'matrix' | 'timeline' | 'dot' | 'mermaid' | 'badge';
}

async function draw(flags: DrawFlags): Promise<void> {
  const see = await import('../../graph/index.ts');
  const compiled = await graphOf(flags);
  const query = { channel: flags.channel, arch: flags.arch };
  const from = (): string => {
    if (flags.from === undefined) throw new SlipwayError('CLI_USAGE', `--as ${flags.as} needs --from.`);
    return flags.from;
  };
  const text = {
    lanes: () => see.lanesSvg(compiled, from(), query),
    badge: () => see.badgeSvg(compiled, from(), query),
    matrix: () => see.matrixHtml(compiled, query),
    timeline: () => see.timelineSvg(compiled, query),
    dot: () => see.channelDot(compiled, query),
    mermaid: () => see.channelMermaid(compiled, query),
  }[flags.as]();
  process.stdout.write(text);
}

/** `slipway graph draw` */
export function drawCommand(): Command {
  return withGraphFiles(new Command('draw'))
    .description(
      'Draws a channel: lanes from one release (SVG), matrix (HTML), timeline (SVG), dot, Mermaid, or a badge.',
    )
    .requiredOption('--channel <name>', 'channel')
    .option('--arch <arch>', 'architecture', 'amd64')
    .option('--from <version>', 'release to look from, for lanes and badge')
    .addOption(
      new Option('--as <kind>', 'what to draw')
        .choices(['lanes', 'matrix', 'timeline', 'dot', 'mermaid', 'badge'])
        .default('lanes'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph draw --graph-data ./graph-data --releases releases.jsonl --channel stable-scos-4.22 --as dot | dot -Tsvg',
    )
    .action(draw);
}
