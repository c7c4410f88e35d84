import { canonicalJson, type Json, SlipwayError } from '../util/index.ts';

/** In JSON text: an escape of NUL or of half a surrogate pair, not preceded by another backslash. */
const NOT_TEXT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i;

/**
 * The JSON text of a value for a `jsonb` column. PostgreSQL's text holds neither NUL nor half a surrogate pair
 * (documentation, 8.14.1); a value with either is refused here with `DB_JSON_UNSTORABLE`.
 */
export function jsonText(value: Json): string {
  const text = canonicalJson(value);
  const found = NOT_TEXT.exec(text);
  if (found === null) return text;
  throw new SlipwayError(
    'DB_JSON_UNSTORABLE',
    `the value holds ${found[0].slice(-6)}, which the database cannot keep.`,
    {
      place: { field: text.slice(Math.max(0, found.index - 40), found.index) },
    },
  );
}
