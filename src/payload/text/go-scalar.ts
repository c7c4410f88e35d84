/** What `strconv.ParseInt(…, 0, 64)` takes. */
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** After a leading point, go-yaml asks `strconv.ParseFloat`, which knows underscores between digits. */
const POINT_FLOAT = /^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?$/;
/** One or two digits for each of hours, minutes and seconds; Go takes a comma for a point too. */
const CLOCK = '(?:[01]?\\d|2[0-3]):[0-5]?\\d:[0-5]?\\d(?:[.,]\\d+)?';
const ZONE = '(?:Z|[-+](?:[01]\\d|2[0-4]):(?:[0-5]\\d|60))';
const TIMESTAMP = new RegExp(`^(\\d{4})-(\\d{1,2})-(\\d{1,2})(?:[Tt]${CLOCK}${ZONE}| ${CLOCK})?$`);

/** Beyond an uint64, a number is no integer any more. */
export const MOST_INTEGER = 2n ** 64n;
const MOST_SIGNED = 2n ** 63n;

/** A signed integer of 64 bits, or an unsigned one where no sign stands in front. */
function integerOf(plain: string): bigint | undefined {
  const [, sign, digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const most = sign === '-' ? MOST_SIGNED : sign === '+' ? MOST_SIGNED - 1n : MOST_INTEGER - 1n;
  if (value > most) return undefined;
  return sign === '-' ? -value : value;
}

/** Whether a text is one of go-yaml's dates. */
export function isTimestamp(text: string): boolean {
  const [, year, month, day] = TIMESTAMP.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** `0b` in front of a sign, which only go-yaml's second attempt takes. */
const LATE_SIGN = /^0b([-+][01]{1,63})$/;

/**
 * The number that go-yaml v2 reads a plain text as, `undefined` when it reads text (or a date). Whole numbers of 64 bits
 * are exact, others the nearest double. `08` is one, `.`, `e3` and `1e400` are none.
 */
export function goNumeric(text: string): bigint | number | undefined {
  if (text.startsWith('.')) return POINT_FLOAT.test(text) ? finite(text.replaceAll('_', '')) : undefined;
  if (!/^[-+0-9]/.test(text) || isTimestamp(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const integer = integerOf(plain);
  if (integer !== undefined) return integer;
  if (FLOAT.test(plain)) return finite(plain);
  const [, digits] = LATE_SIGN.exec(plain) ?? [];
  return digits === undefined ? undefined : BigInt(Number.parseInt(digits, 2));
}

function finite(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** As `goNumeric`, as the double that JSON has for it; no zero has a sign. */
export function goNumberOf(text: string): number | undefined {
  const value = goNumeric(text);
  return value === undefined ? undefined : Number(value) + 0;
}

/** `strconv.FormatFloat(n, 'g', -1, 64)`, or of the digits that are given; infinities and NaN as YAML has them. */
export function goFloat(value: number, exponential = value.toExponential()): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = '0'] = exponential.split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(Number(exponential));
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
