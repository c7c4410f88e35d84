/** The digits of a number, and where its point stands: 0.DIGITS × 10^point. No digits: zero. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** A finite double that is not negative as an integer times a power of two: IEEE 754, binary64. */
export function partsOf(value: number): { readonly mantissa: bigint; readonly power: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const exponent = (bits.getUint32(0) >>> 20) & 0x7ff;
  const fraction = bits.getBigUint64(0) & ((1n << 52n) - 1n);
  return { mantissa: exponent === 0 ? fraction : fraction | (1n << 52n), power: Math.max(exponent, 1) - 1075 };
}

/** The exact decimal of a finite double that is not negative: 0.1 has 55 digits. */
function exactly(value: number): Decimal {
  const { mantissa, power } = partsOf(value);
  const whole = power < 0 ? mantissa * 5n ** BigInt(-power) : mantissa << BigInt(power);
  const text = String(whole);
  const digits = text.replace(/0+$/, '');
  return { digits, point: digits === '' ? 0 : text.length + Math.min(power, 0) };
}

/** The fewest digits that are read as this number again. */
function shortest(value: number): Decimal {
  if (value === 0) return { digits: '', point: 0 };
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

/** Cut to so many digits, halves to the even one, as IEEE 754 and Go have it; `toFixed` rounds them up. */
function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count < 0) return { digits: '', point: 0 };
  if (digits.length <= count) return { digits, point };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  const isOdd = /[13579]$/.test(kept);
  if (rest < half || (rest === half && !isOdd)) {
    const trimmed = kept.replace(/0+$/, '');
    return { digits: trimmed, point: trimmed === '' ? 0 : point };
  }
  const up = String(BigInt(`0${kept}`) + 1n);
  return { digits: up.replace(/0+$/, ''), point: point + (up.length > count ? 1 : 0) };
}

function exponential({ digits, point }: Decimal, precision: number, e: string): string {
  const shown = digits.padEnd(precision + 1, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const fraction = precision > 0 ? `.${shown.slice(1, precision + 1)}` : '';
  return `${shown.slice(0, 1)}${fraction}${e}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function plain({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const zeros = '0'.repeat(Math.min(precision, Math.max(0, -point)));
  const fraction = `${zeros}${digits.slice(Math.max(0, point))}`.padEnd(precision, '0').slice(0, precision);
  return precision > 0 ? `${whole}.${fraction}` : whole;
}

/**
 * A finite number as Go's `strconv.FormatFloat` writes it in the forms e, E, f, g and G; without a precision, with the
 * fewest digits that tell it.
 */
export function formatFloat(value: number, form: 'e' | 'E' | 'f' | 'g' | 'G', precision?: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  const e = form === 'E' || form === 'G' ? 'E' : 'e';
  const from = precision === undefined ? shortest(size) : exactly(size);
  if (form === 'f') {
    const { digits, point } = precision === undefined ? from : rounded(from, from.point + precision);
    return `${sign}${plain({ digits, point }, precision ?? Math.max(0, digits.length - point))}`;
  }
  if (form === 'e' || form === 'E') {
    const decimal = precision === undefined ? from : rounded(from, precision + 1);
    return `${sign}${exponential(decimal, precision ?? Math.max(0, decimal.digits.length - 1), e)}`;
  }
  const most = precision === undefined ? undefined : Math.max(1, precision);
  const decimal = most === undefined ? from : rounded(from, most);
  const { digits, point } = decimal;
  // A whole number that has no more digits than the precision allows stays plain.
  const limit = most === undefined ? 6 : most > digits.length && digits.length >= point ? digits.length : most;
  const exponent = point - 1;
  if (digits !== '' && (exponent < -4 || exponent >= limit))
    return `${sign}${exponential(decimal, digits.length - 1, e)}`;
  return `${sign}${plain(decimal, Math.max(0, digits.length - point))}`;
}
