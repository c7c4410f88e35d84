import { GoNumber } from './values.ts';

/** Underscores stand between digits, or after a base. */
const UNDERSCORES = /^[-+]?(?:0[xXoObB]_?)?[\da-fA-F]+(?:_[\da-fA-F]+)*$/;

function integerIn(text: string): bigint | undefined {
  if (!UNDERSCORES.test(text)) return undefined;
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(text.replaceAll('_', '')) ?? [];
  // 010 is 8, as in C.
  const octal = /^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  if (/^0o.*[89]/.test(octal)) return undefined;
  const value = BigInt(octal.toLowerCase());
  return sign === '-' ? -value : value;
}

/** `0x1.8p-2`. */
function hexadecimalIn(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent] =
    /^([-+]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([-+]?\d+)$/.exec(text) ?? [];
  if (exponent === undefined || `${whole}${fraction}` === '') return undefined;
  const size = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -size : size;
}

/**
 * The number of a template as Go reads it: a float64 where a point or an exponent says so, else an int.
 * `undefined` for what is none, or larger than a double holds to the unit, which an int64 still does.
 */
export function numberIn(text: string): GoNumber | undefined {
  const isHexadecimal = /^[-+]?0[xX]/.test(text);
  if (isHexadecimal ? /[.pP]/.test(text) : /[.eE]/.test(text)) {
    if (/(?<![\da-fA-FxX])_|_(?![\da-fA-F])/.test(text)) return undefined;
    const plain = text.replaceAll('_', '');
    const value = isHexadecimal ? hexadecimalIn(plain) : Number(plain);
    return value !== undefined && Number.isFinite(value) ? new GoNumber(value, 'float64') : undefined;
  }
  const value = integerIn(text);
  const number = Number(value);
  return value !== undefined && Number.isSafeInteger(number) ? new GoNumber(number, 'int') : undefined;
}
