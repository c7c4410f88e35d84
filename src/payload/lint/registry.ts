import type { Digest, ImageSource } from '../../oci/index.ts';
import { cosignTag } from '../../sign/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import type { ComponentImage, Payload } from '../types.ts';
import type { LintOptions } from './options.ts';
import type { BlobSizes, LintFacts, ReadFile } from './types.ts';

const CONCURRENCY = 8;

/** Bytes that the registry says it has of each digest; `undefined` where it can not be asked. */
async function askSizes(source: ImageSource, digests: readonly Digest[]): Promise<BlobSizes | undefined> {
  const ask = source.blobSize?.bind(source);
  if (ask === undefined) return undefined;
  return new Map(await mapLimit(digests, CONCURRENCY, async (digest) => [digest, await ask(digest)] as const));
}

/** What the registry has of the release image's own content. */
export async function sizesOf({ image }: Payload, release: ImageSource): Promise<BlobSizes | undefined> {
  return await askSizes(release, [
    ...new Set([image.manifest.config, ...image.manifest.layers].map(({ digest }) => digest)),
  ]);
}

/**
 * What registries have of the components' layers, by component: one question for each layer of a repository, nothing is
 * read. A component whose registry does not answer is one that cannot be read.
 */
export async function componentSizes(
  components: readonly ComponentImage[],
  { resolve, concurrency = CONCURRENCY }: Pick<LintOptions, 'resolve' | 'concurrency'>,
): Promise<{
  readonly sizes: ReadonlyMap<string, BlobSizes>;
  readonly unreadable: LintFacts['unreadable'];
}> {
  // Components share layers of their base images: each is asked for once.
  const asked = new Map<string, Promise<BlobSizes | undefined>>();
  const once = async (source: ImageSource, digest: Digest): Promise<BlobSizes | undefined> => {
    const key = `${source.name}@${digest}`;
    const known = asked.get(key) ?? askSizes(source, [digest]);
    asked.set(key, known);
    return await known;
  };
  const sizes = new Map<string, BlobSizes>();
  const unreadable: LintFacts['unreadable'][number][] = [];
  await mapLimit(components, concurrency, async ({ name, pullSpec, layers }) => {
    try {
      const source = resolve(pullSpec);
      const known = new Map<Digest, number | undefined>();
      for (const { digest } of layers) for (const [of, size] of (await once(source, digest)) ?? []) known.set(of, size);
      sizes.set(name, known);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      unreadable.push({ name, pullSpec, error });
    }
  });
  return { sizes, unreadable };
}

async function hasSignature(source: ImageSource, { digest, listDigest }: Payload): Promise<boolean> {
  try {
    await source.manifest(cosignTag(listDigest ?? digest));
    return true;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return false;
    throw error;
  }
}

/** Whether the releases have Sigstore signatures beside them; asked only where an image policy would look for them. */
export async function sigstoreFacts(
  payload: Payload,
  files: readonly ReadFile[],
  { attachments, edge }: LintOptions,
): Promise<LintFacts['sigstore']> {
  const policies = files.flatMap(({ manifests }) => manifests).filter(({ kind }) => kind === 'ClusterImagePolicy');
  if (policies.length === 0) return undefined;
  return {
    ...(attachments === undefined ? {} : { release: await hasSignature(attachments, payload) }),
    ...(edge?.attachments === undefined ? {} : { from: await hasSignature(edge.attachments, edge.from) }),
  };
}
