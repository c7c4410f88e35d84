import { join } from 'node:path';
import type { ImageSource } from '../../../oci/index.ts';
import type { Payload, ReleaseSignatures } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { note } from '../../output.ts';

export interface SignatureFlags {
  readonly toDir?: string;
  readonly releaseImageSignatureToDir?: string;
  readonly signatureStore?: readonly string[];
  readonly requireSignature?: boolean;
  readonly dryRun?: boolean;
}

/** Finds the signatures of a release, and warns of one that is not signed as it asks for itself. Throws `PAYLOAD_UNSIGNED`. */
export async function signaturesOf(
  payload: Payload,
  given: readonly Uint8Array[],
  resolve: (pullSpec: string) => ImageSource,
  { signatureStore, requireSignature }: SignatureFlags,
): Promise<ReleaseSignatures> {
  const { releaseSignatures } = await import('../../../payload/index.ts');
  const found = await releaseSignatures(payload, {
    given,
    resolve,
    at: new Date(),
    ...(signatureStore === undefined ? {} : { stores: signatureStore }),
  });
  for (const warning of found.warnings) note(`warning: ${warning}`);
  if (requireSignature === true && found.signatures.length === 0)
    throw new SlipwayError('PAYLOAD_UNSIGNED', 'the release is not signed; nothing was copied.', {
      place: { image: payload.reference },
      hint: 'Without --require-signature it is copied all the same.',
      exitCode: 1,
    });
  return found;
}

/** A folder that gets the signatures, and where in it the ConfigMap is. */
interface Place {
  readonly folder: string;
  readonly config: string;
}

/** The folder that was asked for, and that of the images: with them the signatures come back. */
function placesOf({ toDir, releaseImageSignatureToDir: asked }: SignatureFlags): readonly Place[] {
  return [
    ...(asked === undefined ? [] : [{ folder: asked, config: asked }]),
    ...(toDir === undefined ? [] : [{ folder: toDir, config: join(toDir, 'config') }]),
  ];
}

/**
 * Writes the signatures in every form in which somebody looks for them; with `dryRun` nothing is written. Returns the
 * files of the ConfigMap.
 */
export async function writeSignatures(
  found: ReleaseSignatures,
  repository: string,
  flags: SignatureFlags,
): Promise<readonly string[]> {
  if (found.signatures.length === 0) return [];
  const { signatureFiles } = await import('../../../sign/index.ts');
  const { writeFileAtomic } = await import('../../../util/files.ts');
  const written: string[] = [];
  for (const { folder, config } of placesOf(flags)) {
    const folders = { cvo: join(folder, 'signatures'), lookaside: join(folder, 'lookaside'), configmap: config };
    for (const { layout, path, bytes } of signatureFiles({ ...found, repository })) {
      const file = join(folders[layout], path);
      if (flags.dryRun !== true) await writeFileAtomic(file, bytes);
      if (layout === 'configmap') written.push(file);
    }
  }
  return written;
}
