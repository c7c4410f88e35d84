import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Place, SlipwayError } from './errors.ts';

/** The type of parsed data: nobody changes it any more. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A value that may be there as `null`. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A parser for data from outside: returns the typed value or throws `code` naming the first field that does not fit. */
export function parserOf<T extends TSchema>(schema: T, code: string): (value: unknown, place?: Place) => Static<T> {
  const validator = Compile(schema);
  return (value, place = {}) => {
    if (validator.Check(value)) return value as Static<T>;
    const [first] = validator.Errors(value);
    const field =
      first === undefined || first.instancePath === '' ? undefined : first.instancePath.slice(1).replaceAll('/', '.');
    throw new SlipwayError(code, `the value does not fit: ${first?.message ?? 'unknown reason'}.`, {
      place: {
        ...place,
        ...(field === undefined ? {} : { field: place.field === undefined ? field : `${place.field}.${field}` }),
      },
    });
  };
}
