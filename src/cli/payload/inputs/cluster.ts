import { type Command, Option } from 'commander';
import type { Cluster } from '../../../payload/index.ts';
import { list, readInput } from '../../input.ts';

/** What describes a cluster, for the verbs that say what it gets. */
export interface ClusterFlags {
  readonly installConfig?: string;
  readonly profile?: string;
  readonly featureSet?: string;
  readonly capabilities?: string;
}

export function clusterOptions(command: Command): Command {
  return command
    .option('--install-config <file>', "openshift-install's file: platform, feature set, capabilities; any platform")
    .option('--profile <name>', 'cluster profile; default self-managed-high-availability')
    .option('--feature-set <name>', 'Default, OKD, TechPreviewNoUpgrade, …')
    .addOption(
      new Option('--capabilities <set[,name,…]>', 'baseline capability set, then more: None,Console or v4.18'),
    );
}

export interface DescribedCluster {
  readonly cluster: Cluster;
  readonly platform: string | undefined;
}

/** The cluster that an install-config and flags describe; a flag counts more. `undefined` when nothing describes one. */
export async function describedCluster(flags: ClusterFlags): Promise<DescribedCluster | undefined> {
  const { installConfig, profile, featureSet, capabilities } = flags;
  if ([installConfig, profile, featureSet, capabilities].every((flag) => flag === undefined)) return undefined;
  const { parseInstallConfig } = await import('../../../payload/index.ts');
  const planned =
    installConfig === undefined ? undefined : parseInstallConfig(await readInput(installConfig), installConfig);
  const [baseline, ...additional] = list(capabilities);
  return {
    platform: planned?.platform,
    cluster: {
      ...planned?.cluster,
      ...(profile === undefined ? {} : { profile }),
      ...(featureSet === undefined ? {} : { featureSet }),
      ...(baseline === undefined ? {} : { capabilities: { baseline, additional } }),
    },
  };
}
