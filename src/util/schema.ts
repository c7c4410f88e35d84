import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Place, SlipwayError } from './errors.ts';

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
