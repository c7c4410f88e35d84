import { createPublicKey } from 'node:crypto';
import { Command } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';
import { timeOf } from './sources.ts';

interface VerifyFlags {
  readonly key: readonly string[];
  readonly keyring?: string;
  readonly lastSerial?: string;
  readonly at?: string;
  readonly format: Format;
}

async function verify(place: string, flags: VerifyFlags): Promise<void> {
  const { folderReader, httpReader, verifySite } = await import('../../graph/index.ts');
  // not of reproducible builds: expiry is judged by the clock
  const at = flags.at === undefined ? new Date() : timeOf(flags.at);
  const { lastSerial } = flags;
  if (lastSerial !== undefined && !/^\d+$/.test(lastSerial))
    throw new SlipwayError('CLI_USAGE', `--last-serial wants a whole number, not "${lastSerial}".`);
  const attestation = await Promise.all(flags.key.map(async (file) => createPublicKey(await readInput(file))));
  const index = await verifySite(/^https?:\/\//.test(place) ? httpReader(place) : folderReader(place), {
    attestation,
    keyring: flags.keyring === undefined ? undefined : await readInput(flags.keyring),
    at,
    lastSerial: lastSerial === undefined ? undefined : Number(lastSerial),
  });
  const { serial, created, expires, files } = index;
  print(flags.format, { serial, created, expires, files: Object.keys(files).length }, () =>
    [
      `serial ${serial}, made ${created}, good until ${expires}`,
      `${Object.keys(files).length} files are what the signed index says`,
    ].join('\n'),
  );
}

/** `slipway graph verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Verifies a published graph: signatures, rollback, freeze, and every file. Exits 1 when it is not to be trusted.',
    )
    .argument('<place>', 'folder or address')
    .option('--key <file...>', 'PEM public keys of index.dsse.json', [])
    .option('--keyring <file>', 'OpenPGP public keys of index.json.asc')
    .option('--last-serial <n>', 'newest serial seen before: an older publication is refused')
    .option('--at <time>', 'time to judge expiry by (default: now)')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway graph verify ./public --key graph.pub.pem --last-serial 41')
    .action(verify);
}
