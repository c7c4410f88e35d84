import { Command, Option } from 'commander';
import type { Cluster, TaskOrder } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { prettyJson } from '../../util/json.ts';
import { note } from '../output.ts';
import { type ClusterFlags, clusterOptions, describedCluster } from './inputs/cluster.ts';
import { type PayloadFlags, payloadOpener } from './inputs/open.ts';
import { folderOption, registryOptions, several } from './inputs/options.ts';

const FORMATS = ['text', 'json', 'svg', 'dot', 'mermaid'] as const;

interface ExplainFlags extends PayloadFlags, ClusterFlags {
  readonly order: TaskOrder;
  readonly unmanaged?: readonly string[];
  readonly exclude?: string;
  readonly format: (typeof FORMATS)[number];
}

/** `apps/Deployment/openshift-dns/dns`; no group for core objects, no namespace for those of the whole cluster. */
function unmanagedOf(text: string): NonNullable<Cluster['unmanaged']>[number] {
  const [group, kind, namespace, name, ...rest] = text.split('/');
  if (group === undefined || kind === undefined || namespace === undefined || name === undefined || rest.length > 0)
    throw new SlipwayError('CLI_USAGE', `"${text}" is not GROUP/KIND/NAMESPACE/NAME.`, {
      place: { field: '--unmanaged' },
    });
  return { group, kind, namespace, name };
}

async function explain(ref: string, flags: ExplainFlags): Promise<void> {
  const payloads = await import('../../payload/index.ts');
  const described = await describedCluster(flags);
  const cluster: Cluster = {
    ...described?.cluster,
    ...(flags.unmanaged === undefined ? {} : { unmanaged: flags.unmanaged.map(unmanagedOf) }),
    ...(flags.exclude === undefined ? {} : { excludeIdentifier: flags.exclude }),
  };
  const { payload } = await (await payloadOpener(flags))(ref);
  const explanation = payloads.explainPayload(payload, cluster, flags.order);
  for (const warning of explanation.warnings) note(`warning: ${warning}`);
  const formatters: Readonly<Record<ExplainFlags['format'], () => string>> = {
    text: () => payloads.explanationText(explanation),
    json: () => prettyJson(explanation),
    svg: () => payloads.runGraphSvg(payloads.runGraph(explanation)),
    dot: () => payloads.runGraphDot(payloads.runGraph(explanation)),
    mermaid: () => payloads.runGraphMermaid(payloads.runGraph(explanation)),
  };
  process.stdout.write(formatters[flags.format]());
}

export function explainVerb(): Command {
  const verb = folderOption(registryOptions(new Command('explain')))
    .description('Says what of a release lands on a cluster, in which order, and why the rest does not.')
    .argument('<ref>', 'release image');
  return clusterOptions(verb)
    .addOption(new Option('--order <order>', 'what the graph shows').choices(['update', 'install']).default('update'))
    .option(
      '--unmanaged <group/kind/namespace/name>',
      "an object that ClusterVersion's overrides leave alone; may be repeated",
      several,
    )
    .option('--exclude <id>', "the operator's exclusion identifier, e.g. internal-openshift-hosted")
    .addOption(new Option('--format <format>', 'how to print the result').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  slipway payload explain --feature-set OKD quay.io/okd/scos-release:4.21.0-okd-scos.0
  slipway payload explain --capabilities None,Console quay.io/okd/scos-release:4.21.0-okd-scos.0
  slipway payload explain --format svg quay.io/okd/scos-release:4.21.0-okd-scos.0 > order.svg`,
    )
    .action(explain);
}
