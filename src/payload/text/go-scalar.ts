/** What `strconv.ParseInt(…, 0, 64)` takes. */
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** After a leading point, go-yaml asks `strconv.ParseFloat`, which knows underscores between digits. */
const POINT_FLOAT = /^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** Beyond an uint64, a number is no integer any more. */
export const MOST_INTEGER = 2n ** 64n;

function integerOf(plain: string): bigint | undefined {
  const [, sign, digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return sign === '-' ? -value : value;
}

/** Whether a text is one of go-yaml's dates. */
export function isTimestamp(text: string): boolean {
  const [, year, month, day] = TIMESTAMP.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/**
 * The number that go-yaml v2 reads a plain text as, `undefined` when it reads text (or a date). `08` is one, `.` and
 * `e3` are none.
 */
export function goNumberOf(text: string): number | undefined {
  if (text.startsWith('.')) return POINT_FLOAT.test(text) ? Number(text.replaceAll('_', '')) : undefined;
  if (!/^[-+0-9]/.test(text) || isTimestamp(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const integer = integerOf(plain);
  if (integer !== undefined && integer < MOST_INTEGER) return Number(integer);
  return FLOAT.test(plain) ? Number(plain) : undefined;
}
