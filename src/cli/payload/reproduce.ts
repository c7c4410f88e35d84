import { Command } from 'commander';
import { type Format, formatOption, note, print } from '../output.ts';
import { type PayloadFlags, payloadOpener } from './inputs/open.ts';
import { folderOption, registryOptions } from './inputs/options.ts';

async function reproduce(text: string, flags: PayloadFlags & { readonly format: Format }): Promise<void> {
  const { reproducePayload } = await import('../../payload/index.ts');
  const { payload, components } = await (await payloadOpener(flags))(text);
  const again = await reproducePayload(payload, {
    resolve: components.resolve,
    onProgress: (line) => note(`info: ${line}`),
  });
  const { equal, differences, diffId, digest, recompressed, warnings } = again;
  for (const warning of warnings) note(`warning: ${warning}`);
  print(flags.format, again, () =>
    [
      equal ? 'equal: the release is what its inputs make' : `different in ${differences.length} places`,
      ...differences.map(
        ({ what, name, recorded, made }) =>
          `  ${what} ${name}\n    recorded: ${recorded ?? 'not there'}\n    made:     ${made ?? 'not there'}`,
      ),
      `payload layer  ${diffId.made}${diffId.recorded === diffId.made ? '' : `, recorded ${diffId.recorded ?? 'none'}`}`,
      `image          ${digest.made}${digest.recorded === digest.made ? '' : `, recorded ${digest.recorded}${recompressed ? ' (compressed by another program)' : ''}`}`,
    ].join('\n'),
  );
  if (!equal) process.exitCode = 1;
}

export function reproduceVerb(): Command {
  return folderOption(registryOptions(new Command('reproduce')))
    .description(
      'Makes a release again from what it records of its inputs, pushes nothing, and says equal or what differs. Exits 1 when it differs.',
    )
    .argument('<ref>', 'release image')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway payload reproduce localhost:8080/okd/scos-release:4.21.0-okd-scos.0')
    .action(reproduce);
}
