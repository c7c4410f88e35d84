import type { Manifest } from '../../manifest/types.ts';
import type { LintFacts, Problem, Severity } from '../types.ts';

/** Every object of the payload's files that could be read. */
export function manifestsOf({ files }: Pick<LintFacts, 'files'>): readonly Manifest[] {
  return files.flatMap(({ manifests }) => manifests);
}

export function placeOf(manifest: Manifest): { readonly file: string; readonly line: number } {
  return { file: manifest.file, line: manifest.line };
}

/** `Deployment "openshift-dns/dns"`, for messages. */
export function nameOf({ kind, namespace, name }: Manifest): string {
  return `${kind} "${namespace === '' ? '' : `${namespace}/`}${name}"`;
}

/** What a rule found in an object, with the place. */
export function problem(severity: Severity, manifest: Manifest, message: string, field?: string): Problem {
  return { severity, message, place: { ...placeOf(manifest), ...(field === undefined ? {} : { field }) } };
}
