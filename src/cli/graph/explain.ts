import { Command } from 'commander';
import type { ClusterExplanation, ClusterFacts, EdgeExplanation, GraphAnswer } from '../../graph/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { dataFolder, dataOption } from '../data.ts';
import { type Format, formatOption, print, table } from '../output.ts';
import { type GraphFlags, graphOf, namesFiles, withGraphFiles } from './sources.ts';

interface ExplainFlags extends GraphFlags {
  readonly from?: string;
  readonly to?: string;
  readonly channel?: string;
  readonly arch: string;
  readonly mustGather?: string;
  readonly kubeconfig?: string;
  readonly data: string;
  readonly format: Format;
}

interface Question {
  readonly from: string;
  readonly to: string | undefined;
  readonly channel: string;
  readonly arch: string;
}

interface Explained {
  readonly updates: readonly EdgeExplanation[];
  readonly answer: Pick<GraphAnswer, 'nodes'>;
}

/** From files in this process; else from the workspace over its API. */
async function ask(question: Question, flags: ExplainFlags): Promise<Explained> {
  const { from, to, channel, arch } = question;
  const graph = await import('../../graph/index.ts');
  if (namesFiles(flags)) {
    const compiled = await graphOf(flags);
    const updates =
      to === undefined
        ? graph.explainFrom(compiled, from, { channel, arch })
        : [graph.explainEdge(compiled, from, to, { channel, arch })];
    return {
      // a table of many has no room for it
      updates: isTable(updates, flags) ? updates : await withHistory(updates, flags.graphData),
      answer: graph.answerGraph(compiled, { channel, arch }),
    };
  }
  const { connect } = await import('../workspace/connect.ts');
  const { parseExplanation, parseGraphAnswer } = await import('../../server/index.ts');
  await using connection = await connect(dataFolder(flags.data), 'look');
  const query = new URLSearchParams({ from, channel, arch, ...(to === undefined ? {} : { to }) });
  const { updates } = parseExplanation(await connection.api(`/api/graph/explain?${query}`));
  const answer = parseGraphAnswer(await connection.api(`/graph?${new URLSearchParams({ channel, arch })}`));
  return { updates, answer };
}

/** Git is asked for so many files at once. */
const AT_ONCE = 8;

/** Adds since when a file of graph-data says so, where the folder is a Git work tree. */
async function withHistory(
  updates: readonly EdgeExplanation[],
  folder: string | undefined,
): Promise<readonly EdgeExplanation[]> {
  if (folder === undefined) return updates;
  const { blame } = await import('../../graph/index.ts');
  const { mapLimit } = await import('../../util/async.ts');
  const of = blame(folder);
  return await mapLimit(updates, AT_ONCE, async (update) => {
    const [file] = update.evidence.flatMap((one) => one.file ?? []);
    const commit = file === undefined ? undefined : await of(file);
    if (commit === undefined) return update;
    const text = `${commit.hash.slice(0, 12)} ${commit.author}: ${commit.subject}`;
    return { ...update, since: commit.time, evidence: [...update.evidence, { text }] };
  });
}

async function factsOf({ mustGather, kubeconfig }: ExplainFlags): Promise<ClusterFacts | undefined> {
  const { readCluster, readMustGather } = await import('../../graph/index.ts');
  if (mustGather !== undefined && kubeconfig !== undefined)
    throw new SlipwayError('CLI_USAGE', 'give --must-gather or --kubeconfig, not both.');
  if (mustGather !== undefined) return await readMustGather(mustGather);
  return kubeconfig === undefined ? undefined : await readCluster(kubeconfig);
}

async function explain(flags: ExplainFlags): Promise<void> {
  const facts = await factsOf(flags);
  const from = flags.from ?? facts?.version;
  const channel = flags.channel ?? facts?.channel;
  if (from === undefined)
    throw new SlipwayError('CLI_USAGE', 'say which release: --from, --must-gather or --kubeconfig.');
  if (channel === undefined)
    throw new SlipwayError('CLI_USAGE', 'say which channel: --channel, or a cluster that has one.');
  const { updates, answer } = await ask({ from, to: flags.to, channel, arch: flags.arch }, flags);
  const { clusterConcerns, forCluster } = await import('../../graph/index.ts');
  const concerns = facts === undefined ? [] : clusterConcerns(answer, facts, { channel });
  const explained = facts === undefined ? updates : updates.map((update) => forCluster(update, facts));
  print(flags.format, { from, channel, arch: flags.arch, concerns, updates: explained }, () =>
    [
      `From ${from} in ${channel} (${flags.arch})`,
      ...concerns.map((concern) => `! ${concern}`),
      '',
      isTable(explained, flags) ? summary(explained) : explained.map(detail).join('\n'),
      explained.length === 0 ? 'No release that is newer is known.' : '',
    ].join('\n'),
  );
}

/** Many updates are a table in text. */
function isTable(updates: readonly EdgeExplanation[], { format }: Pick<ExplainFlags, 'format'>): boolean {
  return format === 'text' && updates.length > 1;
}

type Explanation = EdgeExplanation | ClusterExplanation;

function summary(updates: readonly Explanation[]): string {
  return table(
    ['TO', 'CODE', 'WHY'],
    updates.map((update) => [
      update.to,
      'verdict' in update ? `${update.code} (${update.verdict})` : update.code,
      update.text,
    ]),
  );
}

function detail(update: Explanation): string {
  return [
    `${update.to}: ${update.code}`,
    `  ${update.text}`,
    ...(update.since === undefined ? [] : [`  since ${update.since}`]),
    ...update.evidence.map(({ text, url }) => `  - ${text}${url === undefined ? '' : ` <${url}>`}`),
    ...('exposures' in update
      ? [
          ...update.exposures.map(({ name, state, reason }) => `  * ${name}: this cluster is ${state}. ${reason}`),
          `  this cluster: ${update.verdict}`,
        ]
      : []),
    `  next: ${update.next}`,
  ].join('\n');
}

/** `slipway graph explain` */
export function explainCommand(): Command {
  return withGraphFiles(new Command('explain'))
    .description('Says why an update is offered or not, what that rests on, since when, and what to run next.')
    .option('--from <version>', 'release the cluster runs (default: that of the cluster given)')
    .option('--to <version>', 'one newer release; without it every newer one is explained')
    .option('--channel <name>', 'channel (default: that of the cluster given)')
    .option('--arch <arch>', 'architecture', 'amd64')
    .option(
      '--must-gather <dir>',
      'evaluate risks for this cluster: must-gather, Insights archive, or ClusterVersion file',
    )
    .option('--kubeconfig <file>', 'the same for a running cluster; only reads')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph explain --graph-data ./graph-data --releases releases.jsonl --from 4.22.0-okd-scos.4 --channel stable-scos-4.22',
    )
    .action(explain);
}
