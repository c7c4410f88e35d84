import { Command, Option } from 'commander';
import type { Plan } from '../../graph/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { dataFolder, dataOption } from '../data.ts';
import { list, readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';
import { type GraphFlags, graphOf, namesFiles, withGraphFiles } from './sources.ts';

interface PathFlags extends GraphFlags {
  readonly from: string;
  readonly to: string;
  readonly channel?: string;
  readonly arch: string;
  readonly avoidRisks?: boolean;
  readonly accept?: string;
  readonly mirrored?: string;
  readonly maxHops: string;
  readonly count: string;
  readonly output: 'runbook' | 'mirror-list' | 'imageset' | 'mermaid';
  readonly graphUrl: string;
  readonly data: string;
  readonly format: Format;
}

interface Paths {
  readonly plans: readonly Plan[];
  readonly reachable: string | null;
}

async function paths(flags: PathFlags): Promise<Paths> {
  const { from, to, arch } = flags;
  const maxHops = positive(flags.maxHops, '--max-hops');
  const count = positive(flags.count, '--count');
  const accept = list(flags.accept);
  if (!namesFiles(flags)) {
    if (flags.mirrored !== undefined)
      throw new SlipwayError('CLI_USAGE', '--mirrored needs --graph-data and --releases.');
    const { connect } = await import('../workspace/connect.ts');
    const { parsePaths } = await import('../../server/index.ts');
    await using connection = await connect(dataFolder(flags.data), 'look');
    const query = new URLSearchParams({
      from,
      to,
      arch,
      count: String(count),
      maxHops: String(maxHops),
      ...(accept.length === 0 ? {} : { accept: accept.join(',') }),
      ...(flags.channel === undefined ? {} : { channel: flags.channel }),
      ...(flags.avoidRisks === true ? { avoid: 'risks' } : {}),
    });
    return parsePaths(await connection.api(`/api/graph/path?${query}`));
  }
  const { newestReachable, planPaths } = await import('../../graph/index.ts');
  const compiled = await graphOf(flags);
  const request = {
    from,
    to,
    arch,
    avoidRisks: flags.avoidRisks === true,
    accept,
    maxHops,
    count,
    ...(flags.channel === undefined ? {} : { channels: list(flags.channel) }),
    ...(flags.mirrored === undefined ? {} : { mirrored: await mirroredSet(flags.mirrored) }),
  };
  return { plans: planPaths(compiled, request), reachable: newestReachable(compiled, request) ?? null };
}

/** Lines of versions, digests or pull specs; of a pull spec by digest the digest counts too. */
async function mirroredSet(file: string): Promise<Set<string>> {
  const lines = (await readInput(file)).toString('utf8').split('\n');
  const entries = lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
  return new Set(entries.flatMap((entry) => [entry, entry.split('@')[1] ?? entry, entry.split(':').at(-1) ?? entry]));
}

function positive(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new SlipwayError('CLI_USAGE', `${flag} wants a whole number above 0, not "${text}".`);
  return value;
}

async function path(flags: PathFlags): Promise<void> {
  const { imageSetConfiguration, mermaid, mirrorList, runbook } = await import('../../graph/index.ts');
  const found = await paths(flags);
  const { from, to, arch } = flags;
  const [best, ...others] = found.plans;
  if (best === undefined) process.exitCode = 1;
  print(flags.format, { from, to, arch, ...found }, () => {
    if (best === undefined) {
      const reach =
        found.reachable === null
          ? 'Nothing can be reached from there.'
          : `The newest release that can be reached is ${found.reachable}.`;
      return `There is no path from ${from} to ${to}. ${reach}\nWhy: slipway graph explain --from ${from} --to ${to}`;
    }
    switch (flags.output) {
      case 'mirror-list':
        return mirrorList(best);
      case 'imageset':
        return imageSetConfiguration(best, { arch, graphUrl: flags.graphUrl });
      case 'mermaid':
        return mermaid(best);
      case 'runbook': {
        const more = others.map((plan) => `- ${[from, ...plan.hops.map((hop) => hop.to)].join(' → ')}`);
        return (
          runbook(best, { from, to, arch }) + (more.length === 0 ? '' : `\n## Other paths\n\n${more.join('\n')}\n`)
        );
      }
    }
  });
}

/** `slipway graph path` */
export function pathCommand(): Command {
  return withGraphFiles(new Command('path'))
    .description(
      'Plans the best path of updates: the fewest risks, then untested hops, minors and hops. Exits 1 when there is none.',
    )
    .requiredOption('--from <version>', 'release the cluster runs')
    .requiredOption('--to <version>', 'release it shall run')
    .option('--channel <names>', 'channels that may be used, separated by commas (default: all)')
    .option('--arch <arch>', 'architecture', 'amd64')
    .option('--avoid-risks', 'no hop with a risk that is not accepted')
    .option('--accept <names>', 'risks that do not count, separated by commas')
    .option('--mirrored <file>', 'only releases of this list: versions, digests or pull specs, one a line')
    .option('--max-hops <n>', 'hops at most', '50')
    .option('--count <n>', 'paths to find', '3')
    .addOption(
      new Option('-o, --output <kind>', 'what to print of the best path')
        .choices(['runbook', 'mirror-list', 'imageset', 'mermaid'])
        .default('runbook'),
    )
    .option('--graph-url <url>', 'address of this graph, for oc-mirror', 'https://example.com/graph')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph path --graph-data ./graph-data --releases releases.jsonl --from 4.21.0-okd-scos.3 --to 4.22.0-okd-scos.8',
    )
    .action(path);
}
