import type { ImageSource, Repository } from '../../../oci/index.ts';
import type { CosignSignature, SignatureEvidence } from '../../../sign/index.ts';
import { located, SlipwayError } from '../../../util/errors.ts';

/** The sigstore signatures beside an image; none when it has no such tag. Throws `OCI_…`, `SIGN_ATTACHMENT_INVALID`. */
export async function readAttachment(repository: ImageSource, digest: string): Promise<readonly CosignSignature[]> {
  const { cosignTag, readCosignManifest } = await import('../../../sign/index.ts');
  let manifest: Uint8Array;
  try {
    manifest = (await repository.manifest(cosignTag(digest))).bytes;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return [];
    throw error;
  }
  const image = `${repository.name}:${cosignTag(digest)}`;
  const signatures: CosignSignature[] = [];
  for (const { signature, ...blob } of readCosignManifest(manifest, image)) {
    try {
      signatures.push({ payload: Buffer.concat(await (await repository.blob(blob)).toArray()), signature });
    } catch (error) {
      throw located(error, { image });
    }
  }
  return signatures;
}

/** The same for a judge: signatures that can not be read are a problem of theirs, not of the other consumers. */
export async function attachmentEvidence(
  source: ImageSource,
  digest: string,
): Promise<Pick<SignatureEvidence, 'sigstore' | 'sigstoreProblem'>> {
  try {
    return { sigstore: await readAttachment(source, digest) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { sigstore: [], sigstoreProblem: error.describe() };
  }
}

/** Puts signatures beside an image, blobs first. Returns the tag. */
export async function writeAttachment(
  repository: Repository,
  digest: string,
  signatures: readonly CosignSignature[],
): Promise<string> {
  const { cosignAttachment } = await import('../../../sign/index.ts');
  const { tag, mediaType, manifest, blobs } = cosignAttachment(digest, signatures);
  for (const blob of blobs) if (!(await repository.hasBlob(blob.digest))) await repository.putBlob(blob, blob.bytes);
  await repository.putManifest(tag, mediaType, manifest);
  return tag;
}
