import { labelsOf } from '../../oci/index.ts';
import { BASE_DIGEST_LABEL, DEFAULT_BASE_TAG } from '../assemble/index.ts';
import type { LayeredFile } from '../files.ts';
import { type ComponentOptions, type ComponentResult, tryComponents } from '../info/index.ts';
import type { ComponentImage, Payload } from '../types.ts';

/** Says of a component's name whether the release may have been built on it. */
export function maybeBase(payload: Payload): (name: string) => boolean {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  const named = new Set(payload.images.filter((image) => image.digest === digest).map(({ name }) => name));
  return (name) => name === DEFAULT_BASE_TAG || named.has(name);
}

/** The components that are the image on which the release says it is built: one, and more where it has several names. */
export function basesOf(payload: Payload, components: readonly ComponentImage[]): readonly ComponentImage[] {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  return components.filter((component) => component.digest === digest);
}

/**
 * `/manifests` of the component that the release was built on, without what is in sub-folders, which a Cluster Version
 * Operator passes over (P013 names it); `undefined` when that is none that could be read.
 */
export function baseOf(payload: Payload, results: readonly ComponentResult[]): readonly LayeredFile[] | undefined {
  const components = results.flatMap(({ image }) => (image === undefined ? [] : [image]));
  const base = basesOf(payload, components).find(({ manifests }) => manifests !== undefined);
  return base?.manifests?.filter(({ name }) => !name.includes('/'));
}

/** Reads nothing but the base, or says in a sentence why it can not. */
export async function readBase(
  payload: Payload,
  options: Pick<ComponentOptions, 'resolve' | 'architecture'>,
): Promise<{ readonly base: readonly LayeredFile[] } | { readonly base?: never; readonly unread: string }> {
  const isBase = maybeBase(payload);
  const tags = payload.imageReferences.tags.filter(({ name }) => isBase(name));
  const results = await tryComponents(
    { ...payload, imageReferences: { ...payload.imageReferences, tags } },
    { ...options, manifests: () => true },
  );
  const base = baseOf(payload, results);
  if (base !== undefined) return { base };
  const cause = results.find(({ error }) => error !== undefined)?.error;
  return { unread: cause?.message ?? 'it is no component of the release.' };
}
