import { Type } from 'typebox';
import { located, parserOf, SlipwayError } from '../../util/index.ts';
import { type Cluster, parseYaml, splitDocuments, viewOf } from '../manifest/index.ts';

/** The parts of openshift-install's `install-config.yaml` that decide what the cluster gets. */
const InstallConfig = Type.Object({
  apiVersion: Type.Literal('v1'),
  featureSet: Type.Optional(Type.String()),
  featureGates: Type.Optional(Type.Array(Type.String())),
  platform: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  capabilities: Type.Optional(
    Type.Object({
      baselineCapabilitySet: Type.Optional(Type.String()),
      additionalEnabledCapabilities: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});

const parse = parserOf(InstallConfig, 'PAYLOAD_INSTALL_CONFIG_INVALID');

export interface InstallPlan {
  readonly cluster: Cluster;
  /** `aws`, `none`, …: the one key of `platform`. */
  readonly platform: string | undefined;
}

/**
 * Reads an install-config as `oc adm release extract --install-config` does, for every platform: `none`, `baremetal`
 * and others without cloud credentials have none to ask for, which is no error (payload format § 1.12, B7).
 * Throws `PAYLOAD_YAML_INVALID`, `PAYLOAD_INSTALL_CONFIG_INVALID`, and `PAYLOAD_CLUSTER_INVALID` for a feature set, gate or
 * capability that is not known; all name the file.
 */
export function parseInstallConfig(bytes: Uint8Array, file: string): InstallPlan {
  const [document] = splitDocuments(Buffer.from(bytes).toString('utf8'));
  const config = parse(document === undefined ? null : parseYaml(document, file), { file });
  const platforms = Object.keys(config.platform ?? {});
  if (platforms.length > 1) {
    throw new SlipwayError(
      'PAYLOAD_INSTALL_CONFIG_INVALID',
      `a cluster has one platform, not ${platforms.length}: ${platforms.join(', ')}.`,
      { place: { file, field: 'platform' } },
    );
  }
  const { capabilities } = config;
  const cluster: Cluster = {
    featureSet: config.featureSet,
    featureGates: config.featureGates,
    ...(capabilities === undefined
      ? {}
      : {
          capabilities: {
            baseline: capabilities.baselineCapabilitySet ?? 'vCurrent',
            additional: capabilities.additionalEnabledCapabilities ?? [],
          },
        }),
  };
  try {
    viewOf([], '', cluster);
  } catch (error) {
    throw located(error, { file });
  }
  return { platform: platforms[0], cluster };
}
