import { type ImageSource, labelsOf } from '../../oci/index.ts';
import { mapLimit } from '../../util/index.ts';
import { DEFAULT_BASE_TAG } from '../assemble/assemble.ts';
import { BASE_DIGEST_LABEL, isOperator } from '../assemble/labels.ts';
import { type ComponentResult, tryComponents } from '../info/components.ts';
import type { LayeredFile, Payload } from '../types.ts';
import { edgeFacts } from './edge.ts';
import { listFacts } from './list.ts';
import type { LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { trustConfigs } from './trust.ts';
import type { LintFacts, TrustConfig } from './types.ts';

/** The component that the release was built on. */
function baseOf(payload: Payload, results: readonly ComponentResult[]): readonly LayeredFile[] | undefined {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  return results
    .flatMap(({ image }) => (image === undefined ? [] : [image]))
    .find((image) => image.digest === digest && image.manifests !== undefined)?.manifests;
}

/** What the registry has of the release image's own content; `undefined` where it can not be asked. */
async function sizesOf({ image }: Payload, release: ImageSource): Promise<LintFacts['sizes']> {
  const ask = release.blobSize?.bind(release);
  if (ask === undefined) return undefined;
  const digests = [...new Set([image.manifest.config, ...image.manifest.layers].map(({ digest }) => digest))];
  return new Map(await mapLimit(digests, 8, async (digest) => [digest, await ask(digest)] as const));
}

/** Notes which stores of the ConfigMap that counts can not be reached: whether they have a signature does not matter. */
async function reached(
  [first, ...others]: readonly TrustConfig[],
  payload: Payload,
  { stores }: LintOptions,
): Promise<readonly TrustConfig[]> {
  if (first === undefined) return [];
  if (stores === undefined || first.stores.length === 0) return [first, ...others];
  const digest = payload.listDigest ?? payload.digest;
  const asked = await Promise.all(first.stores.map(async (store) => (await stores([store], digest)).problems[0]));
  return [{ ...first, unreachable: asked.filter((problem) => problem !== undefined) }, ...others];
}

/**
 * Gathers what the rules look at: the payload's files, every component's manifest and configuration, `/manifests` of
 * operators and of the base image. An image that cannot be read is a finding, not an error.
 */
export async function gatherFacts(payload: Payload, options: LintOptions): Promise<LintFacts> {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  const isBase = (name: string): boolean =>
    name === DEFAULT_BASE_TAG || payload.images.some((image) => image.name === name && image.digest === digest);
  const results = await tryComponents(payload, {
    resolve: options.resolve,
    ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    manifests: (name, labels) => options.deep === true || isOperator(labels) || isBase(name),
  });
  const files = await readFiles(payload);
  const base = baseOf(payload, results);
  const list = await listFacts(payload, options);
  const edge = options.edge === undefined ? undefined : await edgeFacts(options.edge, payload);
  const sizes = options.release === undefined ? undefined : await sizesOf(payload, options.release);
  return {
    payload,
    files,
    base,
    components: results.flatMap(({ image }) => (image === undefined ? [] : [image])),
    unreadable: results.flatMap((result) => (result.error === undefined ? [] : [result])),
    trust: await reached(await trustConfigs(base, files), payload, options),
    ...(sizes === undefined ? {} : { sizes }),
    ...(list === undefined ? {} : { list }),
    ...(edge === undefined ? {} : { edge }),
    at: options.at,
  };
}
