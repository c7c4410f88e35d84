import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Promotion } from '../../graph/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { isFolder, makeFolders, writeFileAtomic } from '../../util/files.ts';
import { dataFolder, dataOption } from '../data.ts';
import { type Format, formatOption, print, table } from '../output.ts';
import { type GraphFlags, namesFiles, requiredFiles, timeOf, withGraphFiles } from './sources.ts';

interface PromoteFlags extends GraphFlags {
  readonly channel?: string;
  readonly arch?: string;
  readonly write?: boolean;
  readonly data: string;
  readonly format: Format;
}

interface Found {
  readonly promotions: readonly Promotion[];
  /** Channel files that were written. */
  readonly written: readonly string[];
}

async function fromFiles(flags: PromoteFlags): Promise<Found> {
  const { compileGraph, listPromotions, promotedFiles, readInputs } = await import('../../graph/index.ts');
  const files = requiredFiles(flags);
  const { data, releases, evidence, files: texts } = await readInputs(files, { strict: flags.keepGoing !== true });
  const compiled = compileGraph(data, releases, { evidence, at: timeOf(flags.at) });
  const { channel } = flags;
  if (
    channel !== undefined &&
    !data.okd?.channels.some((policy) => policy.name === channel && policy.feeder !== undefined)
  )
    throw new SlipwayError('GRAPH_CHANNEL_UNKNOWN', `no feeder of a channel "${channel}" is declared.`, {
      place: { file: join(files.graphData, 'okd/channels.yaml') },
      hint: 'Gates are declared as {name, feeder: {name, delay, gates}}.',
    });
  const promotions = listPromotions(compiled, flags);
  if (flags.write !== true) return { promotions, written: [] };
  const changed = promotedFiles(texts, data, compiled, promotions);
  if (changed.size > 0 && !(await isFolder(files.graphData)))
    throw new SlipwayError('CLI_USAGE', '--write changes channel files, so graph-data must be a folder.', {
      place: { file: files.graphData },
    });
  for (const [path, text] of changed) {
    const file = join(files.graphData, path);
    await makeFolders(dirname(file));
    await writeFileAtomic(file, text);
  }
  return { promotions, written: [...changed.keys()] };
}

/** From the workspace over its API; its releases enter channels by themselves. */
async function fromWorkspace({ channel, arch, at, write, data }: PromoteFlags): Promise<Found> {
  if (write === true || at !== undefined)
    throw new SlipwayError('CLI_USAGE', '--write and --at need --graph-data and --releases.', {
      hint: 'Releases of the workspace enter a channel by themselves once they are through its gates.',
    });
  const { connect } = await import('../workspace/connect.ts');
  const { parsePromotions } = await import('../../server/index.ts');
  await using connection = await connect(dataFolder(data), 'look');
  const query = new URLSearchParams({
    ...(channel === undefined ? {} : { channel }),
    ...(arch === undefined ? {} : { arch }),
  });
  const { promotions } = parsePromotions(await connection.api(`/api/graph/promotions?${query}`));
  return { promotions, written: [] };
}

const STATE: Readonly<Record<Promotion['state'], string>> = {
  promoted: 'in the channel',
  ready: 'through, not listed yet',
  held: 'listed, held back',
  waiting: 'waits',
};

async function promote(flags: PromoteFlags): Promise<void> {
  const { promotions, written } = namesFiles(flags) ? await fromFiles(flags) : await fromWorkspace(flags);
  print(flags.format, { promotions, written }, () =>
    promotions.length === 0
      ? 'No release is before the gates of a channel: okd/channels.yaml declares no feeder, or nothing is in it.'
      : [
          table(
            ['CHANNEL', 'RELEASE', 'ARCH', 'STATE', 'WHY'],
            promotions.map((one) => [one.channel, one.version, one.arch, STATE[one.state], why(one)]),
          ),
          ...written.map((file) => `written: ${file}`),
        ].join('\n'),
  );
}

function why({ entered, hurdles }: Promotion): string {
  const waived = hurdles.filter(({ state }) => state === 'waived').map(({ name, text }) => `${name} waived (${text})`);
  const open = hurdles.filter(({ state }) => state === 'open').map(({ name, text }) => `${name}: ${text}`);
  const since = entered === undefined ? [] : [`since ${entered}`];
  return (open.length > 0 ? open : [...since, ...waived]).join('; ');
}

/** `slipway graph promote` */
export function promoteCommand(): Command {
  return withGraphFiles(new Command('promote'))
    .description(
      'Shows which releases are through the gates of the channels that have a feeder, and what keeps the others out.',
    )
    .option('--channel <name>', 'one channel (default: every one that has a feeder)')
    .option('--arch <arch>', 'one architecture (default: every one)')
    .option('--write', 'list what is through in its channel file; nothing is ever taken off')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph promote --graph-data ./graph-data --releases releases.jsonl --evidence evidence.jsonl --channel stable-scos-4.22 --write',
    )
    .action(promote);
}
