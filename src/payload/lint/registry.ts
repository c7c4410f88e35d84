import type { Descriptor, Digest, ImageSource } from '../../oci/index.ts';
import { cosignTag } from '../../sign/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import type { ComponentImage, Payload } from '../types.ts';
import type { LintOptions } from './options.ts';
import type { BlobSizes, LintFacts, ReadFile } from './types.ts';

/** Questions that all registries are asked at a time. */
const CONCURRENCY = 8;

/** Something that a manifest says a repository has. */
interface Part {
  readonly source: ImageSource;
  readonly digest: Digest;
}

/** What a repository answered; it may not answer at all. */
type Answer = { readonly size: number | undefined } | { readonly error: SlipwayError };

function keyOf({ source, digest }: Part): string {
  return `${source.name}@${digest}`;
}

/** Asks each repository once for each digest: components share the layers of their base images, the release has its base's. */
async function askSizes(parts: readonly Part[], concurrency: number): Promise<ReadonlyMap<string, Answer>> {
  const distinct = [...new Map(parts.map((part) => [keyOf(part), part] as const))];
  const answers = await mapLimit(
    distinct,
    concurrency,
    async ([key, { source, digest }]): Promise<readonly (readonly [string, Answer])[]> => {
      try {
        // A folder or an archive is read, not asked.
        return source.blobSize === undefined ? [] : [[key, { size: await source.blobSize(digest) }]];
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        return [[key, { error }]];
      }
    },
  );
  return new Map(answers.flat());
}

function sizesIn(answers: ReadonlyMap<string, Answer>, parts: readonly Part[]): BlobSizes {
  return new Map(
    parts.flatMap((part) => {
      const answer = answers.get(keyOf(part));
      return answer === undefined || 'error' in answer ? [] : [[part.digest, answer.size] as const];
    }),
  );
}

/**
 * What registries have of the release image, where its repository is known, and of the components' layers, by component:
 * one question for each digest of a repository, nothing is read. A component whose registry does not answer is one that
 * can not be read. Throws the error of the release's own.
 */
export async function sizesOf(
  { image }: Payload,
  components: readonly ComponentImage[],
  { release, resolve, concurrency = CONCURRENCY }: Pick<LintOptions, 'release' | 'resolve' | 'concurrency'>,
): Promise<Pick<LintFacts, 'sizes' | 'componentSizes' | 'unreadable'>> {
  const partsOf = (source: ImageSource, descriptors: readonly Descriptor[]): readonly Part[] =>
    descriptors.map(({ digest }) => ({ source, digest }));
  const own = release === undefined ? [] : partsOf(release, [image.manifest.config, ...image.manifest.layers]);
  const others = components.map(({ name, pullSpec, layers }) => {
    return { name, pullSpec, parts: partsOf(resolve(pullSpec), layers) };
  });
  const answers = await askSizes([...own, ...others.flatMap(({ parts }) => parts)], concurrency);
  const errorsIn = (parts: readonly Part[]): readonly SlipwayError[] =>
    parts.flatMap((part) => {
      const answer = answers.get(keyOf(part));
      return answer !== undefined && 'error' in answer ? [answer.error] : [];
    });
  const [failed] = errorsIn(own);
  if (failed !== undefined) throw failed;
  return {
    ...(release === undefined ? {} : { sizes: sizesIn(answers, own) }),
    componentSizes: new Map(others.map(({ name, parts }) => [name, sizesIn(answers, parts)])),
    unreadable: others.flatMap(({ name, pullSpec, parts }) =>
      errorsIn(parts)
        .slice(0, 1)
        .map((error) => ({ name, pullSpec, error })),
    ),
  };
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
