import type { KubeConnection } from '../../../kube/index.ts';
import type { ReleaseSignatures } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';

export interface ApplyFlags {
  readonly applyReleaseImageSignature?: boolean;
  readonly overwrite?: boolean;
  readonly kubeconfig?: string;
}

/**
 * The cluster that the signature of a release is to be written to; asked for before anything is copied, so that a
 * kubeconfig which does not do is told first. Throws `CLI_USAGE`, `KUBE_CONFIG_INVALID`.
 */
export async function clusterOf(flags: ApplyFlags): Promise<KubeConnection | undefined> {
  if (flags.overwrite === true && flags.applyReleaseImageSignature !== true)
    throw new SlipwayError('CLI_USAGE', '--overwrite is only valid when --apply-release-image-signature is specified.');
  if (flags.applyReleaseImageSignature !== true) return undefined;
  const { defaultKubeconfig, readKubeconfig } = await import('../../../kube/index.ts');
  return await readKubeconfig(flags.kubeconfig ?? defaultKubeconfig(process.env));
}

/** Writes the ConfigMap with the signatures to the cluster, and says so as oc does. Throws `KUBE_…`. */
export async function applySignatures(
  cluster: KubeConnection,
  { digest, signatures }: ReleaseSignatures,
  { overwrite, dryRun }: { readonly overwrite?: boolean; readonly dryRun?: boolean },
): Promise<string | undefined> {
  if (signatures.length === 0) {
    process.stderr.write('warning: The release has no valid signature, so none is written to the cluster.\n');
    return undefined;
  }
  if (dryRun === true) return `info: Create or configure configmap ${digest.replace(':', '-')}\n`;
  const { applyConfigMap } = await import('../../../kube/index.ts');
  const { signatureConfigMap } = await import('../../../sign/index.ts');
  const { name, done } = await applyConfigMap(cluster, signatureConfigMap(digest, signatures), {
    overwrite: overwrite === true,
  });
  return `configmap/${name} ${done}\n`;
}
