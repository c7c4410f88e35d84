import type { JsonValue } from '../../text/index.ts';
import { matchAt } from './lines.ts';
import { plainValue, unquoted } from './scalars.ts';

/** Levels of nesting; what is deeper is left to a full parser. */
const DEEPEST = 20;

/** Characters of a key as written; of more it may be none (1,024 to its colon). */
const LONGEST_KEY = 1000;

const PLAIN = /[A-Za-z0-9_/$(+=^~.-][\w/$()+=^~.@*%-]*(?: [\w/$()+=^~.@*%][\w/$()+=^~.@*%-]*)*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'/y;

/** Where in its line a flow collection is read. */
class Position {
  at: number;
  readonly line: string;

  constructor(line: string, at: number) {
    this.line = line;
    this.at = at;
  }

  spaces(): void {
    while (this.line[this.at] === ' ') this.at++;
  }

  /** Goes past a character, and says whether it was there. */
  takes(char: string): boolean {
    if (this.line[this.at] !== char) return false;
    this.at++;
    return true;
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    const found = matchAt(pattern, this.line, this.at);
    this.at += found?.[0].length ?? 0;
    return found;
  }
}

function scalar(position: Position): JsonValue | undefined {
  const char = position.line[position.at];
  if (char === '"' || char === "'") {
    const [, double, single] = position.match(QUOTED) ?? [];
    return double === undefined ? (single === undefined ? undefined : unquoted(single, "'")) : unquoted(double, '"');
  }
  const [text] = position.match(PLAIN) ?? [];
  return text === undefined || /^[-.]$|^-[^\w.-]/.test(text) ? undefined : plainValue(text);
}

function sequence(position: Position, depth: number): JsonValue[] | undefined {
  const items: JsonValue[] = [];
  position.spaces();
  if (position.takes(']')) return items;
  do {
    position.spaces();
    const item = value(position, depth);
    if (item === undefined) return undefined;
    items.push(item);
    position.spaces();
  } while (position.takes(','));
  return position.takes(']') ? items : undefined;
}

function mapping(position: Position, depth: number): JsonValue | undefined {
  const members: Record<string, JsonValue> = {};
  position.spaces();
  if (position.takes('}')) return members;
  do {
    position.spaces();
    const start = position.at;
    const key = scalar(position);
    if (position.at - start > LONGEST_KEY) return undefined;
    if (typeof key !== 'string' || key === '__proto__' || !position.takes(':') || !position.takes(' '))
      return undefined;
    position.spaces();
    const member = value(position, depth);
    if (member === undefined) return undefined;
    members[key] = member;
    position.spaces();
  } while (position.takes(','));
  return position.takes('}') ? members : undefined;
}

function value(position: Position, depth: number): JsonValue | undefined {
  if (depth > DEEPEST) return undefined;
  if (position.takes('[')) return sequence(position, depth + 1);
  if (position.takes('{')) return mapping(position, depth + 1);
  return scalar(position);
}

/** A flow collection of one line that begins at a column, and where it ends; `undefined` where there is doubt. */
export function flowCollection(line: string, column: number): { value: JsonValue; end: number } | undefined {
  const position = new Position(line, column);
  const found = value(position, 0);
  return found === undefined ? undefined : { value: found, end: position.at };
}
