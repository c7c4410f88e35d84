import { IsArray, IsObject, IsOptional, IsRecord, IsString, type TSchema, Type } from 'typebox';

/** An item of a list or map: of texts a `null` is the empty text, of anything else it stays, and is refused. */
function itemOf(schema: TSchema, value: unknown): unknown {
  return value === null && IsString(schema) ? '' : withoutNulls(schema, value);
}

/** A field: `undefined` where it is `null` and need not be there. One that has to be there stays `null`, and is refused. */
function fieldOf(schema: TSchema, value: unknown): unknown {
  if (value !== null) return withoutNulls(schema, value);
  if (IsOptional(schema)) return undefined;
  return IsArray(schema) ? [] : null;
}

/**
 * A document as the clients of registries read it: they are written in Go, whose `encoding/json` leaves a field that is
 * `null` as if it were not there, and has an empty list or text for a `null` in place of one
 * (https://pkg.go.dev/encoding/json#Unmarshal). Builders in Go also write them: `null` is what they have for a list or
 * map that was never made. Fields that the schema does not know stay as they are. Pure.
 */
export function withoutNulls(schema: TSchema, value: unknown): unknown {
  if (IsArray(schema) && Array.isArray(value)) return value.map((item: unknown) => itemOf(schema.items, item));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (IsRecord(schema)) {
    const items = Type.RecordValue(schema);
    return Object.fromEntries(entries.map(([key, item]) => [key, itemOf(items, item)]));
  }
  if (!IsObject(schema)) return value;
  const { properties } = schema;
  return Object.fromEntries(
    entries.flatMap(([key, item]) => {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      const kept = property === undefined ? item : fieldOf(property, item);
      return kept === undefined ? [] : [[key, kept]];
    }),
  );
}
