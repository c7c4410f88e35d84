import { htmlEscape, jsEscape, queryEscape } from './escape.ts';
import { print, printf, printLine } from './fmt/index.ts';
import { GoNumber, isMap, keysOf, kindOf, memberOf, numberOf, typeOf, type Value } from './values.ts';

export type Result = { readonly value: Value } | { readonly error: string };
type Call = (values: readonly Value[]) => Result;

/** Go's truth: nothing, zero and what is empty are false. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isMap(value) ? keysOf(value).length > 0 : numberOf(value) !== 0;
}

/** What a template prints of a value; of a key that is not there, `<no value>`. */
export function printValue(value: Value): string {
  return value === undefined || value === null ? '<no value>' : print([value]);
}

/** The position that an index or the end of a slice names. */
function positionOf(index: Value, length: number): number | string {
  const position = kindOf(index) === 'int' ? numberOf(index) : undefined;
  if (position === undefined)
    return index === undefined || index === null
      ? 'cannot index slice/array with nil'
      : `cannot index slice/array with type ${typeOf(index)}`;
  return position < 0 || position > length ? `index out of range: ${position}` : position;
}

/** One step into a value: an item of a list, a byte of a text, a member of an object. */
function into(value: Value, key: Value): Result {
  if (Array.isArray(value) || typeof value === 'string') {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined;
    const length = bytes?.length ?? value.length;
    const position = positionOf(key, length);
    if (typeof position === 'string') return { error: position };
    if (position === length) return { error: `index out of range: ${position}` };
    return { value: bytes?.[position] ?? (Array.isArray(value) ? value[position] : undefined) };
  }
  if (value === undefined || value === null) return { error: 'index of nil pointer' };
  if (!isMap(value)) return { error: `can't index item of type ${typeOf(value)}` };
  if (typeof key !== 'string') return { error: `value has type ${typeOf(key)}; should be string` };
  return { value: memberOf(value, key) };
}

function index([value, ...keys]: readonly Value[]): Result {
  if (value === undefined || value === null) return { error: 'index of untyped nil' };
  let found: Result = { value };
  for (const key of keys) {
    if ('error' in found) return found;
    found = into(found.value, key);
  }
  return found;
}

function slice([value, ...ends]: readonly Value[]): Result {
  if (value === undefined || value === null) return { error: 'slice of untyped nil' };
  if (ends.length > 3) return { error: `too many slice indexes: ${ends.length}` };
  const isText = typeof value === 'string';
  if (!isText && !Array.isArray(value)) return { error: `can't slice item of type ${typeOf(value)}` };
  if (isText && ends.length === 3) return { error: 'cannot 3-index slice a string' };
  const bytes = isText ? Buffer.from(value, 'utf8') : undefined;
  const length = bytes?.length ?? value.length;
  const positions: number[] = [];
  for (const end of ends) {
    const position = positionOf(end, length);
    if (typeof position === 'string') return { error: position };
    positions.push(position);
  }
  const [from = 0, to = length, most = length] = positions;
  for (const [a, b] of [
    [from, to],
    [to, most],
  ] as const)
    if (a > b) return { error: `invalid slice index: ${a} > ${b}` };
  if (bytes === undefined) return { value: Array.isArray(value) ? value.slice(from, to) : undefined };
  const cut = bytes.subarray(from, to);
  const text = cut.toString('utf8');
  return Buffer.from(text, 'utf8').equals(cut) ? { value: text } : { error: 'that cuts a character in two' };
}

function length([value]: readonly Value[]): Result {
  const int = (number: number): Result => ({ value: new GoNumber(number, 'int') });
  if (typeof value === 'string') return int(Buffer.byteLength(value));
  if (Array.isArray(value)) return int(value.length);
  if (value === undefined || value === null) return { error: 'len of nil pointer' };
  return isMap(value) ? int(keysOf(value).length) : { error: `len of type ${typeOf(value)}` };
}

const INCOMPATIBLE = 'incompatible types for comparison';

/** Whether two values are equal; an error for those that Go does not compare. */
function equal(a: Value, b: Value): boolean | string {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA === 'nil' || kindB === 'nil') return kindA === kindB;
  if (['list', 'map'].includes(kindA) && ['list', 'map'].includes(kindB))
    return `non-comparable types ${typeOf(a)}, ${typeOf(b)}`;
  if (kindA !== kindB) return INCOMPATIBLE;
  return (numberOf(a) ?? a) === (numberOf(b) ?? b);
}

function eq([first, ...others]: readonly Value[]): Result {
  if (others.length === 0) return { error: 'missing argument for comparison' };
  for (const other of others) {
    const found = equal(first, other);
    if (typeof found === 'string') return { error: found };
    if (found) return { value: true };
  }
  return { value: false };
}

function ne([a, b]: readonly Value[]): Result {
  const found = equal(a, b);
  return typeof found === 'string' ? { error: found } : { value: !found };
}

function ordered(decide: (order: number) => boolean): Call {
  return ([a, b]) => {
    const [kindA, kindB] = [kindOf(a), kindOf(b)];
    if (!['int', 'float', 'string'].includes(kindA)) return { error: 'invalid type for comparison' };
    if (kindA !== kindB)
      return { error: ['int', 'float', 'string'].includes(kindB) ? INCOMPATIBLE : 'invalid type for comparison' };
    const order =
      typeof a === 'string' && typeof b === 'string'
        ? Buffer.compare(Buffer.from(a), Buffer.from(b))
        : (numberOf(a) ?? 0) - (numberOf(b) ?? 0);
    return { value: decide(order) };
  };
}

/** Text of arguments, as `html`, `js` and `urlquery` take them. */
function textOf(values: readonly Value[]): string {
  const [first] = values;
  if (values.length === 1 && typeof first === 'string') return first;
  return print(values.map((value) => (value === undefined || value === null ? '<no value>' : value)));
}

const escaped =
  (write: (text: string) => string): Call =>
  (values) => ({ value: write(textOf(values)) });

function base64decode([value]: readonly Value[]): Result {
  if (typeof value !== 'string') return { error: 'that is no text' };
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') !== value.replaceAll(/[\r\n]/g, ''))
    return { error: 'base64 decode failed: illegal base64 data' };
  return { value: bytes.toString('utf8') };
}

interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  readonly call: Call;
}

const takes = (least: number, most: number, call: Call): TemplateFunction => ({ least, most, call });
const ANY = Number.POSITIVE_INFINITY;

/** Of text/template, and those that kubectl adds. `and` and `or` look at no more arguments than they need, which is the caller's matter. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ['and', takes(1, ANY, (values) => ({ value: values.find((value) => !isTrue(value)) ?? values.at(-1) }))],
  ['base64decode', takes(1, 1, base64decode)],
  // In Go it calls a function that stands in the data; JSON has none.
  ['call', takes(1, ANY, ([value]) => ({ error: `non-function of type ${typeOf(value)}` }))],
  ['eq', takes(1, ANY, eq)],
  [
    'exists',
    takes(1, ANY, (values) => {
      const found = index(values);
      return { value: 'value' in found && found.value !== undefined };
    }),
  ],
  [
    'ge',
    takes(
      2,
      2,
      ordered((order) => order >= 0),
    ),
  ],
  [
    'gt',
    takes(
      2,
      2,
      ordered((order) => order > 0),
    ),
  ],
  ['html', takes(0, ANY, escaped(htmlEscape))],
  ['index', takes(1, ANY, index)],
  ['js', takes(0, ANY, escaped(jsEscape))],
  [
    'le',
    takes(
      2,
      2,
      ordered((order) => order <= 0),
    ),
  ],
  ['len', takes(1, 1, length)],
  [
    'lt',
    takes(
      2,
      2,
      ordered((order) => order < 0),
    ),
  ],
  ['ne', takes(2, 2, ne)],
  ['not', takes(1, 1, ([value]) => ({ value: !isTrue(value) }))],
  ['or', takes(1, ANY, (values) => ({ value: values.find(isTrue) ?? values.at(-1) }))],
  ['print', takes(0, ANY, (values) => ({ value: print(values) }))],
  [
    'printf',
    takes(1, ANY, ([format, ...values]) =>
      typeof format === 'string' ? { value: printf(format, values) } : { error: 'the first value is no format' },
    ),
  ],
  ['println', takes(0, ANY, (values) => ({ value: printLine(values) }))],
  ['slice', takes(1, ANY, slice)],
  ['urlquery', takes(0, ANY, escaped(queryEscape))],
]);

/** What a function makes of values. */
export function callFunction(name: string, values: readonly Value[]): Result {
  const called = FUNCTIONS.get(name);
  if (called === undefined) return { error: 'there is no such function' };
  const { least, most } = called;
  if (values.length < least || values.length > most)
    return {
      error: `wrong number of arguments: ${values.length}, not ${least === most ? least : `at least ${least}`}`,
    };
  return called.call(values);
}
