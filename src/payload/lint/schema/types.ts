/**
 * Kinds, and the fields of their types: `string`, `int32`, `quantity`, a type's name, `[T]` for a list, `{T}` for a map, `A|B` for
 * either; `!` behind it where the field must be there.
 */
export interface TypeTable {
  /** By `apiVersion/Kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Those whose objects are in a namespace. */
  readonly namespaced: readonly string[];
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
