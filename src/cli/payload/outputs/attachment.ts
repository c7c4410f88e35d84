import type { KeyObject } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ImageSource, Repository } from '../../../oci/index.ts';
import type { CosignSignature, SignatureEvidence, StoredAttachment } from '../../../sign/index.ts';
import { located, SlipwayError } from '../../../util/errors.ts';

/** An attachment with the texts that its signatures are over. */
interface ReadAttachment {
  readonly stored?: StoredAttachment;
  readonly signatures: readonly CosignSignature[];
}

/** What stands beside an image; nothing when it has no such tag. Throws `OCI_…`, `SIGN_ATTACHMENT_INVALID`. */
async function readAttachment(source: ImageSource, digest: string, withConfig: boolean): Promise<ReadAttachment> {
  const { cosignTag, readCosignManifest } = await import('../../../sign/index.ts');
  let manifest: Awaited<ReturnType<ImageSource['manifest']>>;
  try {
    manifest = await source.manifest(cosignTag(digest));
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return { signatures: [] };
    throw error;
  }
  const image = `${source.name}:${cosignTag(digest)}`;
  const read = async (blob: { readonly digest: `sha256:${string}`; readonly size: number }): Promise<Uint8Array> => {
    try {
      return Buffer.concat(await (await source.blob(blob)).toArray());
    } catch (error) {
      throw located(error, { image });
    }
  };
  const named = readCosignManifest(manifest.bytes, image);
  const signatures: CosignSignature[] = [];
  for (const { signature, ...blob } of named.signatures) signatures.push({ payload: await read(blob), signature });
  if (!withConfig) return { signatures };
  const config = named.config === undefined ? Buffer.alloc(0) : await read(named.config);
  return { signatures, stored: { mediaType: manifest.mediaType, manifest: manifest.bytes, config } };
}

/**
 * The signatures beside an image for a judge: that they can not be read is a problem of theirs, not of the other
 * consumers.
 */
export async function attachmentEvidence(
  source: ImageSource,
  digest: string,
): Promise<Pick<SignatureEvidence, 'sigstore' | 'sigstoreProblem'>> {
  try {
    return { sigstore: (await readAttachment(source, digest, false)).signatures };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { sigstore: [], sigstoreProblem: error.describe() };
  }
}

/** How often a signature is put again that another writer has overwritten. */
const MOST_TRIES = 8;

/**
 * Milliseconds that another writer may need from reading the tag to putting it; so long after a put it is looked at
 * once more. Not all wait equally long, or they would overwrite each other again.
 */
function settling(): number {
  return 500 + Math.random() * 500;
}

/** Whom and what to sign, and where the signature goes. */
export interface SigstoreTarget {
  readonly digest: string;
  /** `host/repository:tag` */
  readonly reference: string;
  readonly repository: Repository;
}

/**
 * Puts a sigstore signature beside an image, unless one by the key for this name is there; what others put there stays.
 * A registry can not replace a tag on a condition: so it is looked at after the put, and put again on top of what another
 * writer made of it meanwhile. Returns the tag. Throws `SIGN_ATTACHMENT_LOST` when others are always faster.
 */
export async function signBeside({ digest, reference, repository }: SigstoreTarget, key: KeyObject): Promise<string> {
  const { cosignTag, inspectCosign, loadCosignPublicKey, publicHalf, signCosign, withSignature } = await import(
    '../../../sign/index.ts'
  );
  const own = [loadCosignPublicKey(publicHalf(key))];
  const isOurs = (one: CosignSignature): boolean => inspectCosign(one, own, { digest, reference }).accepted;
  const signature = signCosign({ digest, reference }, key);
  for (let tries = 0; tries <= MOST_TRIES; tries++) {
    const { stored, signatures } = await readAttachment(repository, digest, true);
    if (signatures.some(isOurs)) return cosignTag(digest);
    if (tries === MOST_TRIES) break;
    const { tag, mediaType, manifest, blobs } = withSignature(digest, stored, signature);
    for (const blob of blobs) if (!(await repository.hasBlob(blob.digest))) await repository.putBlob(blob, blob.bytes);
    await repository.putManifest(tag, mediaType, manifest);
    await pause(settling());
  }
  throw new SlipwayError(
    'SIGN_ATTACHMENT_LOST',
    `other writers overwrote the signature ${MOST_TRIES} times; the image is not signed by this key.`,
    { place: { image: `${repository.name}:${cosignTag(digest)}` }, hint: 'Sign it again when they are done.' },
  );
}
