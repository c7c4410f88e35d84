import { Command, Option } from 'commander';
import type { InfoColumns, InfoTemplate } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { note } from '../output.ts';
import { type CommitFlags, commitOptions } from './inputs/commits.ts';
import { idleCommitFlags, idlePackageFlags, tellIdle } from './inputs/idle-flags.ts';
import { checkInfoFlags, type InfoFlags } from './inputs/info-flags.ts';
import { type OpenedPayload, payloadOpener } from './inputs/open.ts';
import { compatOption, folderOption, platformOption, registryOptions } from './inputs/options.ts';

function columnsOf({ pullspecs, commits, commitUrls }: InfoFlags): InfoColumns {
  if (pullspecs === true) return 'pullspecs';
  if (commits === true) return 'commits';
  return commitUrls === true ? 'commit-urls' : 'digest';
}

/** What is printed of one release. */
async function describe(
  opened: OpenedPayload,
  flags: InfoFlags,
  template: InfoTemplate | undefined,
): Promise<string | Uint8Array> {
  const payloads = await import('../../payload/index.ts');
  const { payload, components } = opened;
  const release = payloads.payloadInfo(payload);
  if (flags.rpmdb === true) {
    const { packages } = await (await import('./inputs/packages.ts')).packagesOf(opened, flags);
    const versions = payloads.packageVersions(packages, { compat: flags.compat === 'oc' });
    return flags.output === 'json' ? payloads.formatPackagesJson(versions) : payloads.formatPackages(versions);
  }
  const wanted = flags.size === true || flags.verify === true || flags.includeImages === true;
  const images = wanted ? await payloads.loadComponents(payload, components) : undefined;
  if (flags.verify === true) return payloads.formatVerified(release);
  if (flags.contents === true) return payloads.formatContents(release);
  if (template !== undefined) return template(release);
  if (flags.output === 'json') return payloads.formatInfoJson(release, images);
  if (flags.output === 'name' || flags.output === 'digest' || flags.output === 'pullspec')
    return payloads.formatList(release, flags.output);
  if (flags.imageFor !== undefined) return `${payloads.imageFor(payload, flags.imageFor)}\n`;
  if (flags.size === true) return payloads.formatInfoSizes(release, images ?? [], new Date());
  return payloads.formatInfo(release, columnsOf(flags));
}

/** What is printed of two releases. */
async function compare(from: OpenedPayload, to: OpenedPayload, flags: InfoFlags & CommitFlags): Promise<void> {
  const payloads = await import('../../payload/index.ts');
  const compat = flags.compat === 'oc';
  if (flags.rpmdbDiff === true) {
    const difference = await (await import('./inputs/packages.ts')).packageDifference(from, to, flags, compat);
    process.stdout.write(
      flags.output === 'json'
        ? payloads.formatPackageDifferenceJson(difference)
        : payloads.formatPackageDifference(difference),
    );
    return;
  }
  const diff = payloads.diffPayloads(from.payload, to.payload);
  const clones = flags.changelog ?? flags.bugs;
  if (clones === undefined) {
    if (flags.contents === true && flags.output !== 'json') {
      const resources = payloads.diffResources(from.payload, to.payload);
      process.stdout.write(payloads.formatDiffReport({ diff, resources }, new Date()));
    } else if (flags.output === 'json') process.stdout.write(payloads.formatDiffJson(diff));
    else process.stdout.write(payloads.formatDiff(diff, new Date(), { commits: flags.commits === true }));
    return;
  }
  const { commitSource } = await import('./inputs/commits.ts');
  const { tellChangelog } = await import('./changelog.ts');
  const source = await commitSource({ ...flags, git: [clones, ...flags.git] });
  const made = await payloads.changelogOf(diff, source);
  if (flags.bugs === undefined) {
    const form = flags.output === 'json' ? 'json' : 'markdown';
    await tellChangelog(made, form, { diff, compat });
  } else {
    const form = flags.output === 'json' || flags.output === 'name' ? flags.output : 'text';
    await tellChangelog(made, () => payloads.formatBugs(payloads.bugsOf(made), form), { diff, compat });
  }
}

async function info(references: readonly string[], given: InfoFlags & CommitFlags): Promise<void> {
  const { flags, from, images, template } = await checkInfoFlags(references, given);
  const packages = flags.rpmdb === true || flags.rpmdbDiff === true;
  const commits = flags.changelog !== undefined || flags.bugs !== undefined;
  tellIdle([
    ...idlePackageFlags(flags, ['--rpmdb', '--rpmdb-diff'], packages),
    ...idleCommitFlags(given, ['--changelog', '--bugs'], commits),
  ]);
  const open = await payloadOpener(flags, { lastLayerOnly: flags.compat === 'oc', asIs: true });
  if (from !== undefined) {
    const [before, after] = await Promise.all([open(from), open(images[0] ?? '')]);
    await compare(before, after, { ...given, ...flags });
    return;
  }
  for (const reference of images) {
    try {
      process.stdout.write(await describe(await open(reference), flags, template));
    } catch (error) {
      // The others are still told, as oc does; the exit code says that not all were.
      if (images.length === 1 || !(error instanceof SlipwayError)) throw error;
      const said = error.describe();
      note(`error: ${said.includes(reference) ? said : `${reference}: ${said}`}`);
      process.exitCode = error.exitCode === 2 || process.exitCode === 2 ? 2 : 1;
    }
  }
}

export function infoVerb(): Command {
  const command = registryOptions(new Command('info'))
    .description('Describes release images, as `oc adm release info` does; two are compared.')
    .argument('<ref...>', 'release images')
    .option('--pullspecs', 'show pull specs')
    .option('--commits', 'show repositories and commits')
    .option('--commit-urls', 'show links to commits')
    .option('--size', 'show sizes')
    .option('--contents', 'print metadata and manifests')
    .option('--verify', 'read every component and check the digests')
    .option('--include-images', 'read every component, and put it into the JSON')
    .option('--image-for <name>', 'print the pull spec of one component')
    .option('--changes-from <ref>', 'compare with this release')
    .option('--changelog <folder>', 'print the changelog of two releases, with commits of the clones in the folder')
    .option('--bugs <folder>', 'print the bugs that these commits name')
    .option('--skip-bug-check', 'accepted for scripts: trackers are never asked')
    .option('--rpmdb', 'print the packages of the node image')
    .option('--rpmdb-diff', 'print the packages that are different between two releases')
    .option('--rpmdb-image <component>', 'component that is the node image')
    .option('--rpmdb-cache <folder>', 'keep lists of packages')
    .option(
      '-o, --output <form>',
      'json, name, digest, pullspec, jsonpath=…, template=…, or these with a file: jsonpath-file=…, go-template-file=…',
    )
    .option('--template <text>', 'the template of -o template or jsonpath')
    .addOption(new Option('--max-per-registry <n>').hideHelp());
  return commitOptions(platformOption(folderOption(command)))
    .addOption(compatOption())
    .option('--format <form>', 'text, or json for -o json')
    .addHelpText(
      'after',
      '\nExamples:\n  slipway payload info --commit-urls localhost:8080/okd/scos-release:4.21.0-okd-scos.0\n' +
        "  slipway payload info -o jsonpath='{.metadata.version}' localhost:8080/okd/scos-release:4.21.0-okd-scos.0",
    )
    .action(info);
}
