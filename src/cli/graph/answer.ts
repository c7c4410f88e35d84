import { Command } from 'commander';

/** `slipway graph answer` */
export function answerCommand(): Command {
  return new Command('answer')
    .description('Prints what a Cincinnati server answers for a channel, as JSON.')
    .requiredOption('--graph-data <dir>', 'graph-data: a folder or a tar.gz')
    .requiredOption('--releases <file>', 'releases with their metadata: JSON, or JSON lines; may be gzipped')
    .option('--evidence <file>', 'test results of updates, JSON lines')
    .requiredOption('--channel <name>', 'channel, e.g. stable-scos-4.21')
    .option('--arch <arch>', 'architecture', 'amd64')
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph answer --graph-data ./graph-data --releases releases.json --channel stable-scos-4.21 --arch amd64',
    )
    .action(
      async (flags: { graphData: string; releases: string; evidence?: string; channel: string; arch: string }) => {
        const { answerFromFiles } = await import('../../graph/index.ts');
        process.stdout.write(`${JSON.stringify(await answerFromFiles(flags))}\n`);
      },
    );
}
