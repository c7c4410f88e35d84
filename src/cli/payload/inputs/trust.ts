import type { Cluster, ReleaseTrust } from '../../../payload/index.ts';
import type { VerificationConfig } from '../../../sign/index.ts';
import { located } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';
import type { OpenedPayload } from './open.ts';

/** How something verifies the next release. */
export type NamedTrust = Pick<ReleaseTrust, 'config' | 'problem' | 'warnings'>;

/** How clusters that run a release verify the next; of one that was opened. */
export async function trustOf({ payload, components }: OpenedPayload, cluster: Cluster): Promise<ReleaseTrust> {
  const { trustOfRelease } = await import('../../../payload/index.ts');
  return await trustOfRelease(payload, { ...components, cluster });
}

async function ofManifest(file: string): Promise<VerificationConfig> {
  const { parseVerificationConfigMap } = await import('../../../sign/index.ts');
  const manifest = (await readInput(file)).toString('utf8');
  try {
    return parseVerificationConfigMap(manifest);
  } catch (error) {
    throw located(error, { file });
  }
}

/** The trust that a release or a manifest file states. Throws `SIGN_CONFIG_…` for a file, and what reading either throws. */
export async function namedTrust(
  open: (reference: string) => Promise<OpenedPayload>,
  text: string,
  cluster: Cluster,
): Promise<NamedTrust> {
  if (/\.(ya?ml|json)$/.test(text)) return { config: await ofManifest(text), warnings: [] };
  return await trustOf(await open(text), cluster);
}
