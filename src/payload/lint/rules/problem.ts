import type { Manifest } from '../../manifest/index.ts';
import type { Problem, Severity } from '../types.ts';

export function placeOf(manifest: Manifest): { readonly file: string; readonly line: number } {
  return { file: manifest.file, line: manifest.line };
}

/** What a rule found. */
export function finding(severity: Severity, message: string, place?: Problem['place']): Problem {
  return { severity, message, ...(place === undefined ? {} : { place }) };
}

export function error(message: string, place?: Problem['place']): Problem {
  return finding('error', message, place);
}

export function warning(message: string, place?: Problem['place']): Problem {
  return finding('warning', message, place);
}

/** What a rule found in an object, with the place. */
export function problem(severity: Severity, manifest: Manifest, message: string, field?: string): Problem {
  return finding(severity, message, { ...placeOf(manifest), ...(field === undefined ? {} : { field }) });
}
