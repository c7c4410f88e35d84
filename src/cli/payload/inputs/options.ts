import { type Command, Option } from 'commander';
import type { RegistryClient } from '../../../oci/index.ts';
import type { LoadOptions, Payload } from '../../../payload/index.ts';
import { list } from '../../input.ts';
import { note } from '../../output.ts';

/** The options of every command that asks a registry. */
export function registryOptions(command: Command): Command {
  return command
    .option('--insecure', 'allow plain HTTP (loopback registries are always asked over it)')
    .option('-a, --registry-config <file>', 'credentials file')
    .option('--certificate-authority <file>', 'trust these certificates as well, in PEM')
    .option('--idms-file <file>', 'read from the mirrors that ImageDigestMirrorSets and the like name first', several)
    .addOption(new Option('--icsp-file <file>').hideHelp().argParser(several))
    .addOption(new Option('--skip-verification').hideHelp())
    .hook('preAction', (command) => {
      const { idmsFile = [], icspFile } = command.opts<{ idmsFile?: string[]; icspFile?: string[] }>();
      if (icspFile !== undefined) command.setOptionValue('idmsFile', [...idmsFile, ...icspFile]);
    });
}

/** For options that may be repeated, and may hold several values separated by commas, as oc's do. */
export function several(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, ...list(value)];
}

/** Reads the release that a pull spec names. */
export async function openRelease(
  client: RegistryClient,
  text: string,
  options: Omit<LoadOptions, 'name'> = {},
): Promise<Payload> {
  const { namedImage } = await import('../../registry.ts');
  const { loadPayload } = await import('../../../payload/index.ts');
  const { formatReference } = await import('../../../oci/index.ts');
  const { reference, repository, selector } = namedImage(client, text);
  const { registry, repository: path } = reference;
  const name = formatReference({ registry, repository: path });
  return told(await loadPayload(repository, selector, { name, ...options }));
}

/** A release, its warnings given. */
export function told(payload: Payload): Payload {
  for (const warning of payload.warnings) note(`warning: ${payload.reference}: ${warning}`);
  return payload;
}

/** Which image of a manifest list is read; oc's name of the flag. */
export function platformOption(command: Command): Command {
  return command.option(
    '--filter-by-os <expression>',
    'image to read of a manifest list: the first whose os/arch[/variant] the regular expression fits; default linux/amd64',
  );
}

/** Where `file://` references are; oc's name of the flag. */
export function folderOption(command: Command): Command {
  return command.option(
    '--dir <dir>',
    'folder of file://REPOSITORY:TAG (or @DIGEST) references, as `mirror --to-dir` makes it; default the current one',
  );
}

/** Where a release in a folder came from, for verbs that go by the name that clients pull. */
export function sourceOption(command: Command): Command {
  return folderOption(command).option(
    '--source-repository <repository>',
    'where the release in a folder came from, if that is not recorded',
  );
}

/** What oc does and Slipway calls a defect is had again with this. */
export function compatOption(): Option {
  return new Option('--compat <client>', 'keep the defects of a client').choices(['oc']);
}
