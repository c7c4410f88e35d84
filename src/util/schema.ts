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

type Errors = ReturnType<ReturnType<typeof Compile>['Errors']>;

/** In words, why a value does not fit: the validator's own name neither the field nor what it may be. */
function reasonOf([first, ...others]: Errors): string {
  if (first === undefined) return 'unknown reason';
  const same = [first, ...others].filter(({ instancePath }) => instancePath === first.instancePath);
  // A field that the schema refuses whatever it holds is one that it does not know.
  if (first.keyword === 'boolean') return `there is no field "${first.instancePath.split('/').at(-1)}"`;
  const allowed = same.flatMap((error) => (error.keyword === 'const' ? [String(error.params.allowedValue)] : []));
  const constants = [...new Set(allowed)];
  if (constants.length > 0) return `must be ${constants.length === 1 ? '' : 'one of '}${constants.join(', ')}`;
  return first.message;
}

/** A parser for data from outside: returns the typed value or throws `code` naming the first field that does not fit. */
export function parserOf<T extends TSchema>(schema: T, code: string): (value: unknown, place?: Place) => Static<T> {
  const validator = Compile(schema);
  return (value, place = {}) => {
    if (validator.Check(value)) return value as Static<T>;
    const errors = validator.Errors(value);
    const [first] = errors;
    const field =
      first === undefined || first.instancePath === '' ? undefined : first.instancePath.slice(1).replaceAll('/', '.');
    throw new SlipwayError(code, `the value does not fit: ${reasonOf(errors)}.`, {
      place: {
        ...place,
        ...(field === undefined ? {} : { field: place.field === undefined ? field : `${place.field}.${field}` }),
      },
    });
  };
}
