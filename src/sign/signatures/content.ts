import { SlipwayError } from '../../util/index.ts';
import { readAsContainers } from '../json/containers.ts';
import { readAsGo } from '../json/go.ts';
import { parseStrictJson, type StrictJson } from '../json/strict.ts';
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

/** A signed content, and what each consumer objects to. */
export interface ReadContent {
  readonly content: AtomicSignature;
  readonly objections: {
    readonly cvo: readonly string[];
    readonly containers: readonly string[];
    readonly ocMirror: readonly string[];
  };
}

type Consumer = keyof ReadContent['objections'];

/** How each consumer reads it. */
const READERS: Readonly<Record<Consumer, (root: StrictJson) => AtomicSignature>> = {
  cvo: (root) => readAsGo(root, TYPE, true),
  containers: (root) => readAsContainers(root, { type: TYPE, optionalMayBeNull: false }),
  ocMirror: (root) => readAsGo(root, TYPE, false),
};

type Reading = { readonly content: AtomicSignature } | { readonly objection: string };

function readingOf(read: (root: StrictJson) => AtomicSignature, root: StrictJson): Reading {
  try {
    return { content: read(root) };
  } catch (error) {
    if (error instanceof SlipwayError) return { objection: error.message };
    throw error;
  }
}

/**
 * Reads a signed content as each consumer does. What none of them takes throws `SIGN_CONTENT_INVALID`: no JSON, another
 * type, no digest, no reference. Who reads it reads the same in it: containers/image takes no field twice and none in another
 * way of writing, of which Go takes the last.
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
  const [cvo, containers, ocMirror] = [
    readingOf(READERS.cvo, root),
    readingOf(READERS.containers, root),
    readingOf(READERS.ocMirror, root),
  ];
  const objectionsOf = (reading: Reading): readonly string[] => ('content' in reading ? [] : [reading.objection]);
  // The most lenient reader of those that read alike comes first.
  const taken = [ocMirror, containers].find((reading) => 'content' in reading) ?? cvo;
  if (!('content' in taken)) throw fail(taken.objection);
  return {
    content: taken.content,
    objections: {
      cvo: objectionsOf(cvo),
      containers: objectionsOf(containers),
      ocMirror: objectionsOf(ocMirror),
    },
  };
}
