import type { ImageSource, Repository } from '../../../oci/index.ts';
import type { CosignSignature } from '../../../sign/index.ts';
import { SlipwayError } from '../../../util/errors.ts';

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
  const signatures: CosignSignature[] = [];
  for (const { signature, ...blob } of readCosignManifest(manifest, `${repository.name}:${cosignTag(digest)}`))
    signatures.push({ payload: Buffer.concat(await (await repository.blob(blob)).toArray()), signature });
  return signatures;
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
