import { readJson } from '../../util/index.ts';
import { isObject } from '../manifest/index.ts';
import { compareBytes, type JsonObject, type JsonValue } from '../text/index.ts';

/** A field of an object that is not the same; a side is missing when the field was added or removed. */
export interface FieldChange {
  /** `spec.template.spec.containers[name=operator].image`; an index where the items of a list have no names. */
  readonly path: string;
  readonly from?: JsonValue;
  readonly to?: JsonValue;
}

/** What tells the items of a list apart, in Kubernetes' lists that are maps: the first of these that all items have. */
const LIST_KEYS = ['name', 'key', 'type', 'containerPort', 'mountPath'] as const;

/** Texts of JSON that stand in each other. */
const MOST_EMBEDDED = 3;

function keyOf(items: readonly JsonValue[], key: string): ReadonlyMap<string, JsonObject> | undefined {
  const found = new Map<string, JsonObject>();
  for (const item of items) {
    if (!isObject(item)) return undefined;
    const value = item[key];
    if ((typeof value !== 'string' && typeof value !== 'number') || found.has(String(value))) return undefined;
    found.set(String(value), item);
  }
  return found;
}

/** The items of two lists side by side: by a key that tells them apart, else by their places. */
function pairItems(
  from: readonly JsonValue[],
  to: readonly JsonValue[],
): readonly (readonly [suffix: string, from: JsonValue | undefined, to: JsonValue | undefined])[] {
  for (const key of LIST_KEYS) {
    const [before, after] = [keyOf(from, key), keyOf(to, key)];
    if (before === undefined || after === undefined) continue;
    return [...new Set([...before.keys(), ...after.keys()])].map(
      (name) => [`[${key}=${name}]`, before.get(name), after.get(name)] as const,
    );
  }
  const length = Math.max(from.length, to.length);
  return Array.from({ length }, (_, index) => [`[${index}]`, from[index], to[index]] as const);
}

function memberPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' || path.endsWith('▸') ? `${path}${key}` : `${path}.${key}`;
}

/** A JSON document that stands in a field, as ConfigMaps have them; what is nested beyond measure is compared as text. */
function embedded(text: string): JsonValue | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return readJson(text);
  } catch {
    // Text that only begins like JSON.
    return undefined;
  }
}

/** Texts of several lines differ in lines: from the first to the last that is not the same. JSON differs in its fields. */
function diffText(from: string, to: string, path: string): readonly FieldChange[] {
  // JSON in JSON in JSON, and no further: each is as deep as outside JSON may be.
  const looked = path.split('▸').length <= MOST_EMBEDDED;
  const [a, b] = looked ? [embedded(from), embedded(to)] : [];
  const inside = a === undefined || b === undefined ? [] : diffFields(a, b, `${path}▸`);
  if (inside.length > 0) return inside;
  const [before, after] = [from.split('\n'), to.split('\n')];
  if (before.length < 3 && after.length < 3) return [{ path, from, to }];
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const part = (lines: readonly string[]): string => lines.slice(start, lines.length - end).join('\n');
  return [{ path: `${path}, from line ${start + 1}`, from: part(before), to: part(after) }];
}

/** Fields that are different, in byte order of keys. The order of named items in a list is no difference. Pure. */
export function diffFields(from: JsonValue | undefined, to: JsonValue | undefined, path = ''): readonly FieldChange[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort(compareBytes);
    return keys.flatMap((key) => diffFields(from[key], to[key], memberPath(path, key)));
  }
  if (Array.isArray(from) && Array.isArray(to))
    return pairItems(from, to).flatMap(([suffix, a, b]) => diffFields(a, b, `${path}${suffix}`));
  if (from === to) return [];
  if (typeof from === 'string' && typeof to === 'string') return diffText(from, to, path);
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}
