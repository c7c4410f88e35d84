import { isObject, type Manifest } from '../../manifest/index.ts';
import type { JsonObject, JsonValue } from '../../text/index.ts';
import { isBytes, isQuantity, isTime } from './formats.ts';
import { KUBERNETES_RELEASE, typeOf } from './kinds.ts';
import kubernetes from './kubernetes.json' with { type: 'json' };
import { OPENSHIFT } from './openshift.ts';

const TYPES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ...Object.entries<Readonly<Record<string, string>>>(kubernetes.types),
  ...Object.entries(OPENSHIFT.types),
]);

interface Fields {
  readonly declared: readonly (readonly [name: string, type: string])[];
  readonly names: ReadonlySet<string>;
  /** Whose they are, and nobody has others. */
  readonly api: string;
}

/** Fields of the types that were asked for. */
const FIELDS = new Map<string, Fields>();

function fieldsOf(type: string): Fields {
  const found = FIELDS.get(type);
  if (found !== undefined) return found;
  const declared = Object.entries(TYPES.get(type) ?? {});
  const api = Object.hasOwn(OPENSHIFT.types, type) ? 'OpenShift' : `Kubernetes ${KUBERNETES_RELEASE}`;
  const fields = { declared, names: new Set(declared.map(([name]) => name)), api };
  FIELDS.set(type, fields);
  return fields;
}

type TypedObject = Pick<Manifest, 'group' | 'version' | 'kind' | 'object'>;

export interface TypeProblem {
  /** Left out: another type than the API's. */
  readonly missing?: true;
  /** The API has no such field, and servers drop it. */
  readonly unknown?: true;
  /** `spec.template.spec.containers[0].env[1].value` */
  readonly field: string;
  /** `must be a string, not a number` */
  readonly message: string;
}

const INT32 = 2 ** 31;

function isInt32(value: JsonValue): boolean {
  return Number.isInteger(value) && Number(value) >= -INT32 && Number(value) < INT32;
}

/** What a plain type takes, and its name with an article. */
type Plain = readonly [accepts: (value: JsonValue) => boolean, name: string];
const PLAIN: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ['any', [() => true, 'anything']],
  ['boolean', [(value) => typeof value === 'boolean', 'a boolean']],
  ['bytes', [isBytes, 'base64']],
  ['int-or-string', [(value) => typeof value === 'string' || isInt32(value), 'a whole number below 2³¹ or a string']],
  ['int32', [isInt32, 'a whole number below 2³¹']],
  ['int64', [(value) => Number.isInteger(value), 'a whole number']],
  ['number', [(value) => typeof value === 'number', 'a number']],
  ['quantity', [isQuantity, 'a quantity such as 50Mi']],
  ['string', [(value) => typeof value === 'string', 'a string']],
  ['time', [isTime, 'a time such as 2026-11-23T05:15:00Z']],
]);

/** Characters of a wrong text that are shown. */
const LONGEST = 40;

function nameOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return `"${value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}"`;
  return typeof value === 'number' ? `the number ${value}` : `a ${typeof value}`;
}

function* wrong(value: JsonValue, type: string, field: string): Generator<TypeProblem> {
  // Go leaves the zero value for null.
  if (value === null) return;
  const refuse = (wanted: string): TypeProblem => ({ field, message: `must be ${wanted}, not ${nameOf(value)}` });
  const inner = type.slice(1, -1);
  const plain = PLAIN.get(type);
  if (type.includes('|')) {
    const [first = '', ...others] = type.split('|').filter((one) => [...wrong(value, one, field)].length > 0);
    // None fits: the first alternative says what is wrong.
    if (1 + others.length === type.split('|').length) yield* wrong(value, first, field);
  } else if (type.startsWith('[')) {
    if (!Array.isArray(value)) yield refuse('a list');
    else for (const [index, item] of value.entries()) yield* wrong(item, inner, `${field}[${index}]`);
  } else if (type.startsWith('{')) {
    if (!isObject(value)) yield refuse('a map');
    else for (const [key, member] of Object.entries(value)) yield* wrong(member, inner, `${field}.${key}`);
  } else if (plain !== undefined) {
    if (!plain[0](value)) yield refuse(plain[1]);
  } else if (isObject(value)) yield* wrongFields(value, type, field);
  else yield refuse('a map');
}

function* wrongFields(value: JsonObject, type: string, field: string): Generator<TypeProblem> {
  const { declared: fields, names, api } = fieldsOf(type);
  for (const name of Object.keys(value).filter((key) => !names.has(key)))
    yield { field: field === '' ? name : `${field}.${name}`, message: `is no field of ${api}`, unknown: true };
  for (const [name, declared] of fields) {
    const required = declared.endsWith('!');
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    const path = field === '' ? name : `${field}.${name}`;
    if (member === undefined || member === null) {
      if (required) yield { field: path, message: 'is missing', missing: true };
    } else yield* wrong(member, required ? declared.slice(0, -1) : declared, path);
  }
}

/**
 * The status of an object. Servers take none from who applies it, so that nothing in it is needed or lost (Kubernetes' API
 * conventions, § Spec and status); but server and operator decode it with the rest, and refuse what has another type.
 */
const STATUS = /^status[.[]/;

/**
 * Fields of an object of a known kind that have another type than the API's, are missing although it needs them, or are
 * none that it has; nothing for any other kind.
 */
export function typeProblems(typed: TypedObject): readonly TypeProblem[] {
  const type = typeOf(typed);
  if (type === undefined) return [];
  return [...wrong(typed.object, type, '')].filter(
    ({ field, missing, unknown }) => (missing !== true && unknown !== true) || !STATUS.test(field),
  );
}
