import { SlipwayError } from '../../util/index.ts';

/** A parsed pattern. Sets are tables of 128 ASCII codes: the texts matched are versions, which SemVer keeps to ASCII. */
export type Pattern =
  | { readonly kind: 'set'; readonly set: Uint8Array }
  | {
      readonly kind: 'assert';
      readonly at: 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word-boundary' | 'no-word-boundary';
    }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number };

interface Flags {
  /** `i`: case-insensitive */
  readonly fold: boolean;
  /** `s`: a dot matches a newline too */
  readonly dotAll: boolean;
  /** `m`: `^` and `$` match at lines */
  readonly lines: boolean;
}

const MAX_DEPTH = 100;
const MAX_REPEAT = 1000;

export function emptySet(): Uint8Array {
  return new Uint8Array(128);
}

function ranges(...pairs: readonly string[]): Uint8Array {
  const set = emptySet();
  for (const pair of pairs)
    for (let code = pair.charCodeAt(0); code <= pair.charCodeAt(pair.length - 1); code++) set[code] = 1;
  return set;
}

function negated(set: Uint8Array): Uint8Array {
  return set.map((member) => 1 - member);
}

function union(into: Uint8Array, set: Uint8Array): void {
  set.forEach((member, code) => {
    if (member === 1) into[code] = 1;
  });
}

const DIGIT = ranges('09');
const SPACE = ranges('\t\r', ' ');
const WORD = ranges('09', 'AZ', '_', 'az');
const CLASSES: Readonly<Record<string, Uint8Array>> = {
  d: DIGIT,
  D: negated(DIGIT),
  s: SPACE,
  S: negated(SPACE),
  w: WORD,
  W: negated(WORD),
};
const POSIX: Readonly<Record<string, Uint8Array>> = {
  alnum: ranges('09', 'AZ', 'az'),
  alpha: ranges('AZ', 'az'),
  ascii: ranges('\x00\x7f'),
  blank: ranges('\t', ' '),
  cntrl: ranges('\x00\x1f', '\x7f'),
  digit: DIGIT,
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/', ':@', '[`', '{~'),
  space: SPACE,
  upper: ranges('AZ'),
  word: WORD,
  xdigit: ranges('09', 'AF', 'af'),
};
const CONTROL: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };
const ASSERTIONS: Readonly<Record<string, Extract<Pattern, { kind: 'assert' }>['at']>> = {
  A: 'text-start',
  z: 'text-end',
  b: 'word-boundary',
  B: 'no-word-boundary',
};

/** Parses the syntax of Rust's regex crate (without Unicode classes, set operations and verbose mode). */
export function parsePattern(source: string): Pattern {
  return new Parser(source).parse();
}

class Parser {
  private at = 0;
  private depth = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  parse(): Pattern {
    for (const char of this.source)
      if (char.charCodeAt(0) > 127) throw this.refuse(`the character "${char}" can never be part of a version`);
    const [pattern] = this.choice({ fold: false, dotAll: false, lines: false });
    if (this.at < this.source.length) throw this.refuse('a closing parenthesis has no opening one');
    return pattern;
  }

  private refuse(reason: string): SlipwayError {
    return new SlipwayError('GRAPH_REGEX', `the pattern "${this.source.slice(0, 80)}" is refused: ${reason}.`, {
      hint: 'Patterns are read as by Rust’s regex crate: no look-around, no back-references.',
    });
  }

  private peek(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  private take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  private next(): string {
    const char = this.source[this.at];
    if (char === undefined) throw this.refuse('it ends too early');
    this.at++;
    return char;
  }

  /** Alternatives up to the closing parenthesis or the end. Flags set inside hold to the end of the group. */
  private choice(flags: Flags): [Pattern, Flags] {
    if (++this.depth > MAX_DEPTH) throw this.refuse('parentheses are nested too deeply');
    const parts: Pattern[] = [];
    let current = flags;
    do {
      const [part, after] = this.sequence(current);
      parts.push(part);
      current = after;
    } while (this.take('|'));
    this.depth--;
    return [parts.length === 1 ? (parts[0] as Pattern) : { kind: 'choice', parts }, current];
  }

  private sequence(flags: Flags): [Pattern, Flags] {
    const parts: Pattern[] = [];
    let current = flags;
    while (this.at < this.source.length && !this.peek('|') && !this.peek(')')) {
      const flagsOnly = this.flagGroup(current);
      if (flagsOnly !== undefined) {
        current = flagsOnly;
        continue;
      }
      parts.push(this.repeated(this.atom(current)));
    }
    return [{ kind: 'sequence', parts }, current];
  }

  /** `(?i)` and the like, which change the flags of what follows. */
  private flagGroup(flags: Flags): Flags | undefined {
    const match = /^\(\?([a-zA-Z-]+)\)/.exec(this.source.slice(this.at));
    if (match === null) return undefined;
    this.at += match[0].length;
    return this.withFlags(flags, match[1] as string);
  }

  private withFlags(flags: Flags, letters: string): Flags {
    let on = true;
    let { fold, dotAll, lines } = flags;
    for (const letter of letters) {
      if (letter === '-' && on) on = false;
      else if (letter === 'i') fold = on;
      else if (letter === 's') dotAll = on;
      else if (letter === 'm') lines = on;
      // greediness and Unicode mode change nothing in whether an ASCII text matches
      else if (letter !== 'U' && letter !== 'u') throw this.refuse(`the flag "${letter}" is not supported`);
    }
    return { fold, dotAll, lines };
  }

  private atom(flags: Flags): Pattern {
    const char = this.next();
    switch (char) {
      case '(':
        return this.group(flags);
      case '[':
        return { kind: 'set', set: this.class(flags) };
      case '.':
        return { kind: 'set', set: flags.dotAll ? ranges('\x00\x7f') : negated(ranges('\n')) };
      case '^':
        return { kind: 'assert', at: flags.lines ? 'line-start' : 'text-start' };
      case '$':
        return { kind: 'assert', at: flags.lines ? 'line-end' : 'text-end' };
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.refuse(`there is nothing before "${char}" to repeat`);
      case '\\': {
        const assertion = ASSERTIONS[this.source[this.at] ?? ''];
        if (assertion !== undefined) {
          this.at++;
          return { kind: 'assert', at: assertion };
        }
        return { kind: 'set', set: folded(this.escape(), flags) };
      }
      default:
        return { kind: 'set', set: folded(ranges(char), flags) };
    }
  }

  private group(flags: Flags): Pattern {
    let inner = flags;
    if (this.take('?')) {
      if (this.peek('=') || this.peek('!') || this.peek('<=') || this.peek('<!'))
        throw this.refuse('look-around is not supported');
      const head = /^(?:P?<[A-Za-z_][A-Za-z0-9_]*>|([a-zA-Z-]*):)/.exec(this.source.slice(this.at));
      if (head === null) throw this.refuse('a group begins with an unknown "(?"');
      this.at += head[0].length;
      inner = this.withFlags(flags, head[1] ?? '');
    }
    const [pattern] = this.choice(inner);
    if (!this.take(')')) throw this.refuse('a parenthesis is not closed');
    return pattern;
  }

  private repeated(first: Pattern): Pattern {
    let pattern = first;
    for (;;) {
      const bounds = this.bounds();
      if (bounds === undefined) return pattern;
      this.take('?'); // lazy: the same texts match
      pattern = { kind: 'repeat', part: pattern, min: bounds[0], max: bounds[1] };
    }
  }

  private bounds(): [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    if (!this.peek('{')) return undefined;
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at));
    if (match === null) throw this.refuse('"{" begins no repetition such as {2} or {1,3}');
    this.at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (max < min) throw this.refuse(`the repetition ${match[0]} ends below its beginning`);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY))
      throw this.refuse(`the repetition ${match[0]} is too large`);
    return [min, max];
  }

  /** What follows a backslash outside assertions. */
  private escape(): Uint8Array {
    const char = this.next();
    const known = CLASSES[char];
    if (known !== undefined) return known;
    const control = CONTROL[char];
    if (control !== undefined) return ranges(control);
    if (char === 'x') {
      const hex = /^[0-7][0-9A-Fa-f]/.exec(this.source.slice(this.at))?.[0];
      if (hex === undefined) throw this.refuse('"\\x" needs two hexadecimal digits of an ASCII character');
      this.at += 2;
      return ranges(String.fromCharCode(Number.parseInt(hex, 16)));
    }
    if (/[0-9]/.test(char)) throw this.refuse('back-references are not supported');
    if (/[A-Za-z<>]/.test(char)) throw this.refuse(`the escape "\\${char}" is not supported`);
    return ranges(char);
  }

  /** The rest of a bracketed class; as in Rust, "[" inside opens a nested class and a first "]" is a literal. */
  private class(flags: Flags): Uint8Array {
    if (++this.depth > MAX_DEPTH) throw this.refuse('classes are nested too deeply');
    const set = emptySet();
    const negate = this.take('^');
    let first = true;
    while (first || !this.peek(']')) {
      if (this.at >= this.source.length) throw this.refuse('a bracket is not closed');
      for (const operation of ['&&', '--', '~~'])
        if (this.peek(operation)) throw this.refuse(`the set operation "${operation}" is not supported`);
      this.classMember(set, flags);
      first = false;
    }
    this.at++;
    this.depth--;
    const whole = folded(set, flags);
    return negate ? negated(whole) : whole;
  }

  private classMember(set: Uint8Array, flags: Flags): void {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.source.slice(this.at));
    if (posix !== null) {
      const named = POSIX[posix[2] as string];
      if (named === undefined) throw this.refuse(`the class ${posix[0]} is unknown`);
      this.at += posix[0].length;
      union(set, posix[1] === '^' ? negated(named) : named);
      return;
    }
    if (this.take('[')) {
      union(set, this.class(flags));
      return;
    }
    const low = this.classCharacter();
    if (!this.peek('-') || this.peek('-]') || this.peek('--')) {
      union(set, low);
      return;
    }
    this.at++;
    const high = this.classCharacter();
    const [from, to] = [single(low), single(high)];
    if (from === undefined || to === undefined) throw this.refuse('a range in brackets needs single characters');
    if (to < from) throw this.refuse('a range in brackets ends below its beginning');
    set.fill(1, from, to + 1);
  }

  private classCharacter(): Uint8Array {
    const char = this.next();
    return char === '\\' ? this.escape() : ranges(char);
  }
}

function single(set: Uint8Array): number | undefined {
  const code = set.indexOf(1);
  return code !== -1 && set.indexOf(1, code + 1) === -1 ? code : undefined;
}

function folded(set: Uint8Array, flags: Flags): Uint8Array {
  if (!flags.fold) return set;
  const whole = Uint8Array.from(set);
  for (let upper = 65; upper <= 90; upper++) {
    const lower = upper + 32;
    if (set[upper] === 1 || set[lower] === 1) whole[upper] = whole[lower] = 1;
  }
  return whole;
}
