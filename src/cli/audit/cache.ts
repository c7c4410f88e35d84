import { Command } from 'commander';
import { type Format, formatOption, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';

interface CacheFlags extends RegistryFlags {
  readonly format: Format;
}

async function push(dir: string, reference: string, flags: CacheFlags): Promise<void> {
  const { pushFacts } = await import('../../audit/index.ts');
  const { formatReference } = await import('../../oci/index.ts');
  const { plural } = await import('../../util/index.ts');
  const { registryClient, targetOf } = await import('../registry.ts');
  const target = targetOf(reference);
  const { registry, repository, tag = 'latest' } = target;
  const pushed = await pushFacts(dir, registryClient(flags).repository(target), tag);
  const pullSpec = formatReference({ registry, repository, digest: pushed.digest });
  print(flags.format, { ...pushed, pullSpec }, () =>
    [
      `Facts of ${plural(pushed.layers, 'layer')} and lists of ${plural(pushed.packages, 'package')} are in ${pullSpec}`,
      ...(pushed.left === 0 ? [] : [`Left out, as damaged or of another version: ${pushed.left}`]),
    ].join('\n'),
  );
}

async function pull(reference: string, dir: string, flags: CacheFlags): Promise<void> {
  const { pullFacts } = await import('../../audit/index.ts');
  const { plural } = await import('../../util/index.ts');
  const { namedImage, registryClient } = await import('../registry.ts');
  const { repository, selector } = namedImage(registryClient(flags), reference);
  const pulled = await pullFacts(repository, selector, dir);
  print(flags.format, pulled, () =>
    [
      `New in ${dir}: facts of ${plural(pulled.layers, 'layer')}, lists of ${plural(pulled.packages, 'package')}. Kept: ${pulled.kept}.`,
      ...(pulled.otherVersion === 0
        ? []
        : [`Not taken, as another version of Slipway made them: facts of ${plural(pulled.otherVersion, 'layer')}`]),
    ].join('\n'),
  );
}

const withRegistry = (command: Command): Command =>
  command
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file')
    .addOption(formatOption());

export function cacheVerb(): Command {
  const cache = new Command('cache').description('Kept facts of layers, shared between machines by a registry.');
  withRegistry(cache.command('push'))
    .description('Stores a folder of --cache as an OCI artifact. What the registry has is not sent again.')
    .argument('<dir>', 'folder that audits filled with --cache')
    .argument('<ref>', 'where to: repository, with a tag or as latest')
    .addHelpText('after', '\nExample:\n  slipway audit cache push ./facts registry.example/okd/audit-facts:4.21')
    .action(push);
  withRegistry(cache.command('pull'))
    .description('Takes facts of such an artifact into a folder for --cache. What the folder has stays.')
    .argument('<ref>', 'artifact, by tag or digest')
    .argument('<dir>', 'folder; made when it does not exist')
    .addHelpText('after', '\nExample:\n  slipway audit cache pull registry.example/okd/audit-facts:4.21 ./facts')
    .action(pull);
  return cache;
}
