import { Command, Option } from 'commander';
import type { Changelog, PackageDifference, PayloadDiff } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { note } from '../output.ts';
import { type CommitFlags, commitOptions, commitSource } from './inputs/commits.ts';
import { idleCommitFlags, idlePackageFlags, tellIdle } from './inputs/idle-flags.ts';
import { openPayloads, type PayloadFlags } from './inputs/open.ts';
import { compatOption, folderOption, platformOption, registryOptions } from './inputs/options.ts';

interface ChangelogFlags extends PayloadFlags, CommitFlags {
  readonly format: 'markdown' | 'html' | 'json';
  readonly packages?: boolean;
  readonly rpmdbImage?: string;
  readonly rpmdbCache?: string;
  readonly compat?: 'oc';
}

/**
 * Prints a changelog, or what was made of one, and says on standard error which commits could not be had. With oc's
 * ways that is a failure; otherwise what is known is enough. Throws `PAYLOAD_RELEASES_IDENTICAL`.
 */
export async function tellChangelog(
  made: Changelog,
  form: 'markdown' | 'html' | 'json' | (() => string),
  options: {
    readonly diff: PayloadDiff;
    readonly compat: boolean;
    readonly packages?: PackageDifference;
  },
): Promise<void> {
  const { formatChangelog } = await import('../../payload/index.ts');
  const { diff, compat, packages } = options;
  if (diff.identical) {
    throw new SlipwayError('PAYLOAD_RELEASES_IDENTICAL', 'releases are identical', {
      place: { image: diff.to.payload.reference },
      exitCode: 1,
    });
  }
  const lacking = made.changed.filter(({ unavailable }) => unavailable !== undefined);
  const told = compat ? { ...made, changed: made.changed.filter((change) => !lacking.includes(change)) } : made;
  process.stdout.write(
    typeof form === 'function'
      ? form()
      : formatChangelog(told, form, { compat, ...(packages === undefined ? {} : { packages }) }),
  );
  for (const { repository, unavailable } of lacking)
    note(`${compat ? 'error' : 'warning'}: ${repository}: ${unavailable}`);
  if (compat && lacking.length > 0) process.exitCode = 1;
}

async function changelog(from: string, to: string, flags: ChangelogFlags): Promise<void> {
  tellIdle([...idlePackageFlags(flags, ['--packages'], flags.packages === true), ...idleCommitFlags(flags, [], true)]);
  const payloads = await import('../../payload/index.ts');
  const compat = flags.compat === 'oc';
  const [before, after] = await openPayloads([from, to], flags, { lastLayerOnly: compat, asIs: true });
  if (before === undefined || after === undefined) return;
  const diff = payloads.diffPayloads(before.payload, after.payload);
  const made = await payloads.changelogOf(diff, diff.identical ? undefined : await commitSource(flags));
  const packages =
    flags.packages === true
      ? await (await import('./inputs/packages.ts')).packageDifference(before, after, flags, compat)
      : undefined;
  await tellChangelog(made, flags.format, { diff, compat, ...(packages === undefined ? {} : { packages }) });
}

export function changelogVerb(): Command {
  const command = registryOptions(new Command('changelog'))
    .description('What a release brings that another has not, as `oc adm release info --changelog` tells it.')
    .argument('<from>', 'earlier release image')
    .argument('<to>', 'later release image');
  return commitOptions(platformOption(folderOption(command)))
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
