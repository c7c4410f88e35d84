import type { Command } from 'commander';
import type {
  AuditedList,
  AuditReport,
  ImageFacts,
  JudgeContext,
  PolicyText,
  UnreadImage,
} from '../../../audit/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { readJson } from '../../../util/index.ts';
import { collect, LARGE_FILE, readInput } from '../../input.ts';
import { note } from '../../output.ts';
import { platformFilter } from '../../platform.ts';
import type { RegistryFlags } from '../../registry.ts';
import type { OpenedSource } from './opened.ts';
import { Sources } from './sources.ts';

export interface JudgingFlags extends RegistryFlags {
  readonly policy: string;
  readonly keyring: readonly string[];
  readonly cache?: string;
  readonly catalogue: readonly string[];
  readonly deep?: boolean;
  readonly base: readonly string[];
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly previous?: string;
  readonly filterByOs?: string;
}

export async function keyring(files: readonly string[]) {
  const { parseKeyring } = await import('../../../rpm/index.ts');
  return parseKeyring(await Promise.all(files.map((file) => readInput(file))));
}

async function catalogues(files: readonly string[]) {
  const { parseCatalogue } = await import('../../../audit/index.ts');
  return await Promise.all(
    files.map(async (file) => parseCatalogue((await readInput(file, { limit: LARGE_FILE })).toString('utf8'), file)),
  );
}

/** What every verb takes that audits by a policy. */
export function withJudging(command: Command): Command {
  return command
    .requiredOption('--policy <file>', 'audit policy (YAML)')
    .option('--keyring <file>', 'public keys to verify package signatures with; may be repeated', collect, [])
    .option('--cache <dir>', 'keep facts of layers here, for the next audit')
    .option('--catalogue <file>', 'catalogue of open packages to look headers up in; may be repeated', collect, [])
    .option('--deep', 'compare every packaged file with its signed digest, and look for copied programs')
    .option('--base <name=image>', 'a base image that others are built on; may be repeated', collect, [])
    .option('--baseline <file>', 'findings that were accepted before: only new ones count')
    .option('--write-baseline <file>', 'accept what is found, in a file for --baseline')
    .option('--previous <file>', 'JSON report of the last accepted release: compare the signers of base images')
    .option(
      '--filter-by-os <expression>',
      'of manifest lists, only images whose os/arch[/variant] the regular expression fits; default: every image that can be run',
    )
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file');
}

export interface NamedReference {
  readonly name?: string | undefined;
  readonly reference: string;
}

/** What was judged, with all that the judgement rests on. */
export interface Judged {
  readonly report: AuditReport;
  readonly facts: readonly ImageFacts[];
  readonly text: PolicyText;
  readonly context: JudgeContext;
}

async function previousOf(file: string | undefined): Promise<Pick<JudgeContext, 'previous'>> {
  if (file === undefined) return {};
  const { previousRelease } = await import('../../../audit/index.ts');
  try {
    return {
      previous: previousRelease(
        file.split('/').at(-1) ?? file,
        readJson((await readInput(file, { limit: LARGE_FILE })).toString()),
      ),
    };
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError('AUDIT_REPORT_INVALID', 'the report is not JSON.', { place: { file }, cause: error });
  }
}

/** A verdict on some platforms must not be taken for one on all. */
function tellOfList({ name, listDigest, chosen, left }: AuditedList): void {
  note(
    `warning: ${name}: of the manifest list ${listDigest}, ${chosen.join(', ')} is audited by --filter-by-os, and not ${left.join(', ')}.`,
  );
}

function tellOfUnread(unread: readonly UnreadImage[]): void {
  for (const { name, error } of unread) note(`error: ${name} was not judged: ${error.describe()}`);
}

/**
 * Audits images under one policy: of manifest lists every image, or those that `--filter-by-os` fits. An image that can
 * not be read ends it, or, where the report may leave some out, stands in the report beside what was judged.
 */
export async function judgeImages(
  flags: JudgingFlags,
  images: (sources: Sources) => Promise<readonly OpenedSource[]>,
  { partial = false }: { readonly partial?: boolean } = {},
): Promise<Judged> {
  const audit = await import('../../../audit/index.ts');
  const text = audit.readPolicy((await readInput(flags.policy)).toString('utf8'), flags.policy);
  const { baseline, base: baseFlags = [] } = flags;
  const accepted =
    baseline === undefined
      ? {}
      : { baseline: audit.parseBaseline((await readInput(baseline, { limit: LARGE_FILE })).toString(), baseline) };
  const platforms: 'every' | RegExp = platformFilter(flags.filterByOs) ?? 'every';
  const sources = new Sources(async () => (await import('../../registry.ts')).registryClient(flags), platforms);
  const options = {
    keyring: await keyring(flags.keyring),
    deep: flags.deep ?? false,
    ...(flags.cache === undefined ? {} : { cache: audit.directoryCache(flags.cache) }),
  };
  const bases = await audit.auditImages(
    await Promise.all(
      baseFlags.map(async (flag) => {
        const [, name, reference] = /^([^=]+)=(.+)$/u.exec(flag) ?? [];
        if (name === undefined || reference === undefined)
          throw new SlipwayError('CLI_USAGE', `"${flag}" is not NAME=IMAGE.`, { place: { field: '--base' } });
        return { ...(await sources.open(reference)), name, base: true, pullSpec: reference, platforms };
      }),
    ),
    options,
  );
  const wanted = (await images(sources)).map(({ pullSpec, ...image }) => ({
    ...image,
    platforms,
    ...(pullSpec === null ? {} : { pullSpec }),
  }));
  const listed = { ...options, onList: tellOfList };
  const { images: facts, unread } = partial
    ? await audit.surveyImages(wanted, listed)
    : { images: await audit.auditImages(wanted, listed), unread: [] };
  const [first] = unread;
  // A report on nothing would say less than the one error there is.
  if (first && facts.length === 0 && unread.length === 1) throw first.error;
  const context = {
    at: new Date(),
    bases,
    catalogues: await catalogues(flags.catalogue),
    ...accepted,
    ...(await previousOf(flags.previous)),
  };
  const report = audit.withUnread(audit.judge(facts, text.policy, context), unread);
  tellOfUnread(unread);
  if (flags.writeBaseline !== undefined) {
    const { writeFileAtomic } = await import('../../../util/index.ts');
    const fixed = new Set(audit.RULE_SUMMARIES.filter((rule) => rule.fixed).map(({ id }) => id));
    await writeFileAtomic(flags.writeBaseline, audit.baselineOf(report, fixed));
  }
  return { report, facts, text, context };
}

/** Audits images by their references, all or none. */
export async function auditReport(flags: JudgingFlags, images: readonly NamedReference[]): Promise<AuditReport> {
  return (await judgeImages(flags, (sources) => openAll(sources, images))).report;
}

export async function openAll(sources: Sources, images: readonly NamedReference[]): Promise<OpenedSource[]> {
  return await Promise.all(
    images.map(async ({ name, reference }) => {
      const opened = await sources.open(reference);
      return name === undefined ? opened : { ...opened, name };
    }),
  );
}
