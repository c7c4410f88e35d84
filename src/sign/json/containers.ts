import type { AtomicSignature } from '../types.ts';
import { refusedContent } from './refused.ts';
import type { StrictJson } from './strict.ts';

type Members = ReadonlyMap<string, StrictJson>;

/** ParanoidUnmarshalJSONObject: an object, and no member twice. */
function membersOf(node: StrictJson, path: string): Members {
  if (node.kind !== 'object') throw refusedContent(`"${path === '' ? 'it' : path}" is not an object`);
  const members = new Map<string, StrictJson>();
  for (const [name, value] of node.members) {
    if (members.has(name)) throw refusedContent(`"${name}" is given twice`);
    members.set(name, value);
  }
  return members;
}

function pathOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** ParanoidUnmarshalJSONObjectExactFields: these members, each of them, and no other; names by the letter. */
function exactly<Name extends string>(node: StrictJson, path: string, ...names: readonly Name[]) {
  const members = membersOf(node, path);
  const known: readonly string[] = names;
  for (const name of members.keys())
    if (!known.includes(name)) throw refusedContent(`the field "${pathOf(path, name)}" is unknown`);
  return (name: Name): StrictJson => {
    const value = members.get(name);
    if (value === undefined) throw refusedContent(`the field "${pathOf(path, name)}" is missing`);
    return value;
  };
}

function isNull(node: StrictJson): boolean {
  return node.kind === 'literal' && node.value === null;
}

/** A text; null leaves it empty, as Go's json.Unmarshal does. */
function textOf(node: StrictJson, path: string): string {
  if (isNull(node)) return '';
  if (node.kind !== 'string') throw refusedContent(`"${path}" is not a text`);
  return node.value;
}

/** A number, in any way of writing, that is whole. */
function wholeOf(node: StrictJson, path: string): number {
  if (isNull(node)) return 0;
  const value = node.kind === 'number' ? Number(node.text) : Number.NaN;
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) throw refusedContent(`"${path}" is not an integer`);
  return value;
}

export interface ContainersForm {
  readonly type: string;
  /** cosign writes null where there is nothing optional; in OpenPGP signatures that is refused. */
  readonly optionalMayBeNull: boolean;
}

/**
 * Reads a signed content as containers/image does (signature/simple.go and internal/sigstore_payload.go,
 * `strictUnmarshalJSON`). Throws `SIGN_CONTENT_INVALID`.
 */
export function readAsContainers(root: StrictJson, { type, optionalMayBeNull }: ContainersForm): AtomicSignature {
  const top = exactly(root, '', 'critical', 'optional');
  const [criticalNode, optionalNode] = [top('critical'), top('optional')];
  const optional: Members = optionalMayBeNull && isNull(optionalNode) ? new Map() : membersOf(optionalNode, 'optional');
  const [creator, timestamp] = [optional.get('creator'), optional.get('timestamp')];
  const read = {
    ...(creator === undefined ? {} : { creator: textOf(creator, 'optional.creator') }),
    ...(timestamp === undefined ? {} : { timestamp: wholeOf(timestamp, 'optional.timestamp') }),
  };
  const critical = exactly(criticalNode, 'critical', 'type', 'image', 'identity');
  const [typeNode, image, identity] = [critical('type'), critical('image'), critical('identity')];
  const given = textOf(typeNode, 'critical.type');
  if (given !== type) throw refusedContent(`its type is "${given}", not "${type}"`);
  const member = (node: StrictJson, path: string, name: string): string => {
    const text = textOf(exactly(node, path, name)(name), `${path}.${name}`);
    if (text === '') throw refusedContent(`"${path}.${name}" is empty`);
    return text;
  };
  return {
    digest: member(image, 'critical.image', 'docker-manifest-digest'),
    reference: member(identity, 'critical.identity', 'docker-reference'),
    ...read,
  };
}
