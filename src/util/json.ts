import { messageOf, type Place, SlipwayError } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([key, member]) => [key, sorted(member)]),
    );
  }
  return value;
}

/** JSON with sorted keys and no blanks: the same value always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** JSON for people and for reports: sorted keys, two blanks, a newline at the end. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), undefined, 2)}\n`;
}

/**
 * Levels that JSON from outside may be nested: who walks a value calls itself for each, and a stack has room for some
 * thousands. Images, manifests and metadata have less than 30.
 */
export const DEEPEST_JSON = 500;

/** Whether lists and objects are nested beyond a number of levels. */
export function isDeeper(value: unknown, levels = DEEPEST_JSON): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/**
 * Parses JSON from outside. Throws `code` when it is none, or nested deeper than `DEEPEST_JSON`; `what` begins the
 * sentence: `the release metadata`.
 */
export function parseJson(text: string, code: string, what: string, place: Place): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SlipwayError(code, `${what} is not JSON: ${messageOf(cause)}`, { place, cause });
  }
  if (!isDeeper(value)) return value;
  throw new SlipwayError(code, `${what} is nested deeper than ${DEEPEST_JSON} levels.`, { place });
}
