import { kindOf, numberOf, typeOf, type Value } from '../values.ts';
import { formatValue } from './print.ts';
import { PLAIN, type Spec } from './spec.ts';

/** Go's bound of widths and precisions. */
const MOST = 1_000_000;

const FLAGS: Readonly<Record<string, 'sharp' | 'zero' | 'plus' | 'minus' | 'space'>> = {
  '#': 'sharp',
  '0': 'zero',
  '+': 'plus',
  '-': 'minus',
  ' ': 'space',
};

/** Reads one format and the values that it takes: `fmt.Sprintf`. */
class Printer {
  readonly #format: string;
  readonly #values: readonly Value[];
  #at = 0;
  #next = 0;
  #reordered = false;
  #isGood = true;
  #afterIndex = false;

  constructor(format: string, values: readonly Value[]) {
    this.#format = format;
    this.#values = values;
  }

  all(): string {
    const out: string[] = [];
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at);
      out.push(this.#format.slice(this.#at, percent === -1 ? undefined : percent));
      if (percent === -1) break;
      this.#at = percent + 1;
      out.push(this.#verb());
    }
    const extra = this.#reordered ? [] : this.#values.slice(this.#next);
    if (extra.length > 0) out.push(`%!(EXTRA ${extra.map(described).join(', ')})`);
    return out.join('');
  }

  #verb(): string {
    this.#isGood = true;
    this.#afterIndex = false;
    const flags = this.#flags();
    this.#index();
    const [width, badWidth] = this.#number('WIDTH', true);
    const minus = flags.minus || (width ?? 0) < 0;
    const [precision, badPrecision] = this.#precision();
    if (!this.#afterIndex) this.#index();
    const spec: Spec = {
      ...flags,
      minus,
      ...(width === undefined ? {} : { width: Math.abs(width) }),
      ...(precision === undefined ? {} : { precision }),
    };
    return `${badWidth}${badPrecision}${this.#print(spec)}`;
  }

  #print(spec: Spec): string {
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) return '%!(NOVERB)';
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    if (verb === '%') return '%';
    if (!this.#isGood) return `%!${verb}(BADINDEX)`;
    if (this.#next >= this.#values.length) return `%!${verb}(MISSING)`;
    return formatValue(this.#values[this.#next++], verb, spec);
  }

  #flags(): Spec {
    let spec = PLAIN;
    for (
      let flag = FLAGS[this.#format[this.#at] ?? ''];
      flag !== undefined;
      flag = FLAGS[this.#format[this.#at] ?? '']
    ) {
      spec = { ...spec, [flag]: true };
      this.#at++;
    }
    return spec;
  }

  /** `[2]`: which value is next. */
  #index(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#reordered = true;
    const close = this.#format.indexOf(']', this.#at);
    const text = close === -1 ? '' : this.#format.slice(this.#at + 1, close);
    this.#at = close === -1 ? this.#at + 1 : close + 1;
    this.#afterIndex = /^\d{1,7}$/.test(text) && Number(text) <= MOST;
    if (this.#afterIndex && Number(text) >= 1 && Number(text) <= this.#values.length) this.#next = Number(text) - 1;
    else this.#isGood = false;
  }

  /** A width or a precision: digits, or `*` for that of the next value; and what is said of a bad one. */
  #number(what: 'WIDTH' | 'PREC', mayBeNegative: boolean): readonly [number: number | undefined, problem: string] {
    if (this.#format[this.#at] === '*') {
      this.#at++;
      this.#afterIndex = false;
      const value = this.#values[this.#next];
      if (this.#next < this.#values.length) this.#next++;
      const number = kindOf(value) === 'int' ? numberOf(value) : undefined;
      if (number === undefined || Math.abs(number) > MOST) return [undefined, `%!(BAD${what})`];
      return number < 0 && !mayBeNegative ? [undefined, `%!(BAD${what})`] : [number, ''];
    }
    const [digits] = /^\d+/.exec(this.#format.slice(this.#at)) ?? [];
    if (digits === undefined) return [undefined, ''];
    if (Number(digits) > MOST) {
      this.#at = this.#format.length;
      return [undefined, ''];
    }
    this.#at += digits.length;
    if (this.#afterIndex && what === 'WIDTH') this.#isGood = false;
    return [Number(digits), ''];
  }

  #precision(): readonly [number: number | undefined, problem: string] {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return [undefined, ''];
    this.#at++;
    if (this.#afterIndex) this.#isGood = false;
    this.#index();
    const isGiven = this.#format[this.#at] === '*';
    const [number, problem] = this.#number('PREC', false);
    return [isGiven ? number : (number ?? 0), problem];
  }
}

function described(value: Value): string {
  return value === undefined || value === null ? '<nil>' : `${typeOf(value)}=${formatValue(value, 'v', PLAIN)}`;
}

/** `fmt.Sprintf` for what JSON and templates have, mistakes as Go tells them: `%!d(string=a)`. */
export function printf(format: string, values: readonly Value[]): string {
  return new Printer(format, values).all();
}
