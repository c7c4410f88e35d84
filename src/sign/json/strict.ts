import { readJson } from '../../util/index.ts';
/** A JSON value whose numbers keep their text and whose objects keep repeated members. */
export type StrictJson =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: StrictJson])[] }
  | { readonly kind: 'array'; readonly items: readonly StrictJson[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: null | boolean };

const TOKEN =
  /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;
const MAX_DEPTH = 20;

/**
 * Parses JSON without losing what `JSON.parse` hides: members given twice (readers disagree which one counts) and how a
 * number is written (`1.0` is no integer for Go). Throws a SyntaxError.
 */
export function parseStrictJson(text: string): StrictJson {
  readJson(text); // the grammar; below only the structure is taken
  let at = 0;
  const token = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(`unexpected text at ${at}`);
    at = TOKEN.lastIndex;
    return match;
  };
  const value = (first: RegExpExecArray, depth: number): StrictJson => {
    if (depth > MAX_DEPTH) throw new SyntaxError('nested too deeply');
    const [, mark, string, number, literal] = first;
    if (string !== undefined) return { kind: 'string', value: JSON.parse(string) as string };
    if (number !== undefined) return { kind: 'number', text: number };
    if (literal !== undefined) return { kind: 'literal', value: JSON.parse(literal) as null | boolean };
    const list: StrictJson[] = [];
    const members: [string, StrictJson][] = [];
    const close = mark === '{' ? '}' : ']';
    for (let next = token(); next[1] !== close; next = token()) {
      const item = next[1] === ',' ? token() : next;
      if (mark === '{') {
        const name = JSON.parse(item[2] ?? '') as string;
        token(); // the colon
        members.push([name, value(token(), depth + 1)]);
      } else list.push(value(item, depth + 1));
    }
    return mark === '{' ? { kind: 'object', members } : { kind: 'array', items: list };
  };
  return value(token(), 0);
}
