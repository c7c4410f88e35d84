/**
 * JSON as Go's `encoding/json` writes it, because the bytes of `image-references`, `release-metadata`, the image
 * config and the image manifest are part of what digests and other tools see (payload format § 1.5, 1.6, 1.11).
 */

/** A value Go could marshal. A `Map` is a Go map (keys sorted by bytes); an object is a Go struct (keys in order). */
export type GoValue =
  | null
  | boolean
  | number
  | string
  | readonly GoValue[]
  | ReadonlyMap<string, GoValue>
  | { readonly [field: string]: GoValue | undefined };

/** Compares two strings by their UTF-8 bytes, as Go compares strings. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

/** The entries of a record as a Go map. */
export function goMap<T extends GoValue>(record: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(record));
}

/** A parsed JSON value as Go would hold it in an `interface{}`: every object becomes a map. */
export function goInterface(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(goInterface);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([key, member]) => [key, goInterface(member)]));
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  throw new TypeError(`not a JSON value: ${typeof value}`);
}

const HTML: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(/[<>&\u2028\u2029]/g, (character) => HTML[character] ?? character);
}

function members(value: ReadonlyMap<string, GoValue> | { readonly [field: string]: GoValue | undefined }) {
  if (value instanceof Map) {
    return [...(value as ReadonlyMap<string, GoValue>)].sort(([a], [b]) => compareBytes(a, b));
  }
  return Object.entries(value as { readonly [field: string]: GoValue | undefined });
}

function write(value: GoValue, indent: string, margin: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return JSON.stringify(value);
  if (typeof value === 'string') return goString(value);
  const list = Array.isArray(value) as boolean;
  const inner = margin + indent;
  const parts = list
    ? (value as readonly GoValue[]).map((item) => write(item, indent, inner))
    : members(value as Parameters<typeof members>[0])
        .filter((entry): entry is [string, GoValue] => entry[1] !== undefined)
        .map(([key, member]) => `${goString(key)}:${indent === '' ? '' : ' '}${write(member, indent, inner)}`);
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  if (indent === '') return `${open}${parts.join(',')}${close}`;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`;
}

/** `json.Marshal` (no indent) or `json.MarshalIndent` with the given indent; no newline at the end. */
export function goJson(value: GoValue, indent = ''): string {
  return write(value, indent, '');
}
