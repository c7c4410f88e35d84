import { INCLUDE_PREFIX, type Manifest } from '../manifest/index.ts';
import type { LintFacts, ReadFile } from './types.ts';

/** Marks an object that the Cluster Version Operator deletes instead of applying it. */
export const DELETE = 'release.openshift.io/delete';

/** Marks an object that the Cluster Version Operator makes where it is missing, and then leaves alone. */
export const CREATE_ONLY = 'release.openshift.io/create-only';

/** Every object of the payload's files that could be read, and that is judged. */
export function manifestsOf({ files }: Pick<LintFacts, 'files'>): readonly Manifest[] {
  return files.flatMap(({ manifests }) => manifests);
}

/** Every object of the files, whichever clusters get it: gates, for one, are read from manifests that no cluster applies. */
export function everythingOf({ files }: Pick<LintFacts, 'files'>): readonly Manifest[] {
  return files.flatMap(({ manifests, hidden }) => [...manifests, ...hidden]);
}

/** Whether a file has objects, but none that is judged. */
export function isHidden({ manifests, hidden }: ReadFile): boolean {
  return manifests.length === 0 && hidden.length > 0;
}

/** Whether the object is only named so that it is deleted; then it may lack all that a living one needs. */
export function isTombstone({ annotations }: Manifest): boolean {
  return annotations?.[DELETE] === 'true';
}

/** The cluster profiles that a manifest says it is for, with the value it has there. */
export function inclusions({ annotations }: Manifest): readonly (readonly [profile: string, value: string])[] {
  return Object.entries(annotations ?? {})
    .filter(([key]) => key.startsWith(INCLUDE_PREFIX))
    .map(([key, value]) => [key.slice(INCLUDE_PREFIX.length), value]);
}

/**
 * Those of `manifestsOf` that are for some cluster: others are left out before they are decoded, and real releases have
 * such, for hosted control planes, whose own operator fills in their images.
 */
export function includedOf(facts: Pick<LintFacts, 'files'>): readonly Manifest[] {
  return manifestsOf(facts).filter((manifest) => inclusions(manifest).length > 0);
}

/** Those of `includedOf` that are applied, not deleted. */
export function appliedOf(facts: Pick<LintFacts, 'files'>): readonly Manifest[] {
  return includedOf(facts).filter((manifest) => !isTombstone(manifest));
}

/** Whether nodes verify images by it; that of a namespace only for what its pods pull. */
export function isImagePolicy({ group, kind }: Manifest): boolean {
  return group === 'config.openshift.io' && (kind === 'ClusterImagePolicy' || kind === 'ImagePolicy');
}

/** `Deployment "openshift-dns/dns"`, for messages. */
export function nameOf({ kind, namespace, name }: Manifest): string {
  return `${kind} "${namespace === '' ? '' : `${namespace}/`}${name}"`;
}
