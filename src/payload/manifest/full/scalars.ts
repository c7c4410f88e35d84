import { type Cursor, folded, isBlank, isBreak, isBreakOrEnd, isDigit, isSpaceOrEnd } from './cursor.ts';

const HASH = 0x23;
const COLON = 0x3a;
const TAB = 0x09;
const BACKSLASH = 0x5c;

/** `, ? [ ] { }`: end a plain text in a flow collection. */
const FLOW_ENDS: ReadonlySet<number> = new Set([0x2c, 0x3f, 0x5b, 0x5d, 0x7b, 0x7d]);

export interface Plain {
  readonly value: string;
  /** Line breaks stand behind it: a key may follow. */
  readonly broken: boolean;
}

/** A plain text; `indent` is the column that the collection around stands at. */
export function plainScalar(cursor: Cursor, indent: number, flow: boolean): Plain {
  let value = '';
  let blanks = '';
  let first = '';
  let more = '';
  let broken = false;
  while (!cursor.isDocumentMark() && cursor.code() !== HASH) {
    const start = cursor.at;
    cursor.take((code) => {
      if (isSpaceOrEnd(code)) return false;
      if (code === COLON && isSpaceOrEnd(cursor.code(1))) return false;
      return !(flow && FLOW_ENDS.has(code));
    });
    if (cursor.at > start) {
      value += (broken ? folded(first, more) : blanks) + cursor.text.slice(start, cursor.at);
      blanks = first = more = '';
      broken = false;
    }
    if (!isBlank(cursor.code()) && !isBreak(cursor.code())) break;
    while (isBlank(cursor.code()) || isBreak(cursor.code())) {
      if (isBreak(cursor.code())) {
        if (broken) more += cursor.takeBreak();
        else first = cursor.takeBreak();
        broken = true;
        blanks = '';
        continue;
      }
      if (broken && cursor.column <= indent && cursor.code() === TAB)
        throw cursor.refuse('a tab stands where the indentation of a plain text should be');
      if (!broken) blanks += cursor.text[cursor.at];
      cursor.skip();
    }
    if (!flow && cursor.column <= indent) break;
  }
  return { value, broken };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);
const DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** The character behind a backslash. Halves of a pair (`\ud83d`) are none: JSON's pairs are no YAML 1.1. */
function escaped(cursor: Cursor): string {
  const letter = cursor.text[cursor.at + 1] ?? '';
  cursor.skip(2);
  const plain = ESCAPES.get(letter);
  if (plain !== undefined) return plain;
  const length = DIGITS.get(letter);
  if (length === undefined) throw cursor.refuse(`\\${letter} is no escape of YAML 1.1`);
  const digits = cursor.text.slice(cursor.at, cursor.at + length);
  if (!/^[0-9a-fA-F]+$/.test(digits)) throw cursor.refuse(`\\${letter} wants ${length} hexadecimal digits behind it`);
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw cursor.refuse(`\\${letter}${digits} is no character of Unicode`);
  cursor.skip(length);
  return String.fromCodePoint(code);
}

/** A text between quotes. */
export function quotedScalar(cursor: Cursor, single: boolean): string {
  const startLine = cursor.line;
  const quote = single ? 0x27 : 0x22;
  let value = '';
  cursor.skip();
  for (;;) {
    if (cursor.isDocumentMark()) throw cursor.refuse('a document ends within a quoted text', startLine);
    if (cursor.code() === 0) throw cursor.refuse('a quoted text does not end', startLine);
    let broken = false;
    while (!isSpaceOrEnd(cursor.code())) {
      const code = cursor.code();
      if (single && code === quote && cursor.code(1) === quote) {
        value += "'";
        cursor.skip(2);
      } else if (code === quote) break;
      else if (!single && code === BACKSLASH) {
        if (isBreak(cursor.code(1))) {
          cursor.skip();
          cursor.takeBreak();
          broken = true;
          break;
        }
        value += escaped(cursor);
      } else {
        value += cursor.take((next) => next !== quote && next !== BACKSLASH && !isSpaceOrEnd(next));
        if (single && cursor.code() === BACKSLASH) {
          value += '\\';
          cursor.skip();
        }
      }
    }
    if (cursor.code() === quote) break;
    value += blanksBetween(cursor, broken);
  }
  cursor.skip();
  return value;
}

/** White space within a quoted text; `escaped` behind an escaped line break, which is none. */
function blanksBetween(cursor: Cursor, escaped: boolean): string {
  let blanks = '';
  let first = '';
  let more = '';
  let broken = escaped;
  while (isBlank(cursor.code()) || isBreak(cursor.code())) {
    if (isBreak(cursor.code())) {
      if (broken) more += cursor.takeBreak();
      else first = cursor.takeBreak();
      broken = true;
    } else {
      if (!broken) blanks += cursor.text[cursor.at];
      cursor.skip();
    }
  }
  if (!broken) return blanks;
  return first === '' ? more : folded(first, more);
}

/** Marks behind `|` and `>`: what happens to line breaks at the end, and how many columns the text is indented. */
function header(cursor: Cursor): { chomp: string; increment: number } {
  let chomp = '';
  let increment = 0;
  const chomping = (): void => {
    if (cursor.starts('+') || cursor.starts('-')) {
      chomp = cursor.text[cursor.at] ?? '';
      cursor.skip();
    }
  };
  chomping();
  if (isDigit(cursor.code())) {
    increment = cursor.code() - 0x30;
    if (increment === 0) throw cursor.refuse('a block text can not be indented by 0');
    cursor.skip();
    if (chomp === '') chomping();
  }
  return { chomp, increment };
}

/** A literal or folded text; `parent` is the column of the collection around. */
export function blockScalar(cursor: Cursor, literal: boolean, parent: number): string {
  cursor.skip();
  const { chomp, increment } = header(cursor);
  cursor.take(isBlank);
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code())) throw cursor.refuse('a block text begins on the line below its mark');
  if (isBreak(cursor.code())) cursor.takeBreak();
  let indent = increment === 0 ? 0 : Math.max(parent, 0) + increment;
  const breaks = (): string => {
    let found = '';
    let widest = 0;
    for (;;) {
      while ((indent === 0 || cursor.column < indent) && cursor.code() === 0x20) cursor.skip();
      widest = Math.max(widest, cursor.column);
      if ((indent === 0 || cursor.column < indent) && cursor.code() === TAB)
        throw cursor.refuse('a tab stands where the indentation of a block text should be');
      if (!isBreak(cursor.code())) break;
      found += cursor.takeBreak();
    }
    if (indent === 0) indent = Math.max(widest, parent + 1, 1);
    return found;
  };
  const parts: string[] = [];
  let trailing = breaks();
  let leading = '';
  let wasBlank = false;
  while (cursor.column === indent && cursor.code() !== 0) {
    const blank = isBlank(cursor.code());
    if (!literal && leading === '\n' && !wasBlank && !blank) parts.push(trailing === '' ? ' ' : trailing);
    else parts.push(leading, trailing);
    wasBlank = blank;
    parts.push(cursor.take((code) => !isBreakOrEnd(code)));
    leading = isBreak(cursor.code()) ? cursor.takeBreak() : '';
    trailing = breaks();
  }
  if (chomp !== '-') parts.push(leading);
  if (chomp === '+') parts.push(trailing);
  return parts.join('');
}
