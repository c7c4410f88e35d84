import { goFloat, goNumeric, isTimestamp } from './go-scalar.ts';

/** What JSON can say, with whole numbers of 64 bits as they are. */
export type YamlValue = null | boolean | number | bigint | string | readonly YamlValue[] | YamlObject;
export interface YamlObject {
  readonly [key: string]: YamlValue;
}

export interface GoYamlOptions {
  /** A `number` is a float64, even a whole one; else it is what Go writes for it in JSON, read again. */
  readonly floats?: boolean;
}

/**
 * YAML as Go's `sigs.k8s.io/yaml` writes it (go-yaml v2 over libyaml's emitter): keys in its natural order, lists not
 * indented, long plain and quoted texts folded after column 80. `oc adm release extract` writes manifests so.
 */
export function goYaml(value: YamlValue, { floats = false }: GoYamlOptions = {}): string {
  const emitter = new Emitter(floats ? goFloat : jsonNumber);
  emitter.node(value, { mapping: false, key: false });
  return emitter.end();
}

const BEST_WIDTH = 80;
const INDENT = 2;
/** Bytes up to which a key stands before its colon; a longer one is written with `?`. */
const LONGEST_KEY = 128;

const RESERVED = new Set([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF'],
  ...['true', 'True', 'TRUE', 'false', 'False', 'FALSE', '', '~', 'null', 'Null', 'NULL'],
  ...['nan', 'NaN', 'NAN', 'inf', 'Inf', 'INF'].map((name) => `.${name}`),
  ...['inf', 'Inf', 'INF'].flatMap((name) => [`+.${name}`, `-.${name}`]),
]);
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether go-yaml would read the plain text as something else than text. */
function resolvesToOther(text: string): boolean {
  return RESERVED.has(text) || BASE60.test(text) || isTimestamp(text) || goNumeric(text) !== undefined;
}

/** A number that Go writes as JSON and reads again: whole ones of 64 bits are integers then. */
function jsonNumber(value: number): string {
  const whole = Number.isInteger(value) ? goNumeric(String(value)) : undefined;
  return typeof whole === 'bigint' ? String(whole) : goFloat(value);
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

/** go-yaml's order of keys: letters after anything else, runs of digits by their value. */
function compareKeys(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const digit = (chars: readonly string[], at: number): boolean => DIGIT.test(chars[at] ?? '');
  for (let i = 0; i < left.length && i < right.length; i++) {
    const l = left[i] ?? '';
    const r = right[i] ?? '';
    if (l === r) continue;
    const codes = (l.codePointAt(0) ?? 0) - (r.codePointAt(0) ?? 0);
    const letters = [LETTER.test(l), LETTER.test(r)];
    if (letters[0] && letters[1]) return codes;
    if (letters[0] || letters[1]) return letters[1] ? -1 : 1;
    const run = (chars: readonly string[], start: bigint): readonly [value: bigint, end: number] => {
      let value = start;
      let at = i;
      for (; digit(chars, at); at++)
        value = BigInt.asIntN(64, value * 10n + BigInt((chars[at]?.codePointAt(0) ?? 48) - 48));
      return [value, at];
    };
    let start = 0n;
    if (l === '0' || r === '0') {
      for (let j = i - 1; j >= 0 && digit(left, j); j--) {
        if (left[j] !== '0') {
          start = 1n;
          break;
        }
      }
    }
    const [leftValue, leftEnd] = run(left, start);
    const [rightValue, rightEnd] = run(right, start);
    if (leftValue !== rightValue) return leftValue < rightValue ? -1 : 1;
    return leftEnd !== rightEnd ? leftEnd - rightEnd : codes;
  }
  return left.length - right.length;
}

/** A character that stands for itself in any style (libyaml's `is_printable`). */
function isPrintable(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}

function isBreak(char: string | undefined): boolean {
  return char !== undefined && '\n\r\u0085\u2028\u2029'.includes(char);
}

interface Styles {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

/** What libyaml's `yaml_emitter_analyze_scalar` finds out about a text. */
function analyse(chars: readonly string[]): Styles {
  if (chars.length === 0) return { multiline: false, plain: true, single: true, block: false };
  const text = chars.join('');
  const blank = (char: string | undefined): boolean => char === ' ' || char === '\t' || isBreak(char);
  const breaks = chars.some(isBreak);
  const special = !chars.every(isPrintable);
  const spaceBreak = chars.some((char, at) => isBreak(char) && chars[at - 1] === ' ');
  const breakSpace = chars.some((char, at) => char === ' ' && isBreak(chars[at - 1]));
  const edges = [chars[0], chars.at(-1)];
  const indicator =
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`])/.test(text) ||
    (/^[?:-]/.test(text) && (chars.length === 1 || blank(chars[1]))) ||
    chars.some(
      (char, at) =>
        at > 0 &&
        ((char === ':' && (at === chars.length - 1 || blank(chars[at + 1]))) || (char === '#' && blank(chars[at - 1]))),
    );
  return {
    multiline: breaks,
    plain: !(breaks || special || spaceBreak || breakSpace || indicator || edges.some((c) => c === ' ' || isBreak(c))),
    single: !(special || spaceBreak || breakSpace),
    block: !(special || spaceBreak || chars.at(-1) === ' '),
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0) ?? 0;
  const [letter, width] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(Number(width), '0')}`;
}

interface Context {
  /** In a mapping: a list is not indented further. */
  readonly mapping: boolean;
  /** A key before its colon: nothing is folded. */
  readonly key: boolean;
}

/** libyaml's emitter, as far as block collections and scalars need it. */
class Emitter {
  readonly #number: (value: number) => string;
  #out: string[] = [];
  #column = 0;
  #indent = -1;
  #whitespace = true;
  #indention = true;

  constructor(number: (value: number) => string) {
    this.#number = number;
  }

  end(): string {
    this.#writeIndent();
    return this.#out.join('');
  }

  node(value: YamlValue, context: Context): void {
    if (Array.isArray(value)) this.#list(value, context);
    else if (typeof value === 'object' && value !== null) this.#map(value as YamlObject);
    else this.#scalar(value as null | boolean | number | bigint | string, context.key);
  }

  #map(value: YamlObject): void {
    const keys = Object.keys(value).sort(compareKeys);
    if (keys.length === 0) {
      this.#indicator('{', true, true);
      this.#indicator('}');
      return;
    }
    this.#nested(this.#indent < 0 ? 0 : this.#indent + INDENT, () => {
      for (const key of keys) {
        const member = value[key];
        if (member === undefined) continue;
        this.#writeIndent();
        if (Buffer.byteLength(key) <= LONGEST_KEY && ![...key].some(isBreak)) {
          this.#scalar(key, true);
          this.#indicator(':');
        } else {
          this.#indicator('?', true, false, true);
          this.node(key, { mapping: true, key: false });
          this.#writeIndent();
          this.#indicator(':', true, false, true);
        }
        this.node(member, { mapping: true, key: false });
      }
    });
  }

  #list(value: readonly YamlValue[], { mapping }: Context): void {
    if (value.length === 0) {
      this.#indicator('[', true, true);
      this.#indicator(']');
      return;
    }
    const inPlace = mapping && !this.#indention;
    const indent = this.#indent < 0 ? 0 : inPlace ? this.#indent : this.#indent + INDENT;
    this.#nested(indent, () => {
      for (const item of value) {
        this.#writeIndent();
        this.#indicator('-', true, false, true);
        this.node(item, { mapping: false, key: false });
      }
    });
  }

  #nested(indent: number, write: () => void): void {
    const before = this.#indent;
    this.#indent = indent;
    write();
    this.#indent = before;
  }

  #scalar(value: null | boolean | number | bigint | string, key: boolean): void {
    const indent = this.#indent < 0 ? INDENT : this.#indent + INDENT;
    this.#nested(indent, () => {
      if (typeof value !== 'string') {
        this.#plain([...(typeof value === 'number' ? this.#number(value) : String(value))], !key);
        return;
      }
      const chars = [...value];
      const styles = analyse(chars);
      const other = resolvesToOther(value);
      if (value.includes('\n') && styles.block && !key) this.#literal(chars);
      else if (value.includes('\n') || other) this.#double(chars, !key);
      else if (styles.plain && !(chars.length === 0 && key)) this.#plain(chars, !key);
      else if (styles.single) this.#single(chars, !key);
      else this.#double(chars, !key);
    });
  }

  #put(text: string): void {
    this.#out.push(text);
    this.#column += 1;
  }

  #break(): void {
    this.#out.push('\n');
    this.#column = 0;
  }

  /** A character of the text that ends a line. */
  #lineEnd(char: string): void {
    this.#out.push(char);
    this.#column = 0;
    this.#indention = true;
  }

  #writeIndent(): void {
    const indent = Math.max(0, this.#indent);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break();
    while (this.#column < indent) this.#put(' ');
    this.#whitespace = true;
    this.#indention = true;
  }

  #indicator(text: string, needWhitespace = false, isWhitespace = false, isIndention = false): void {
    if (needWhitespace && !this.#whitespace) this.#put(' ');
    for (const char of text) this.#put(char);
    this.#whitespace = isWhitespace;
    this.#indention = this.#indention && isIndention;
  }

  /** Where a line may be folded: at a lone blank past the best width. */
  #folds(chars: readonly string[], at: number, spaces: boolean): boolean {
    return !spaces && this.#column > BEST_WIDTH && chars[at + 1] !== ' ';
  }

  #plain(chars: readonly string[], breaks: boolean): void {
    if (!this.#whitespace) this.#put(' ');
    let spaces = false;
    for (const [at, char] of chars.entries()) {
      if (char === ' ' && breaks && this.#folds(chars, at, spaces)) this.#writeIndent();
      else this.#put(char);
      if (char !== ' ') this.#indention = false;
      spaces = char === ' ';
    }
    this.#whitespace = false;
    this.#indention = false;
  }

  #single(chars: readonly string[], breaks: boolean): void {
    this.#indicator("'", true);
    let spaces = false;
    let broken = false;
    for (const [at, char] of chars.entries()) {
      const inside = at > 0 && at < chars.length - 1;
      if (isBreak(char)) this.#lineEnd(char);
      else if (char === ' ' && breaks && inside && this.#folds(chars, at, spaces)) this.#writeIndent();
      else {
        if (broken && char !== ' ') this.#writeIndent();
        if (char === "'") this.#put("'");
        this.#put(char);
      }
      if (char !== ' ' && !isBreak(char)) this.#indention = false;
      spaces = char === ' ' || (spaces && isBreak(char));
      broken = isBreak(char) || (broken && char === ' ');
    }
    this.#indicator("'");
    this.#whitespace = false;
    this.#indention = false;
  }

  #double(chars: readonly string[], breaks: boolean): void {
    this.#indicator('"', true);
    // go-yaml takes every character for a mark of byte order that stands behind one.
    const marked = chars[0] === '\ufeff';
    let spaces = false;
    for (const [at, char] of chars.entries()) {
      if (marked || !isPrintable(char) || isBreak(char) || char === '"' || char === '\\') {
        for (const part of escaped(char)) this.#put(part);
      } else if (char === ' ' && breaks && !spaces && this.#column > BEST_WIDTH && at > 0 && at < chars.length - 1) {
        this.#writeIndent();
        if (chars[at + 1] === ' ') this.#put('\\');
      } else this.#put(char);
      spaces = char === ' ';
    }
    this.#indicator('"');
    this.#whitespace = false;
    this.#indention = false;
  }

  #literal(chars: readonly string[]): void {
    this.#indicator('|', true);
    if (chars[0] === ' ' || isBreak(chars[0])) this.#indicator(String(INDENT));
    const last = chars.at(-1);
    if (!isBreak(last)) this.#indicator('-');
    else if (chars.length === 1 || isBreak(chars.at(-2))) this.#indicator('+');
    this.#break();
    this.#indention = true;
    this.#whitespace = true;
    let breaks = true;
    for (const char of chars) {
      if (isBreak(char)) {
        this.#lineEnd(char);
        breaks = true;
      } else {
        if (breaks) this.#writeIndent();
        this.#put(char);
        this.#indention = false;
        breaks = false;
      }
    }
  }
}
