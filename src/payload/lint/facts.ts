import { isOperator } from '../assemble/index.ts';
import { tryComponents } from '../info/index.ts';
import { baseOf, maybeBase } from '../trust/index.ts';
import type { Payload } from '../types.ts';
import { edgeFacts } from './edge.ts';
import { listFacts } from './list.ts';
import type { LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { sigstoreFacts, sizesOf } from './registry.ts';
import { trustConfigs } from './trust.ts';
import type { LintFacts, TrustConfig } from './types.ts';
import { VIEWS } from './views.ts';

/** Notes which stores can not be reached: whether they have a signature does not matter. Each is asked once. */
async function reached(
  trust: readonly TrustConfig[],
  payload: Payload,
  { stores }: LintOptions,
): Promise<readonly TrustConfig[]> {
  if (stores === undefined) return trust;
  const digest = payload.listDigest ?? payload.digest;
  const named = new Set(trust.flatMap((config) => config.stores));
  const problems = new Map(
    await Promise.all([...named].map(async (store) => [store, (await stores([store], digest)).problems[0]] as const)),
  );
  return trust.map((config) => ({
    ...config,
    unreachable: config.stores.map((store) => problems.get(store)).filter((problem) => problem !== undefined),
  }));
}

/**
 * Gathers what the rules look at: the payload's files, every component's manifest and configuration, `/manifests` of
 * operators and of the base image. An image that cannot be read is a finding, not an error.
 */
export async function gatherFacts(payload: Payload, options: LintOptions): Promise<LintFacts> {
  const isBase = maybeBase(payload);
  const results = await tryComponents(payload, {
    resolve: options.resolve,
    ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    manifests: (name, labels) => options.deep === true || isOperator(labels) || isBase(name),
  });
  const files = await readFiles(payload);
  const base = baseOf(payload, results);
  const list = await listFacts(payload, options);
  const edge = options.edge === undefined ? undefined : await edgeFacts(options.edge, payload, options);
  const components = results.flatMap(({ image }) => (image === undefined ? [] : [image]));
  const sizes = await sizesOf(payload, components, options);
  const sigstore = await sigstoreFacts(payload, files, options);
  return {
    payload,
    files,
    base,
    components,
    ...sizes,
    unreadable: [...results.flatMap((result) => (result.error === undefined ? [] : [result])), ...sizes.unreadable],
    trust: await reached(await trustConfigs(base, files), payload, options),
    clusters: VIEWS.map((featureSet) => ({ featureSet })),
    ...(sigstore === undefined ? {} : { sigstore }),
    ...(list === undefined ? {} : { list }),
    ...(edge === undefined ? {} : { edge }),
    at: options.at,
  };
}
