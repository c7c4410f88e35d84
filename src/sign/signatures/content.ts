import { SlipwayError } from '../../util/index.ts';
import { parseStrictJson, type StrictJson } from '../strict-json.ts';
import type { AtomicSignature } from '../types.ts';

const TYPE = 'atomic container signature';

/** What is signed for a release. `creator` and `timestamp` (Unix seconds) are required of a new signature. */
export type NewSignature = Required<AtomicSignature>;

/**
 * The text that is signed, byte for byte as `oc adm release new --to-signature` writes it: JSON indented by two, with
 * Go's escapes of `<`, `>` and `&`. Throws `SIGN_CONTENT_INVALID` when something is missing.
 */
export function atomicMessage({ digest, reference, creator, timestamp }: NewSignature): string {
  if (digest === '' || reference === '' || creator === '' || !Number.isSafeInteger(timestamp) || timestamp <= 0)
    throw new SlipwayError(
      'SIGN_CONTENT_INVALID',
      'a digest, a reference, a creator and a time in whole seconds are needed to sign.',
    );
  const message = {
    critical: {
      type: TYPE,
      image: { 'docker-manifest-digest': digest },
      identity: { 'docker-reference': reference },
    },
    optional: { creator, timestamp },
  };
  return JSON.stringify(message, undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A signed content as both consumers read it, with what each of them objects to. */
export interface ReadContent {
  readonly content: AtomicSignature;
  readonly objections: {
    readonly cvo: readonly string[];
    readonly containers: readonly string[];
    readonly ocMirror: readonly string[];
  };
}

type Node = Extract<StrictJson, { kind: 'object' }>;

/** Fields that the Cluster Version Operator knows at each place; any other makes it refuse (DisallowUnknownFields). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': ['critical', 'optional'],
  critical: ['type', 'image', 'identity'],
  'critical.image': ['docker-manifest-digest'],
  'critical.identity': ['docker-reference'],
  optional: ['creator', 'timestamp'],
};

/**
 * Reads a signed content. What makes no sense for any consumer throws `SIGN_CONTENT_INVALID` (no JSON, a field given
 * twice, another type, no digest, no reference); where one consumer is stricter than the other, the objection is named.
 */
export function readContent(bytes: Uint8Array): ReadContent {
  const fail = (reason: string, cause?: unknown): SlipwayError =>
    new SlipwayError('SIGN_CONTENT_INVALID', `the signed content is refused: ${reason}.`, { exitCode: 1, cause });
  let root: StrictJson;
  try {
    root = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail('it is not JSON', cause);
  }
  const cvo: string[] = [];
  const containers: string[] = [];
  const ocMirror: string[] = [];
  const objectAt = (node: StrictJson | undefined, path: string): Node => {
    if (node?.kind !== 'object') throw fail(`"${path === '' ? 'it' : path}" is not an object`);
    const names = node.members.map(([name]) => name);
    for (const name of names) {
      if (names.indexOf(name) !== names.lastIndexOf(name)) throw fail(`"${name}" is given twice`);
      if (FIELDS[path]?.includes(name)) continue;
      const field = path === '' ? name : `${path}.${name}`;
      cvo.push(`the field "${field}" is unknown`);
      if (path !== 'optional') containers.push(`the field "${field}" is unknown`);
    }
    return node;
  };
  const member = (node: Node, name: string): StrictJson | undefined =>
    node.members.find(([candidate]) => candidate === name)?.[1];
  const textAt = (node: Node, path: string, name: string): string => {
    const found = member(node, name);
    if (found?.kind !== 'string' || found.value === '') throw fail(`"${path}.${name}" is not a text`);
    return found.value;
  };

  const top = objectAt(root, '');
  const critical = objectAt(member(top, 'critical'), 'critical');
  if (textAt(critical, 'critical', 'type') !== TYPE) throw fail(`its type is not "${TYPE}"`);
  const image = objectAt(member(critical, 'image'), 'critical.image');
  const digest = textAt(image, 'critical.image', 'docker-manifest-digest');
  const identity = objectAt(member(critical, 'identity'), 'critical.identity');
  const reference = textAt(identity, 'critical.identity', 'docker-reference');

  const given = member(top, 'optional');
  if (given === undefined) containers.push('the field "optional" is missing');
  const optional = given === undefined ? undefined : objectAt(given, 'optional');
  const creator = optional === undefined ? undefined : member(optional, 'creator');
  if (creator !== undefined && creator.kind !== 'string') throw fail('"optional.creator" is not a text');
  const timestamp = optional === undefined ? undefined : member(optional, 'timestamp');
  if (timestamp !== undefined && (timestamp.kind !== 'number' || !Number.isSafeInteger(Number(timestamp.text)))) {
    for (const list of [cvo, containers, ocMirror]) list.push('"optional.timestamp" is not an integer');
  } else if (timestamp?.kind === 'number' && !/^-?\d+$/.test(timestamp.text)) {
    for (const list of [cvo, ocMirror]) list.push('"optional.timestamp" is not written as an integer');
  }
  const seconds = timestamp?.kind === 'number' ? Number(timestamp.text) : undefined;
  return {
    content: {
      digest,
      reference,
      ...(creator === undefined ? {} : { creator: creator.value }),
      ...(seconds === undefined ? {} : { timestamp: seconds }),
    },
    objections: { cvo, containers, ocMirror },
  };
}
