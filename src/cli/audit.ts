import { Command } from 'commander';
import type { AuditReport, ReportContext } from '../audit/index.ts';
import { SlipwayError } from '../util/errors.ts';
import { type FormFlags, withForms, writeReport } from './audit/forms.ts';
import { readInput } from './input.ts';
import { type Format, formatOption, print, table } from './output.ts';
import type { RegistryFlags } from './registry.ts';

interface AuditFlags extends RegistryFlags, FormFlags {
  readonly policy: string;
  readonly keyring: readonly string[];
  readonly cache?: string;
}

const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];

async function keyring(files: readonly string[]) {
  const { parseKeyring } = await import('../rpm/index.ts');
  return parseKeyring(await Promise.all(files.map(readInput)));
}

/** Audits images under one policy and prints the report. Exits 1 when the verdict is `fail`. */
async function report(
  flags: AuditFlags,
  images: readonly { readonly name: string; readonly reference: string }[],
  context: ReportContext = {},
): Promise<void> {
  const { namedImage, registryClient } = await import('./registry.ts');
  const { auditImages, directoryCache, judge, parsePolicy } = await import('../audit/index.ts');
  const policy = parsePolicy((await readInput(flags.policy)).toString('utf8'), flags.policy);
  const client = registryClient(flags);
  const facts = await auditImages(
    images.map(({ name, reference }) => {
      const { repository, selector } = namedImage(client, reference);
      return { name, source: repository, reference: selector, pullSpec: reference };
    }),
    {
      keyring: await keyring(flags.keyring),
      ...(flags.cache === undefined ? {} : { cache: directoryCache(flags.cache) }),
    },
  );
  const result: AuditReport = judge(facts, policy, { at: new Date() });
  await writeReport(result, flags, context);
  if (result.verdict === 'fail') process.exitCode = 1;
}

function judging(command: Command): Command {
  return withForms(command)
    .requiredOption('--policy <file>', 'audit policy (YAML)')
    .option('--keyring <file>', 'public keys to verify package signatures with; may be repeated', collect, [])
    .option('--cache <dir>', 'keep facts of layers here, for the next audit')
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file');
}

async function rpmdb(
  file: string,
  flags: { readonly keyring: readonly string[]; readonly format: Format },
): Promise<void> {
  const { readRpmdb, rpmdbReport } = await import('../rpm/index.ts');
  const main = await readInput(file);
  const wal = await readInput(`${file}-wal`).catch((error: unknown) => {
    // Only its absence means that there is no write-ahead log.
    if (error instanceof SlipwayError && error.message.startsWith('the file does not exist')) return undefined;
    throw error;
  });
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

export function auditCommand(): Command {
  const audit = new Command('audit').description('What is in images, who built and signed it, and where it came in.');
  judging(audit.command('image'))
    .description('Audits one image by a policy. Exits 1 when the policy refuses it.')
    .argument('<ref>', 'image')
    .option('--name <component>', 'name of the component, as the policy calls it')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit image localhost:8080/okd/scos-content@sha256:… --policy policy.yaml --keyring keys/release.asc',
    )
    .action(async (reference: string, flags: AuditFlags & { name?: string }) => {
      const { parseReference } = await import('../oci/index.ts');
      await report(flags, [
        { name: flags.name ?? parseReference(reference).repository.split('/').at(-1) ?? reference, reference },
      ]);
    });
  judging(audit.command('payload'))
    .description('Audits every image of a release. Exits 1 when the policy refuses one.')
    .argument('<ref>', 'release image')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit payload localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --policy examples/harbor/policy.yaml --keyring examples/harbor/keys/harbor-rpm.asc --format cyclonedx --output sbom.cdx.json --per-image sboms/',
    )
    .action(async (reference: string, flags: AuditFlags) => {
      const { namedImage, registryClient } = await import('./registry.ts');
      const { loadPayload } = await import('../payload/index.ts');
      const { repository, selector } = namedImage(registryClient(flags), reference);
      const payload = await loadPayload(repository, selector);
      await report(
        flags,
        payload.imageReferences.tags.map((tag) => ({ name: tag.name, reference: tag.from?.name ?? '' })),
        { payload: { name: payload.metadata.version, digest: payload.digest, pullSpec: payload.pullSpec } },
      );
    });
  audit
    .command('rpmdb')
    .description('Lists the packages of an RPM database file (SQLite with its write-ahead log, Berkeley DB, NDB).')
    .argument('<file>', 'rpmdb.sqlite, Packages or Packages.db')
    .option('--keyring <file>', 'public keys to verify signatures with; may be repeated', collect, [])
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway audit rpmdb /var/lib/rpm/rpmdb.sqlite --format json')
    .action(rpmdb);
  return audit;
}
