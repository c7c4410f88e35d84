import type { Command } from 'commander';
import type { RegistryClient } from '../../oci/index.ts';
import type { Payload } from '../../payload/index.ts';
import { list } from '../input.ts';

/** The options of every command that asks a registry. */
export function registryOptions(command: Command): Command {
  return command
    .option('--insecure', 'allow plain HTTP (loopback registries are always asked over it)')
    .option('-a, --registry-config <file>', 'credentials file');
}

/** For options that may be repeated, and may hold several values separated by commas, as oc's do. */
export function several(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, ...list(value)];
}

/** Reads the release that a pull spec names. */
export async function openRelease(
  client: RegistryClient,
  text: string,
  options: { readonly architecture?: string } = {},
): Promise<Payload> {
  const { namedImage } = await import('../registry.ts');
  const { loadPayload } = await import('../../payload/index.ts');
  const { formatReference } = await import('../../oci/index.ts');
  const { reference, repository, selector } = namedImage(client, text);
  const { registry, repository: path } = reference;
  return await loadPayload(repository, selector, { name: formatReference({ registry, repository: path }), ...options });
}
