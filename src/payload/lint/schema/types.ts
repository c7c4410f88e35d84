/**
 * Kinds, and the fields of their types: `string`, `int32`, `quantity`, a type's name, `[T]` for a list, `{T}` for a map, `A|B` for
 * either; `!` behind it where the field must be there. Fields that are not listed are ignored, as Go's decoder does.
 */
export interface TypeTable {
  /** By `group/Kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
