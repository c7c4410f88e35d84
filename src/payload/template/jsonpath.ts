import { SlipwayError } from '../../util/index.ts';
import { isObject } from '../manifest/index.ts';
import { goInterface, goJson, goText, goUnquote, type JsonValue } from '../text/index.ts';
import { typeOf } from './values.ts';

/** Kubernetes' JSONPath templates (kubernetes.io, JSONPath Support): text, `{paths}`, `{range …}…{end}`, `{"literals"}`. */
export type JsonPathTemplate = readonly Part[];

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly path: Path }
  | { readonly type: 'range'; readonly path: Path; readonly body: JsonPathTemplate };
type Path = readonly Step[];
type Step =
  | { readonly type: 'root' | 'current' | 'all' | 'descend' }
  | { readonly type: 'names'; readonly names: readonly string[] }
  /** Several for `[0,2]`. */
  | { readonly type: 'slices'; readonly slices: readonly Slice[] }
  | { readonly type: 'filter'; readonly left: Operand; readonly operator?: Operator; readonly right?: Operand };
interface Slice {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly step: number;
  /** Of `[3]`, which is `[3:4]`; `[-1]` is `[-1:0]`, to the end. */
  readonly single: boolean;
}
type Operand = { readonly path: Path } | { readonly value: string | number | boolean | null };
type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Values that one step may find; payloads have some thousands. */
const MOST_VALUES = 1_000_000;

function refuse(reason: string, text: string, what: 'read' | 'executed' = 'read'): SlipwayError {
  return new SlipwayError('PAYLOAD_JSONPATH_INVALID', `the JSONPath template can not be ${what}: ${reason}.`, {
    ...(text === '' ? {} : { place: { field: text.length > 200 ? `${text.slice(0, 200)}…` : text } }),
    hint: "For example: jsonpath='{.metadata.version}'",
  });
}

/** Text of a quoted string as kubectl reads it. */
function unquote(quoted: string): string {
  const text = goUnquote(quoted);
  if (text === undefined) throw refuse(`unquote string ${quoted} error invalid syntax`, quoted);
  return text;
}

/** Cuts at braces, leaving those in quotes. */
function blocks(text: string): readonly { readonly literal: boolean; readonly text: string }[] {
  const found: { literal: boolean; text: string }[] = [];
  const pattern = /\{((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'{}])*)\}/gs;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) found.push({ literal: true, text: text.slice(end, match.index) });
    found.push({ literal: false, text: (match[1] ?? '').trim() });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ literal: true, text: text.slice(end) });
  for (const block of found) if (block.literal && /[{}]/.test(block.text)) throw refuse('a brace is not closed', text);
  return found;
}

export function parseJsonPath(text: string): JsonPathTemplate {
  const open: { parts: Part[]; path: Path }[] = [];
  let parts: Part[] = [];
  for (const block of blocks(text)) {
    if (block.literal) parts.push({ type: 'text', text: block.text });
    else if (/^(["']).*\1$/s.test(block.text)) parts.push({ type: 'text', text: unquote(block.text) });
    else if (/^range\s/.test(block.text)) {
      open.push({ parts, path: parsePath(block.text.slice(5).trim()) });
      parts = [];
    } else if (block.text === 'end') {
      const outer = open.pop();
      if (outer === undefined) throw refuse('"end" without "range"', text);
      outer.parts.push({ type: 'range', path: outer.path, body: parts });
      parts = outer.parts;
    } else parts.push({ type: 'path', path: parsePath(block.text) });
  }
  if (open.length > 0) throw refuse('"range" without "end"', text);
  return parts;
}

const NAME = /^(?:\\.|[^.[\]\s(){}'"=!<>\\,])+/;
const SUBSCRIPT = /^\[((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\]"'])*)\]/s;

function parsePath(text: string): Path {
  const steps: Step[] = [];
  let rest = text;
  const name = (): void => {
    const [found] = NAME.exec(rest) ?? [];
    if (found === undefined) throw refuse(`a name is missing before "${rest}"`, text);
    steps.push(found === '*' ? { type: 'all' } : { type: 'names', names: [found.replace(/\\(.)/g, '$1')] });
    rest = rest.slice(found.length);
  };
  if (/^[$@]/.test(rest)) {
    steps.push({ type: rest.startsWith('$') ? 'root' : 'current' });
    rest = rest.slice(1);
  } else if (NAME.test(rest)) name();
  while (rest !== '') {
    if (rest.startsWith('..')) {
      steps.push({ type: 'descend' });
      rest = rest.slice(2);
      if (!rest.startsWith('[')) name();
    } else if (rest.startsWith('.')) {
      rest = rest.slice(1);
      if (rest !== '' && !rest.startsWith('[')) name();
    } else {
      const [all, inner] = SUBSCRIPT.exec(rest) ?? [];
      if (all === undefined || inner === undefined) throw refuse(`"${rest}" is no step of a path`, text);
      steps.push(subscript(inner.trim(), text));
      rest = rest.slice(all.length);
    }
  }
  return steps;
}

function subscript(inner: string, text: string): Step {
  if (inner === '*') return { type: 'all' };
  if (/^-?\d+(?:\s*,\s*-?\d+)*$/.test(inner)) {
    const slices = inner.split(',').map(Number);
    return { type: 'slices', slices: slices.map((from) => ({ from, to: from + 1, step: 1, single: true })) };
  }
  const slice = /^(-?\d*):(-?\d*)(?::(-?\d+))?$/.exec(inner);
  if (slice !== null) {
    const bound = (part: string | undefined): number | undefined =>
      part === undefined || part === '' ? undefined : Number(part);
    const [, from, to, step] = slice;
    const ends = { from: bound(from), to: bound(to), step: bound(step) ?? 1, single: false };
    return { type: 'slices', slices: [ends] };
  }
  const names = inner.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs);
  if (names !== null && names.join(',') === inner.replace(/\s*,\s*/g, ','))
    return { type: 'names', names: names.map((name) => name.slice(1, -1).replace(/\\(.)/gs, '$1')) };
  const filter = /^\?\((.*)\)$/s.exec(inner)?.[1]?.trim();
  if (filter === undefined) throw refuse(`"[${inner}]" is no subscript`, text);
  const compared = /^((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'=!<>])*)(==|!=|<=|>=|<|>)(.*)$/s.exec(filter);
  if (compared === null) return { type: 'filter', left: operand(filter) };
  const [, left = '', operator, right = ''] = compared;
  return { type: 'filter', left: operand(left.trim()), operator: operator as Operator, right: operand(right.trim()) };
}

function operand(text: string): Operand {
  if (/^(["']).*\1$/s.test(text)) return { value: unquote(text) };
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return { value: Number(text) };
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  return { path: parsePath(text) };
}

function descendants(value: JsonValue): readonly JsonValue[] {
  const found: JsonValue[] = [value];
  for (let index = 0; index < found.length; index++) {
    const next = found[index];
    if (Array.isArray(next)) found.push(...next);
    else if (isObject(next)) found.push(...members(next));
  }
  return found;
}

/** Go's maps have no order; sorted keys make the output the same every time. */
function members(value: { readonly [key: string]: JsonValue }): readonly JsonValue[] {
  return Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [member];
    });
}

/** Part of a list, errors in kubectl's words (client-go, `util/jsonpath`). */
function sliced(value: JsonValue, { from = 0, to, step, single }: Slice): readonly JsonValue[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw refuse(`${typeOf(value)} is not array or slice`, '', 'executed');
  const { length } = value;
  const start = from < 0 ? from + length : from;
  const given = to ?? length;
  const end = given < 0 || (given === 0 && single) ? given + length : given;
  if (start === end) return [];
  const outside = start >= length || start < 0 ? start : end > length || end < 0 ? end - 1 : undefined;
  if (outside !== undefined)
    throw refuse(`array index out of bounds: index ${outside}, length ${length}`, '', 'executed');
  if (start > end) throw refuse(`starting index ${start} is greater than ending index ${end}`, '', 'executed');
  if (step <= 0) throw refuse('step must be > 0', '', 'executed');
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

function take(value: JsonValue, step: Step, root: JsonValue, current: JsonValue): readonly JsonValue[] {
  switch (step.type) {
    case 'root':
      return [root];
    case 'current':
      return [current];
    case 'descend':
      return descendants(value);
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? members(value) : [];
    case 'names':
      return isObject(value)
        ? step.names.flatMap((name) => (Object.hasOwn(value, name) ? [value[name] ?? null] : []))
        : [];
    case 'slices':
      return step.slices.flatMap((slice) => sliced(value, slice));
    case 'filter':
      return Array.isArray(value) ? value.filter((item: JsonValue) => passes(step, root, item)) : [];
  }
}

function passes(
  { left, operator, right }: Extract<Step, { type: 'filter' }>,
  root: JsonValue,
  item: JsonValue,
): boolean {
  const sideOf = (of: Operand): JsonValue | undefined => ('value' in of ? of.value : find(of.path, root, item)[0]);
  const a = sideOf(left);
  if (operator === undefined || right === undefined) return a !== undefined;
  const b = sideOf(right);
  if (a === undefined || b === undefined) return false;
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  const [x, y] = typeof a === 'number' && typeof b === 'number' ? [a, b] : [String(a), String(b)];
  if (operator === '<') return x < y;
  if (operator === '<=') return x <= y;
  return operator === '>' ? x > y : x >= y;
}

function find(path: Path, root: JsonValue, current: JsonValue): readonly JsonValue[] {
  let values: readonly JsonValue[] = [current];
  for (const step of path) {
    values = values.flatMap((value) => take(value, step, root, current));
    if (values.length > MOST_VALUES) throw refuse('it finds too many values', '', 'executed');
  }
  return values;
}

/** Every value that the paths of a template find: `-o jsonpath-as-json`. Ranges are looked into. */
export function jsonPathValues(template: JsonPathTemplate, root: JsonValue, current = root): readonly JsonValue[] {
  return template.flatMap((part) => {
    if (part.type === 'text') return [];
    const values = find(part.path, root, current);
    return part.type === 'path' ? values : values.flatMap((value) => jsonPathValues(part.body, root, value));
  });
}

/** The text of a template: values of a path stand with blanks between, objects and lists as JSON. */
export function renderJsonPath(template: JsonPathTemplate, root: JsonValue, current = root): string {
  return template
    .map((part) => {
      if (part.type === 'text') return part.text;
      const values = find(part.path, root, current);
      if (part.type === 'range') return values.map((value) => renderJsonPath(part.body, root, value)).join('');
      return values.map((value) => (typeof value === 'object' ? goJson(goInterface(value)) : goText(value))).join(' ');
    })
    .join('');
}
