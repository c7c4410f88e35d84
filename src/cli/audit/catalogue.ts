import { Command } from 'commander';
import { readJson } from '../../util/index.ts';
import { LARGE_FILE, readInput } from '../input.ts';

interface CatalogueFlags {
  readonly name: string;
  readonly output: string;
  readonly for?: string;
}

/** NEVRAs of a report's packages, as repositories write them: without an epoch of 0. */
async function packagesOf(file: string): Promise<ReadonlySet<string>> {
  const { Type } = await import('typebox');
  const { messageOf, parserOf, SlipwayError } = await import('../../util/index.ts');
  const parse = parserOf(
    Type.Object({ kind: Type.Literal('AuditReport'), packages: Type.Array(Type.Object({ nevra: Type.String() })) }),
    'CLI_REPORT_INVALID',
  );
  const text = (await readInput(file, { limit: LARGE_FILE })).toString('utf8');
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw new SlipwayError('CLI_REPORT_INVALID', `the report is not JSON: ${messageOf(error)}.`, {
      place: { file },
      hint: 'Write it with `slipway audit … --format json`.',
      cause: error,
    });
  }
  return new Set(parse(value, { file }).packages.map(({ nevra }) => nevra.replace(/-0:(?=[^-]+-[^-]+$)/u, '-')));
}

async function make(repository: string, flags: CatalogueFlags): Promise<void> {
  const { buildCatalogue, folderRepository, formatCatalogue, webRepository } = await import('../../audit/index.ts');
  const { writeFileAtomic } = await import('../../util/index.ts');
  const source = /^https?:\/\//u.test(repository) ? webRepository(repository) : folderRepository(repository);
  const catalogue = await buildCatalogue(source, {
    name: flags.name,
    ...(flags.for === undefined ? {} : { only: await packagesOf(flags.for) }),
  });
  await writeFileAtomic(flags.output, formatCatalogue(catalogue));
  process.stdout.write(`${flags.output}: ${catalogue.packages.length} packages of ${flags.name}\n`);
}

export function catalogueVerb(): Command {
  return new Command('catalogue')
    .description("Makes a catalogue of an open repository: the digests of its packages' headers, for proof level L4.")
    .argument('<repository>', 'folder or URL that has repodata/')
    .requiredOption('--name <name>', 'as policies and reports call it')
    .requiredOption('--output <file>', 'where to write it')
    .option('--for <report>', 'look up only the packages of this audit report (JSON)')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit catalogue https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/os --name c9s-baseos --output catalogues/c9s-baseos.json --for report.json',
    )
    .action(make);
}
