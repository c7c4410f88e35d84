import { goNumeric, isTimestamp } from '../../text/index.ts';
import { Refusal } from './cursor.ts';
import type { ScalarNode } from './nodes.ts';

/** What a scalar is in Go: whole numbers are exact, others are float64. */
export type Scalar = null | boolean | bigint | number | string;

const CORE = 'tag:yaml.org,2002:';
const RESOLVED = new Set(['', ...['str', 'bool', 'int', 'float', 'null', 'timestamp'].map((name) => CORE + name)]);

const NAMED: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((name) => [name, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((name) => [name, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((name) => [name, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((name) => [name, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF'].flatMap((name) => [
    [name, Number.POSITIVE_INFINITY] as const,
    [`+${name}`, Number.POSITIVE_INFINITY] as const,
    [`-${name}`, Number.NEGATIVE_INFINITY] as const,
  ]),
]);

function typeOf(value: Scalar): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  return typeof value === 'boolean' ? 'bool' : 'str';
}

/** Text of base64 as Go decodes it: line breaks do not count, padding does. */
function binary({ line, value }: ScalarNode): string {
  const text = value.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new Refusal(line, 'what is tagged !!binary is no base64');
  return goUtf8(Buffer.from(text, 'base64'));
}

/** Bytes as Go's JSON writes them: each that is no UTF-8 as one U+FFFD, where JavaScript has one for several. */
function goUtf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  let found = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const one = bytes.subarray(at, at + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4));
    const char = one.toString('utf8');
    const whole = Buffer.from(char).equals(one);
    found += whole ? char : '\ufffd';
    at += whole ? one.length : 1;
  }
  return found;
}

/** The value of a scalar as go-yaml v2 finds it: by its tag, or by its text where that is plain. Throws a `Refusal`. */
export function resolve(node: ScalarNode): Scalar {
  const { value, tag, line } = node;
  if (tag === '' && !node.implicit) return value;
  if (tag === `${CORE}binary`) return binary(node);
  if (!RESOLVED.has(tag) || tag === `${CORE}str`) return value;
  if (tag === `${CORE}timestamp` && isTimestamp(value)) return value;
  const named = NAMED.get(value);
  const found = named === undefined ? (goNumeric(value) ?? value) : named;
  const wanted = tag.slice(CORE.length);
  if (tag === '' || typeOf(found) === wanted) return found;
  // Of whole numbers those of 64 bits with a sign are floats too.
  if (wanted === 'float' && typeof found === 'bigint' && found < 2n ** 63n) return Number(found);
  throw new Refusal(line, `${JSON.stringify(value)} is no !!${wanted}`);
}
