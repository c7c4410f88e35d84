import { Command } from 'commander';
import { type Format, formatOption, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { registryOptions } from './options.ts';

async function lint(text: string, flags: RegistryFlags & { readonly format: Format }): Promise<void> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { formatLint, lintPayload, loadPayload } = await import('../../payload/index.ts');
  const { formatReference, parseReference } = await import('../../oci/index.ts');
  const client = registryClient(flags);
  const { reference, repository, selector } = namedImage(client, text);
  const payload = await loadPayload(repository, selector, {
    name: formatReference({ registry: reference.registry, repository: reference.repository }),
  });
  const findings = await lintPayload(payload, {
    resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    at: new Date(),
  });
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  print(flags.format, { findings, errors }, () => formatLint(findings, 'text'));
  if (errors > 0) process.exitCode = 1;
}

export function lintVerb(): Command {
  return registryOptions(new Command('lint'))
    .description(
      'Finds what would make a Cluster Version Operator refuse a release, or break a cluster. Exits 1 on errors.',
    )
    .argument('<ref>', 'release image')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway payload lint localhost:8080/okd/scos-release:4.21.0-okd-scos.0')
    .action(lint);
}
