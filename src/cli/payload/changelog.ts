import { Command, Option } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { type CommitFlags, commitOptions, commitSource } from './commits.ts';
import { openPayloads, type PayloadFlags } from './open.ts';
import { compatOption, platformOption, registryOptions } from './options.ts';

interface ChangelogFlags extends PayloadFlags, CommitFlags {
  readonly format: 'markdown' | 'html' | 'json';
  readonly packages?: boolean;
  readonly rpmdbImage?: string;
  readonly rpmdbCache?: string;
  readonly compat?: 'oc';
}

async function changelog(from: string, to: string, flags: ChangelogFlags): Promise<void> {
  const payloads = await import('../../payload/index.ts');
  const [before, after] = await openPayloads([from, to], flags);
  if (before === undefined || after === undefined) return;
  const diff = payloads.diffPayloads(before.payload, after.payload);
  if (diff.identical)
    throw new SlipwayError('PAYLOAD_RELEASES_IDENTICAL', 'releases are identical', {
      place: { image: to },
      exitCode: 1,
    });
  const made = await payloads.changelogOf(diff, await commitSource(flags));
  const compat = flags.compat === 'oc';
  const packages =
    flags.packages === true
      ? await (await import('./packages.ts')).packageDifference(before, after, flags, compat)
      : undefined;
  process.stdout.write(
    payloads.formatChangelog(made, flags.format, { compat, ...(packages === undefined ? {} : { packages }) }),
  );
  for (const { repository, unavailable } of made.changed)
    if (unavailable !== undefined) process.stderr.write(`warning: ${repository}: ${unavailable}\n`);
}

export function changelogVerb(): Command {
  const command = registryOptions(new Command('changelog'))
    .description('What a release brings that another has not, as `oc adm release info --changelog` tells it.')
    .argument('<from>', 'earlier release image')
    .argument('<to>', 'later release image');
  return commitOptions(platformOption(command))
    .option('--packages', 'list the packages of the node image that changed')
    .option('--rpmdb-image <component>', 'component that is the node image')
    .option('--rpmdb-cache <folder>', 'keep lists of packages')
    .addOption(compatOption())
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['markdown', 'html', 'json']).default('markdown'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload changelog --git ~/src quay.io/okd/scos-release:4.20.0-okd-scos.9 quay.io/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(changelog);
}
