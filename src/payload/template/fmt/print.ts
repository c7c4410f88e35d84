import { goQuote } from '../../text/index.ts';
import { keysOf, kindOf, memberOf, numberOf, typeOf, type Value } from '../values.ts';
import { ascii, formatInteger, formatReal } from './numbers.ts';
import { PLAIN, pad, type Spec } from './spec.ts';

/** `%x` of a text: its bytes. */
function hexadecimal(text: string, verb: string, spec: Spec): string {
  const { sharp, space, precision } = spec;
  const bytes = [...Buffer.from(text, 'utf8').subarray(0, precision)].map((byte) => byte.toString(16).padStart(2, '0'));
  const joined = space ? bytes.join(sharp ? ' 0x' : ' ') : bytes.join('');
  const shown = sharp && joined !== '' ? `0x${joined}` : joined;
  return pad(verb === 'X' ? shown.toUpperCase() : shown, spec);
}

/** The code points that the precision allows. */
function cut(text: string, { precision }: Spec): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('');
}

function quoted(whole: string, spec: Spec): string {
  const text = cut(whole, spec);
  // What a text between backquotes can hold: `strconv.CanBackquote`.
  if (spec.sharp && !/[`\ufeff]|(?!\t)\p{Cc}/u.test(text)) return pad(`\`${text}\``, spec);
  return pad(spec.plus ? ascii(goQuote(text)) : goQuote(text), spec);
}

function formatText(text: string, verb: string, spec: Spec): string | undefined {
  if (verb === 'x' || verb === 'X') return hexadecimal(text, verb, spec);
  if (verb === 's' || verb === 'v') return pad(cut(text, spec), spec);
  return verb === 'q' ? quoted(text, spec) : undefined;
}

/** `%!d(string=a)`: a verb that is not for this kind of value. */
function badVerb(value: Value, verb: string, spec: Spec): string {
  return value === undefined || value === null
    ? `%!${verb}(<nil>)`
    : `%!${verb}(${typeOf(value)}=${formatKind(value, 'v', spec) ?? ''})`;
}

function inside(value: Value, verb: string, spec: Spec): string {
  return value === null ? '<nil>' : formatValue(value, verb, spec);
}

/** `%#v`: as it stands in a Go program. */
function goSyntax(value: Value, spec: Spec, isInside = false): string {
  switch (kindOf(value)) {
    case 'nil':
      return isInside ? 'interface {}(nil)' : pad('<nil>', spec);
    case 'string':
      return quoted(String(value), { ...spec, sharp: false, plus: false });
    case 'list':
      return Array.isArray(value)
        ? `[]interface {}{${value.map((item: Value) => goSyntax(item, spec, true)).join(', ')}}`
        : '';
    case 'map':
      return `map[string]interface {}{${keysOf(value)
        .map((key) => `${goSyntax(key, spec)}:${goSyntax(memberOf(value, key), spec, true)}`)
        .join(', ')}}`;
    default:
      return formatValue(value, 'v', spec);
  }
}

/** A value by one verb of Go's `fmt`, of the values that JSON and templates have. */
export function formatValue(value: Value, verb: string, spec: Spec): string {
  if (verb === 'T') return pad(value === undefined || value === null ? '<nil>' : cut(typeOf(value), spec), spec);
  // An error in an error, which templates have not.
  if (verb === 'w' && value !== undefined && value !== null)
    return `%!w(${typeOf(value)}=${formatValue(value, 'v', spec)})`;
  if (verb === 'v' && spec.sharp) return goSyntax(value, { ...spec, sharp: false, plus: false });
  const shown = verb === 'v' ? { ...spec, plus: false } : spec;
  return formatKind(value, verb, shown) ?? badVerb(value, verb, spec);
}

function formatKind(value: Value, verb: string, spec: Spec): string | undefined {
  switch (kindOf(value)) {
    case 'nil':
      return verb === 'v' ? pad('<nil>', spec) : undefined;
    case 'bool':
      return verb === 't' || verb === 'v' ? pad(String(value), spec) : undefined;
    case 'string':
      return formatText(String(value), verb, spec);
    case 'int':
      return formatInteger(numberOf(value) ?? 0, verb, spec);
    case 'float':
      return formatReal(numberOf(value) ?? 0, verb, spec);
    case 'list':
      return Array.isArray(value) ? `[${value.map((item: Value) => inside(item, verb, spec)).join(' ')}]` : undefined;
    case 'map': {
      const members = keysOf(value).map(
        (key) => `${formatValue(key, verb, spec)}:${inside(memberOf(value, key), verb, spec)}`,
      );
      return `map[${members.join(' ')}]`;
    }
  }
}

/** `fmt.Sprint`: blanks between values of which neither is a text. */
export function print(values: readonly Value[]): string {
  return values
    .map((value, index) => {
      const apart = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
      return `${apart ? ' ' : ''}${formatValue(value, 'v', PLAIN)}`;
    })
    .join('');
}

/** `fmt.Sprintln`. */
export function printLine(values: readonly Value[]): string {
  return `${values.map((value) => formatValue(value, 'v', PLAIN)).join(' ')}\n`;
}
