import { isObject } from '../manifest/index.ts';
import { goQuote, goText, type JsonValue } from '../text/index.ts';

type Value = JsonValue | undefined;
/** `%v` as a template sees values. */
function text(value: Value): string {
  return goText(value ?? null, { integers: true });
}

type Result = { readonly value: Value } | { readonly error: string };

/** Go's truth: nothing, zero and what is empty are false. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return Array.isArray(value) ? value.length > 0 : isObject(value) ? Object.keys(value).length > 0 : true;
}

/** What a template prints of a value; of a key that is not there, `<no value>`. */
export function printValue(value: Value): string {
  return value === undefined || value === null ? '<no value>' : text(value);
}

function compare(values: readonly Value[], decide: (order: number) => boolean): Result {
  const [a, b] = values;
  if (typeof a === 'number' && typeof b === 'number') return { value: decide(a - b) };
  if (typeof a === 'string' && typeof b === 'string') return { value: decide(a < b ? -1 : a > b ? 1 : 0) };
  return { error: 'the values can not be compared' };
}

function printf(values: readonly Value[]): Result {
  const [format, ...rest] = values;
  if (typeof format !== 'string') return { error: 'the first value is no format' };
  let used = 0;
  const value = format.replace(/%(-?)(\d*)([sdvq%])/g, (_, minus: string, width: string, verb: string) => {
    if (verb === '%') return '%';
    const next = rest[used++];
    const shown = verb === 'q' ? goQuote(text(next)) : text(next);
    return minus === '' ? shown.padStart(Number(width)) : shown.padEnd(Number(width));
  });
  return { value };
}

function index(values: readonly Value[]): Result {
  let [current] = values;
  for (const key of values.slice(1)) {
    if (Array.isArray(current) && typeof key === 'number') {
      if (key < 0 || key >= current.length) return { error: `there is no item ${key}` };
      current = current[key];
    } else if (isObject(current ?? undefined) && typeof key === 'string') {
      const object = current as { readonly [name: string]: JsonValue };
      current = Object.hasOwn(object, key) ? object[key] : undefined;
    } else return { error: 'that can not be indexed so' };
  }
  return { value: current };
}

function length([value]: readonly Value[]): Result {
  if (typeof value === 'string') return { value: Buffer.byteLength(value) };
  if (Array.isArray(value)) return { value: value.length };
  return isObject(value ?? undefined)
    ? { value: Object.keys(value as object).length }
    : { error: 'that has no length' };
}

/** Of text/template, and those that kubectl adds. */
export const FUNCTIONS: ReadonlyMap<string, (values: readonly Value[]) => Result> = new Map([
  ['len', length],
  ['index', index],
  ['printf', printf],
  ['print', (values: readonly Value[]): Result => ({ value: values.map((value) => text(value)).join('') })],
  ['println', (values: readonly Value[]): Result => ({ value: `${values.map((value) => text(value)).join(' ')}\n` })],
  ['not', ([value]: readonly Value[]): Result => ({ value: !isTrue(value) })],
  ['and', (values: readonly Value[]): Result => ({ value: values.find((value) => !isTrue(value)) ?? values.at(-1) })],
  ['or', (values: readonly Value[]): Result => ({ value: values.find(isTrue) ?? values.at(-1) })],
  ['eq', ([first, ...others]: readonly Value[]): Result => ({ value: others.some((other) => other === first) })],
  ['ne', ([a, b]: readonly Value[]): Result => ({ value: a !== b })],
  ['lt', (values: readonly Value[]) => compare(values, (order) => order < 0)],
  ['le', (values: readonly Value[]) => compare(values, (order) => order <= 0)],
  ['gt', (values: readonly Value[]) => compare(values, (order) => order > 0)],
  ['ge', (values: readonly Value[]) => compare(values, (order) => order >= 0)],
  [
    'base64decode',
    ([value]: readonly Value[]): Result =>
      typeof value === 'string'
        ? { value: Buffer.from(value, 'base64').toString('utf8') }
        : { error: 'that is no text' },
  ],
  [
    'exists',
    (values: readonly Value[]): Result => {
      const found = index(values);
      return { value: 'value' in found && found.value !== undefined };
    },
  ],
]);
