import { type TSchema, Type } from 'typebox';
import { located, Nullable, parserOf, SlipwayError } from '../../util/index.ts';
import { type Cluster, parseYaml, splitDocuments, viewOf } from '../manifest/index.ts';

/** A field without a value is none, as for Go, which openshift-install and oc are written in. */
const Field = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema));

/** The parts of openshift-install's `install-config.yaml` that decide what the cluster gets. */
const InstallConfig = Type.Object({
  apiVersion: Type.Literal('v1'),
  featureSet: Field(Type.String()),
  featureGates: Field(Type.Array(Type.String())),
  platform: Field(Type.Record(Type.String(), Type.Unknown())),
  capabilities: Field(
    Type.Object({
      baselineCapabilitySet: Field(Type.String()),
      additionalEnabledCapabilities: Field(Type.Array(Type.String())),
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
    featureSet: config.featureSet ?? undefined,
    featureGates: config.featureGates ?? undefined,
    ...(capabilities === undefined || capabilities === null
      ? {}
      : {
          capabilities: {
            baseline: capabilities.baselineCapabilitySet || 'vCurrent',
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
