import { Command } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { collect, readInput } from '../input.ts';
import { type Format, formatOption, print, table } from '../output.ts';
import { LARGEST_DATABASE, logBeside } from './inputs/database-file.ts';
import { keyring } from './inputs/judging.ts';

async function rpmdb(
  file: string,
  flags: { readonly keyring: readonly string[]; readonly format: Format },
): Promise<void> {
  const { readRpmdb, rpmdbReport } = await import('../../rpm/index.ts');
  const main = await readInput(file, { limit: LARGEST_DATABASE });
  const wal = await logBeside(file);
  let result: ReturnType<typeof rpmdbReport>;
  try {
    result = rpmdbReport(readRpmdb(main, wal), flags.keyring.length === 0 ? undefined : await keyring(flags.keyring));
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.place.file !== undefined) throw error;
    throw new SlipwayError(error.code, error.message, {
      place: { ...error.place, file },
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
  print(flags.format, result, () =>
    table(
      ['PACKAGE', 'VENDOR', 'BUILD HOST', 'KEYS', 'HEADER', 'SIGNATURE'],
      result.packages.map((entry) => [
        `${entry.name}-${entry.epoch === null ? '' : `${entry.epoch}:`}${entry.version}-${entry.release}${entry.arch === null ? '' : `.${entry.arch}`}`,
        entry.vendor ?? '-',
        entry.buildHost ?? '-',
        entry.keyIds.join(',') || '-',
        entry.headerDigest,
        entry.signature,
      ]),
    ),
  );
}

export function rpmdbVerb(): Command {
  return new Command('rpmdb')
    .description('Lists the packages of an RPM database file (SQLite with its write-ahead log, Berkeley DB, NDB).')
    .argument('<file>', 'rpmdb.sqlite, Packages or Packages.db')
    .option('--keyring <file>', 'public keys to verify signatures with; may be repeated', collect, [])
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway audit rpmdb /var/lib/rpm/rpmdb.sqlite --format json')
    .action(rpmdb);
}
