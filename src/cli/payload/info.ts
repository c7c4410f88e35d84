import { Command } from 'commander';
import { type Format, formatOption } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { registryOptions } from './options.ts';

interface InfoFlags extends RegistryFlags {
  readonly pullspecs?: boolean;
  readonly commits?: boolean;
  readonly commitUrls?: boolean;
  readonly size?: boolean;
  readonly contents?: boolean;
  readonly imageFor?: string;
  readonly format: Format;
}

async function info(text: string, flags: InfoFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const payloads = await import('../../payload/index.ts');
  const { formatReference, parseReference } = await import('../../oci/index.ts');
  const client = registryClient(flags);
  const { reference, repository, selector } = namedImage(client, text);
  const payload = await payloads.loadPayload(repository, selector, {
    name: formatReference({ registry: reference.registry, repository: reference.repository }),
  });
  if (flags.imageFor !== undefined) {
    process.stdout.write(`${payloads.imageFor(payload, flags.imageFor)}\n`);
    return;
  }
  const release = payloads.payloadInfo(payload);
  if (flags.format === 'json') process.stdout.write(payloads.formatInfoJson(release));
  else if (flags.contents === true) process.stdout.write(payloads.formatContents(release));
  else if (flags.size === true) {
    const images = await payloads.loadComponents(payload, {
      resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    });
    process.stdout.write(payloads.formatInfoSizes(release, images, new Date()));
  } else {
    const columns =
      flags.pullspecs === true
        ? 'pullspecs'
        : flags.commits === true
          ? 'commits'
          : flags.commitUrls === true
            ? 'commit-urls'
            : 'digest';
    process.stdout.write(payloads.formatInfo(release, columns));
  }
}

export function infoVerb(): Command {
  return registryOptions(new Command('info'))
    .description('Describes a release image, as `oc adm release info` does.')
    .argument('<ref>', 'release image')
    .option('--pullspecs', 'show pull specs')
    .option('--commits', 'show repositories and commits')
    .option('--commit-urls', 'show links to commits')
    .option('--size', 'show sizes')
    .option('--contents', 'print metadata and manifests')
    .option('--image-for <name>', 'print the pull spec of one component')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload info --commit-urls localhost:8080/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(info);
}
