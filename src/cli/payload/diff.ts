import { Command, Option } from 'commander';
import { prettyJson } from '../../util/json.ts';
import { idlePackageFlags, tellIdle } from './inputs/idle-flags.ts';
import { openPayloads, type PayloadFlags } from './inputs/open.ts';
import { compatOption, folderOption, platformOption, registryOptions } from './inputs/options.ts';

interface DiffFlags extends PayloadFlags {
  readonly commits?: boolean;
  readonly manifests: boolean;
  readonly size?: boolean;
  readonly packages?: boolean;
  readonly rpmdbImage?: string;
  readonly rpmdbCache?: string;
  readonly compat?: 'oc';
  readonly format: 'text' | 'html' | 'json';
}

async function diff(from: string, to: string, flags: DiffFlags): Promise<void> {
  tellIdle(idlePackageFlags(flags, ['--packages'], flags.packages === true));
  const payloads = await import('../../payload/index.ts');
  const [before, after] = await openPayloads([from, to], flags, {
    lastLayerOnly: flags.compat === 'oc',
    asIs: true,
  });
  if (before === undefined || after === undefined) return;
  const report: Parameters<typeof payloads.formatDiffReport>[0] = {
    diff: payloads.diffPayloads(before.payload, after.payload),
    ...(flags.manifests ? { resources: payloads.diffResources(before.payload, after.payload) } : {}),
    ...(flags.size === true
      ? {
          sizes: payloads.diffSizes(
            [
              ...(await payloads.loadComponents(before.payload, before.components)),
              payloads.releaseImage(before.payload),
            ],
            [...(await payloads.loadComponents(after.payload, after.components)), payloads.releaseImage(after.payload)],
          ),
        }
      : {}),
    ...(flags.packages === true
      ? {
          packages: await (await import('./inputs/packages.ts')).packageDifference(
            before,
            after,
            flags,
            flags.compat === 'oc',
          ),
        }
      : {}),
  };
  if (flags.format === 'json') process.stdout.write(prettyJson(payloads.diffReportValue(report)));
  else if (flags.format === 'html') process.stdout.write(payloads.formatDiffHtml(report));
  else process.stdout.write(payloads.formatDiffReport(report, new Date(), { commits: flags.commits === true }));
}

export function diffVerb(): Command {
  const command = registryOptions(new Command('diff'))
    .description('What is different between two releases: images, and the objects they bring to a cluster.')
    .argument('<from>', 'earlier release image')
    .argument('<to>', 'later release image');
  return platformOption(folderOption(command))
    .option('--commits', 'show where the sources changed instead of digests')
    .option('--no-manifests', 'leave the objects out')
    .option('--size', 'compare the sizes of the images, and what of them is new')
    .option('--packages', 'compare the packages of the node images')
    .option('--rpmdb-image <component>', 'component that is the node image')
    .option('--rpmdb-cache <folder>', 'keep lists of packages')
    .addOption(compatOption())
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'html', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload diff --size quay.io/okd/scos-release:4.20.0-okd-scos.9 quay.io/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(diff);
}
