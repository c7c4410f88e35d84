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

const TOO_DEEP = `nested deeper than ${DEEPEST_JSON} levels`;

/** Index behind a JSON string that begins at `start`; the end of the text for one that does not end. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Whether a text, were it JSON, is nested deeper than `DEEPEST_JSON`: told from its brackets, before anything is made. */
function isTextDeeper(text: string): boolean {
  let levels = 0;
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    at = char === '"' ? endOfString(text, at) : at + 1;
    if (char === '[' || char === '{') levels++;
    else if (char === ']' || char === '}') levels--;
    if (levels > DEEPEST_JSON) return true;
  }
  return false;
}

/**
 * `JSON.parse` for text from outside: what is nested deeper than `DEEPEST_JSON` is a SyntaxError too, and no memory is
 * spent on it.
 */
export function readJson(text: string): Json {
  if (isTextDeeper(text)) throw new SyntaxError(`it is ${TOO_DEEP}`);
  const value: Json = JSON.parse(text);
  return value;
}

/**
 * Parses JSON from outside. Throws `code` when it is none, or nested deeper than `DEEPEST_JSON`; `what` begins the
 * sentence: `the release metadata`.
 */
export function parseJson(text: string, code: string, what: string, place: Place): unknown {
  if (isTextDeeper(text)) throw new SlipwayError(code, `${what} is ${TOO_DEEP}.`, { place });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SlipwayError(code, `${what} is not JSON: ${messageOf(cause)}`, { place, cause });
  }
}
