import { Command, Option } from 'commander';
import type { LintFormat, LintReport } from '../../payload/index.ts';
import { collectYoungOften } from '../../util/heap.ts';
import { readInput } from '../input.ts';
import { type ClusterFlags, clusterOptions, describedCluster } from './inputs/cluster.ts';
import { asPulled, type OpenedPayload, type PayloadFlags, payloadOpener } from './inputs/open.ts';
import { registryOptions, sourceOption } from './inputs/options.ts';

const FORMATS: readonly LintFormat[] = ['text', 'json', 'sarif', 'junit'];

interface LintFlags extends PayloadFlags, ClusterFlags {
  readonly from?: string;
  readonly policy?: string;
  readonly deep?: boolean;
  readonly checkStores?: boolean;
  readonly format: LintFormat;
}

async function lint(ref: string, flags: LintFlags): Promise<void> {
  // Objects are parsed and looked at once, megabytes of them: without this a third of the memory is what nobody needs any more.
  collectYoungOften();
  const payloads = await import('../../payload/index.ts');
  const { readStores } = await import('../../sign/index.ts');
  const { VERSION } = await import('../version.ts');
  const rules = payloads.LINT_RULES;
  const policy =
    flags.policy === undefined
      ? undefined
      : payloads.parseLintPolicy(await readInput(flags.policy), flags.policy, new Set(rules.map(({ id }) => id)));
  const described = await describedCluster(flags);
  const open = await payloadOpener(flags);
  const print = (report: LintReport): void => {
    process.stdout.write(payloads.formatLint(flags.format, report, rules, VERSION));
    if (report.counts.error > 0) process.exitCode = 1;
  };
  let opened: OpenedPayload;
  try {
    opened = await open(ref);
  } catch (error) {
    const unread = payloads.unreadReport(ref, error);
    if (unread === undefined) throw error;
    print(unread);
    return;
  }
  const { components, source } = opened;
  const from = flags.from === undefined ? undefined : await open(flags.from);
  const facts = await payloads.gatherFacts(asPulled(opened), {
    resolve: components.resolve,
    release: source,
    attachments: source,
    at: new Date(),
    ...(flags.deep === true ? { deep: true } : {}),
    ...(flags.checkStores === true ? { stores: readStores } : {}),
    ...(from === undefined
      ? {}
      : {
          edge: {
            from: asPulled(from),
            signatures: readStores,
            kept: opened.signatures,
            attachments: from.source,
            resolve: from.components.resolve,
          },
        }),
  });
  const judged = described === undefined ? facts : payloads.factsInView(facts, described.cluster);
  print(payloads.lintReport(facts, payloads.lintFacts(judged), policy));
}

export function lintVerb(): Command {
  const verb = sourceOption(registryOptions(new Command('lint')))
    .description(
      'Finds what would make a Cluster Version Operator refuse a release, or break a cluster. Exits 1 on errors.',
    )
    .argument('<ref>', 'release image')
    .option('--from <ref>', 'release that clusters come from: judges the update, and whether they accept the signature')
    .option('--policy <file>', 'severities by rule, and waivers with reason, owner and last day')
    .option('--check-stores', 'ask the signature stores that the release names, to see whether they can be reached')
    .option('--deep', 'look for manifests in every layer of every image');
  return clusterOptions(verb)
    .addOption(new Option('--format <format>', 'how to print the result').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  slipway payload lint localhost:8080/okd/scos-release:4.21.0-okd-scos.0
  slipway payload lint --from quay.io/okd/scos-release:4.20.0-okd-scos.3 quay.io/okd/scos-release:4.21.0-okd-scos.0
  slipway payload lint --feature-set OKD --format sarif quay.io/okd/scos-release:4.21.0-okd-scos.0 > lint.sarif`,
    )
    .action(lint);
}
