import { goQuote } from '../../text/index.ts';
import { formatFloat, partsOf } from './decimal.ts';
import { pad, type Spec } from './spec.ts';

/** What Go prints for a code point that is none. */
const REPLACEMENT = 0xfffd;
const SURROGATES = /\p{Surrogate}/u;

function character(code: bigint): string {
  const text = code >= 0n && code <= 0x10ffffn ? String.fromCodePoint(Number(code)) : '';
  return text === '' || SURROGATES.test(text) ? String.fromCodePoint(REPLACEMENT) : text;
}

/** Code points beyond ASCII as escapes: `%+q`. */
export function ascii(quoted: string): string {
  return quoted.replace(/\P{ASCII}/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** `'a'`: quoted as a text is, but for the quotes. */
function quotedCharacter(code: bigint, { plus }: Spec): string {
  const char = character(code);
  const inner = char === '"' ? char : char === "'" ? "\\'" : goQuote(char).slice(1, -1);
  return `'${plus ? ascii(inner) : inner}'`;
}

function unicode(code: bigint, spec: Spec): string {
  const digits = BigInt.asUintN(64, code)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, spec.precision ?? 0), '0');
  const char = character(code);
  const isCode = code >= 0n && code <= 0x10ffffn;
  const prints = spec.sharp && isCode && (char === '"' || char === '\\' || goQuote(char) === `"${char}"`);
  return pad(`U+${digits}${prints ? ` '${char}'` : ''}`, { ...spec, zero: false });
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', x: '0x', X: '0X' };

/** An integer by one verb; `undefined` when the verb is not for integers. */
export function formatInteger(value: number, verb: string, spec: Spec): string | undefined {
  const integer = BigInt(value);
  if (verb === 'c') return pad(character(integer), spec);
  if (verb === 'q') return pad(quotedCharacter(integer, spec), spec);
  if (verb === 'U') return unicode(integer, spec);
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const { precision, width = 0, zero, minus, plus, space, sharp } = spec;
  const plainly = { ...spec, zero: false };
  if (precision === 0 && integer === 0n) return pad('', plainly);
  const negative = integer < 0n;
  const sign = negative ? '-' : plus ? '+' : space ? ' ' : '';
  const least = precision ?? (zero && !minus ? width - sign.length : 0);
  let digits = (negative ? -integer : integer).toString(base).padStart(least, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (sharp && base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  const prefix = `${verb === 'O' ? '0o' : ''}${sharp ? (PREFIXES[verb] ?? '') : ''}`;
  return pad(`${sign}${prefix}${digits}`, plainly);
}

/** A `#`: always a point, and the zeros that %g leaves out. */
function withPoint(number: string, verb: string, precision: number | undefined): string {
  const [, mantissa = '', exponent = ''] = /^([^pP]*?)((?:[pP]|(?<!x.*)[eE]).*)?$/.exec(number) ?? [];
  const [whole = '', fraction] = mantissa.split('.');
  // In Go an x counts as a digit.
  const significant = `${whole}${fraction ?? ''}`.replace(/^0+/, '').length + (mantissa === '0' ? 1 : 0);
  const lacks = 'gGvx'.includes(verb) ? Math.max(0, (precision ?? 6) - significant) : 0;
  return `${whole}.${fraction ?? ''}${'0'.repeat(lacks)}${exponent}`;
}

/** `0x1.8p-02`, or `6755399441055744p-52` of %b. */
function binary(value: number, verb: string, precision: number | undefined): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { mantissa, power } = partsOf(Math.abs(value));
  if (verb === 'b') return `${sign}${mantissa}p${power < 0 ? '' : '+'}${power}`;
  const bits = mantissa.toString(2).length;
  let exponent = mantissa === 0n ? 0 : power + bits - 1;
  // One bit before the point, 52 behind it.
  let shown = mantissa << BigInt(53 - bits);
  if (precision !== undefined && precision < 13) {
    const cut = BigInt(4 * (13 - precision));
    const half = 1n << (cut - 1n);
    const rest = shown & ((1n << cut) - 1n);
    shown >>= cut;
    if (rest > half || (rest === half && (shown & 1n) === 1n)) shown += 1n;
    shown <<= cut;
    if (shown >= 1n << 53n) {
      shown >>= 1n;
      exponent += 1;
    }
  }
  const digits = (shown & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const fraction =
    precision === undefined ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
  const power10 = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const text = `0x${mantissa === 0n ? 0 : 1}${fraction === '' ? '' : `.${fraction}`}p${power10}`;
  return `${sign}${verb === 'X' ? text.toUpperCase() : text}`;
}

function realBy(value: number, verb: string, precision: number | undefined): string | undefined {
  switch (verb) {
    case 'b':
    case 'x':
    case 'X':
      return binary(value, verb, precision);
    case 'e':
    case 'E':
      return formatFloat(value, verb, precision ?? 6);
    case 'f':
    case 'F':
      return formatFloat(value, 'f', precision ?? 6);
    case 'g':
    case 'G':
      return formatFloat(value, verb, precision);
    default:
      return verb === 'v' ? formatFloat(value, 'g', precision) : undefined;
  }
}

/** A float64 by one verb; `undefined` when the verb is not for such. */
export function formatReal(value: number, verb: string, spec: Spec): string | undefined {
  const number = realBy(value, verb, spec.precision);
  if (number === undefined) return undefined;
  const negative = number.startsWith('-');
  const unsigned = negative ? number.slice(1) : number;
  const digits = spec.sharp && verb !== 'b' ? withPoint(unsigned, verb, spec.precision) : unsigned;
  const sign = negative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  if (sign === '' || !spec.zero || spec.minus) return pad(`${sign}${digits}`, spec);
  return `${sign}${digits.padStart((spec.width ?? 0) - sign.length, '0')}`;
}
