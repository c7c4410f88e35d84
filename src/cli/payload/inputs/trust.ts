import type { Payload } from '../../../payload/index.ts';
import type { VerificationConfig } from '../../../sign/index.ts';
import { located } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';

/** The verification ConfigMap of a release; undefined when it has none. Throws `SIGN_CONFIG_INVALID`. */
export async function trustOf(payload: Payload): Promise<VerificationConfig | undefined> {
  const { findVerificationConfig } = await import('../../../sign/index.ts');
  return findVerificationConfig(payload.files);
}

/** The trust that a release or a manifest file states. Throws `SIGN_CONFIG_…`, and what reading either throws. */
export async function namedTrust(
  open: (reference: string) => Promise<Payload>,
  text: string,
): Promise<VerificationConfig | undefined> {
  const { parseVerificationConfigMap } = await import('../../../sign/index.ts');
  if (/\.(ya?ml|json)$/.test(text)) {
    const manifest = (await readInput(text)).toString('utf8');
    try {
      return parseVerificationConfigMap(manifest);
    } catch (error) {
      throw located(error, { file: text });
    }
  }
  return await trustOf(await open(text));
}
