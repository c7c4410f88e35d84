import { isObject } from '../manifest/index.ts';
import { compareBytes, type JsonObject, type JsonValue } from '../text/index.ts';

/** A number of which the template says that it is an int or a float64; those of JSON are int64 where they are whole. */
export class GoNumber {
  readonly value: number;
  readonly type: 'int' | 'float64';

  constructor(value: number, type: 'int' | 'float64') {
    this.value = value;
    this.type = type;
  }
}

/** What a template works with: JSON, numbers of its own, and nothing (`undefined`: a key that is not there). */
export type Value = JsonValue | undefined | GoNumber;

export type Kind = 'nil' | 'bool' | 'string' | 'int' | 'float' | 'list' | 'map';

const INT64 = 2 ** 63;

export function kindOf(value: Value): Kind {
  if (value === undefined || value === null) return 'nil';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof GoNumber) return value.type === 'int' ? 'int' : 'float';
  // As Kubernetes decodes JSON: whole numbers that an int64 holds are such, all others float64.
  if (typeof value === 'number') return Number.isInteger(value) && value >= -INT64 && value < INT64 ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'map';
}

/** Go's name of a value's type. */
export function typeOf(value: Value): string {
  const kind = kindOf(value);
  switch (kind) {
    case 'nil':
      return '<nil>';
    case 'int':
      return value instanceof GoNumber ? 'int' : 'int64';
    case 'float':
      return 'float64';
    case 'list':
      return '[]interface {}';
    case 'map':
      return 'map[string]interface {}';
    default:
      return kind;
  }
}

/** The number that a value is; `undefined` of what is none. */
export function numberOf(value: Value): number | undefined {
  if (value instanceof GoNumber) return value.value;
  return typeof value === 'number' ? value : undefined;
}

export function isMap(value: Value): value is JsonObject {
  return !(value instanceof GoNumber) && isObject(value);
}

/** Keys of an object in Go's order. */
export function keysOf(value: Value): readonly string[] {
  return isMap(value) ? Object.keys(value).sort(compareBytes) : [];
}

/** The member of an object, `undefined` of what has none. */
export function memberOf(value: Value, key: string): JsonValue | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
