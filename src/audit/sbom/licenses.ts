import { CALLAWAY } from './callaway.ts';
import { SPDX_EXCEPTIONS, SPDX_LICENSES } from './spdx-ids.ts';

interface Token {
  readonly text: string;
  /** Whether a name may not go on here: parentheses and operators. */
  readonly mark: '(' | ')' | 'and' | 'or' | undefined;
}

/** Deepest nesting that is followed; no real tag has more than three. */
const MAX_DEPTH = 50;

/**
 * Splits at parentheses and at the words that join names. A parenthesis inside of a name ("MIT (see file)") makes the
 * whole no expression, which the parser finds out.
 */
function tokens(text: string): Token[] {
  return text
    .split(/(\(|\)|(?<=^|[\s()])(?:and|or|AND|OR)(?=$|[\s()]))/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const word = part.toLowerCase();
      const mark = word === '(' || word === ')' || word === 'and' || word === 'or' ? word : undefined;
      return { text: part, mark };
    });
}

/** `a or b and c`, where `and` binds tighter in both systems. `undefined`: it is no expression of names. */
function parse(text: string, name: (words: string) => string): string | undefined {
  const list = tokens(text);
  let at = 0;
  const operand = (depth: number): string | undefined => {
    const token = list[at];
    if (token === undefined || depth > MAX_DEPTH) return undefined;
    at += 1;
    if (token.mark === undefined) return name(token.text);
    if (token.mark !== '(') return undefined;
    const inner = joined('or', depth + 1);
    if (inner === undefined || list[at]?.mark !== ')') return undefined;
    at += 1;
    return /\s/u.test(inner) ? `(${inner})` : inner;
  };
  const joined = (operator: 'and' | 'or', depth: number): string | undefined => {
    const parts: string[] = [];
    do {
      const part = operator === 'or' ? joined('and', depth) : operand(depth);
      if (part === undefined) return undefined;
      parts.push(part);
      if (list[at]?.mark !== operator) break;
      at += 1;
    } while (at <= list.length);
    return parts.join(` ${operator.toUpperCase()} `);
  };
  const whole = joined('or', 0);
  return at === list.length ? whole : undefined;
}

/** `GPL-2.0-or-later WITH GCC-exception-3.1`, `MPL-2.0+`, `LicenseRef-Fedora-Public-Domain` */
function isSpdx(words: string): boolean {
  const [id = '', exception, ...more] = words.split(/\s+WITH\s+/u);
  if (more.length > 0 || (exception !== undefined && !SPDX_EXCEPTIONS.has(exception))) return false;
  if (/^LicenseRef-[A-Za-z0-9.-]+$/u.test(id)) return exception === undefined;
  return SPDX_LICENSES.has(id.replace(/\+$/u, ''));
}

const reference = (prefix: string, words: string): string => {
  const id = words
    .replaceAll('+', '-plus')
    .replace(/[^A-Za-z0-9.-]+/gu, '-')
    .replace(/^-+|-+$/gu, '');
  return `LicenseRef-${prefix}${id === '' ? 'unnamed' : id}`;
};

/** Distributions whose packages have SPDX expressions: Enterprise Linux from 10 and Fedora from 38. */
const SPDX_RELEASE = /\.(el[1-9]\d|fc(3[89]|[4-9]\d))(\D|$)/u;

/**
 * The licence tags of the packages of one document as expressions (SPDX 2.3, Annex D). Names that stand for one text
 * only become SPDX identifiers; what is not known to be one stays what it is, as a reference with the words that the
 * package has. Nothing is guessed: joining what is not understood would let a licence through that nobody read.
 */
export class LicenseBook {
  readonly #references = new Map<string, string>();

  /** Names that are no SPDX identifiers, in the order of the alphabet: reference ► the words of the packages. */
  get references(): readonly (readonly [string, string])[] {
    return [...this.#references].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The expression of a tag; `undefined` for an empty one. `release` of the package tells which system it is of. */
  expressionOf(tag: string, release: string): string | undefined {
    const text = tag.trim().replace(/\s+/gu, ' ');
    if (text === '') return undefined;
    if (parse(text, (words) => words) === undefined) return this.#refer('', text);
    const names = tokens(text).filter(({ mark }) => mark === undefined);
    // Both systems have MIT; where it is not known, it means what is less certain.
    const spdx =
      SPDX_RELEASE.test(release) ||
      /\s(AND|OR|WITH)\s/u.test(text) ||
      names.every(({ text: words }) => isSpdx(words) && !CALLAWAY.has(words));
    return parse(text, (words) => this.#name(words, spdx));
  }

  #name(words: string, spdx: boolean): string {
    if (spdx && isSpdx(words)) return words;
    const callaway = CALLAWAY.get(words);
    if (callaway) return callaway;
    if (callaway === undefined && isSpdx(words)) return words;
    return this.#refer(callaway === null ? 'Callaway-' : '', words);
  }

  #refer(prefix: string, words: string): string {
    let id = reference(prefix, words);
    // Two names that differ in signs alone must not become one.
    for (let n = 2; (this.#references.get(id) ?? words) !== words; n++) id = `${reference(prefix, words)}-${n}`;
    this.#references.set(id, words);
    return id;
  }
}
