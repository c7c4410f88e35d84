import { isOperator } from '../assemble/labels.ts';
import { tryComponents } from '../info/components.ts';
import type { Payload } from '../types.ts';
import { baseOf, maybeBase } from './base.ts';
import { edgeFacts } from './edge.ts';
import { listFacts } from './list.ts';
import type { LintOptions } from './options.ts';
import { readFiles } from './read.ts';
import { sigstoreFacts, sizesOf } from './registry.ts';
import { trustConfigs } from './trust.ts';
import type { LintFacts, TrustConfig } from './types.ts';

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
    ...(sigstore === undefined ? {} : { sigstore }),
    ...(list === undefined ? {} : { list }),
    ...(edge === undefined ? {} : { edge }),
    at: options.at,
  };
}
