import type { AtomicSignature } from '../types.ts';
import { refusedContent } from './refused.ts';
import type { StrictJson } from './strict.ts';

/** A Go struct: its members by the names in their tags. */
interface Shape {
  readonly [name: string]: 'text' | 'integer' | Shape;
}

/** `signature` of library-go's pkg/verify. */
const SIGNATURE: Shape = {
  critical: {
    type: 'text',
    image: { 'docker-manifest-digest': 'text' },
    identity: { 'docker-reference': 'text' },
  },
  optional: { creator: 'text', timestamp: 'integer' },
};

/**
 * Go's encoding/json finds a member by its name, else by one that is equal under Unicode's simple folding (`ſ` is an s, `ﬆ`
 * is not st): as regular expressions with `iu` compare. Names in the tags hold nothing that has a meaning in one.
 */
function isFolded(one: string, name: string): boolean {
  return new RegExp(`^${one}$`, 'iu').test(name);
}

function memberOf(shape: Shape, name: string): string | undefined {
  const names = Object.keys(shape);
  return names.includes(name) ? name : names.find((one) => isFolded(one, name));
}

/** An int64, written without fraction and exponent. */
function isInt64(text: string): boolean {
  return /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function scalarOf(kind: 'text' | 'integer', value: StrictJson, path: string): string {
  if (kind === 'text' && value.kind === 'string') return value.value;
  if (kind === 'text') throw refusedContent(`"${path}" is not a text`);
  if (value.kind !== 'number' || !Number.isInteger(Number(value.text)))
    throw refusedContent(`"${path}" is not an integer`);
  if (!isInt64(value.text)) throw refusedContent(`"${path}" is not written as an integer`);
  return value.text;
}

/** Puts what the value holds into `found`, by path; null leaves a member as it was, of one that is given twice the last counts. */
function decode(node: StrictJson, shape: Shape, path: string, strict: boolean, found: Map<string, string>): void {
  if (node.kind === 'literal' && node.value === null) return;
  if (node.kind !== 'object') throw refusedContent(`"${path === '' ? 'it' : path}" is not an object`);
  for (const [name, value] of node.members) {
    const member = memberOf(shape, name);
    const at = path === '' ? (member ?? name) : `${path}.${member ?? name}`;
    const kind = member === undefined ? undefined : shape[member];
    if (member === undefined || kind === undefined) {
      if (strict) throw refusedContent(`the field "${at}" is unknown`);
      continue;
    }
    if (typeof kind !== 'string') decode(value, kind, at, strict, found);
    else if (value.kind !== 'literal' || value.value !== null) found.set(at, scalarOf(kind, value, at));
  }
}

/**
 * Reads a signed content as Go's encoding/json does into library-go's structure: names in any case, null as nothing;
 * `strict` where unknown fields are refused (DisallowUnknownFields). Throws `SIGN_CONTENT_INVALID`.
 */
export function readAsGo(root: StrictJson, type: string, strict: boolean): AtomicSignature {
  const found = new Map<string, string>();
  decode(root, SIGNATURE, '', strict, found);
  const text = (path: string): string => found.get(path) ?? '';
  if (text('critical.type') !== type) throw refusedContent(`its type is "${text('critical.type')}", not "${type}"`);
  const needed = (path: string): string => {
    if (text(path) === '') throw refusedContent(`"${path}" is empty`);
    return text(path);
  };
  const [creator, timestamp] = [found.get('optional.creator'), found.get('optional.timestamp')];
  return {
    digest: needed('critical.image.docker-manifest-digest'),
    reference: needed('critical.identity.docker-reference'),
    ...(creator === undefined ? {} : { creator }),
    ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
  };
}
