import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { YAML_LIMITS, yamlExcess } from '../../util/yaml/index.ts';
import type { Manifest } from './types.ts';
import { splitDocuments, type YamlDocument } from './yaml.ts';

/** What is left of a path behind a key of so many characters; text in JSON has its own path behind a colon. */
function behind(path: string, length: number): string | undefined {
  const rest = path.slice(length);
  if (rest === '' || rest.startsWith('[')) return rest;
  if (rest.startsWith(': ')) return '';
  return rest.startsWith('.') ? rest.slice(1) : undefined;
}

/** The members of a mapping by key, of equal keys the last one, and how long keys are, the longest first. */
interface Members {
  readonly byKey: ReadonlyMap<string, { readonly value: unknown; readonly index: number | undefined }>;
  readonly lengths: readonly number[];
}

function membersOf({ items }: YAMLMap): Members {
  const byKey = new Map(
    items.flatMap(({ key, value }) =>
      isScalar(key) ? [[String(key.value), { value, index: key.range?.[0] }] as const] : [],
    ),
  );
  return { byKey, lengths: [...new Set([...byKey.keys()].map(({ length }) => length))].sort((a, b) => b - a) };
}

/** Finds where fields of a document begin. What it looks into once is not gone through again for the next field. */
class Places {
  readonly #members = new Map<YAMLMap, Members>();

  #in(map: YAMLMap): Members {
    const known = this.#members.get(map) ?? membersOf(map);
    this.#members.set(map, known);
    return known;
  }

  /** Index at which the value of a path begins, as deep as it leads; `index` is that of the node. */
  index(node: unknown, path: string, index: number): number {
    if (path !== '' && isMap(node)) {
      const { byKey, lengths } = this.#in(node);
      // Keys may have points of their own (`data.images.json`): the longest that fits.
      for (const length of lengths) {
        const rest = length > path.length ? undefined : behind(path, length);
        const found = rest === undefined ? undefined : byKey.get(path.slice(0, length));
        if (rest !== undefined && found !== undefined) return this.index(found.value, rest, found.index ?? index);
      }
      return index;
    }
    if (isSeq(node)) {
      const [whole = '', number = ''] = /^\[(\d+)\]\.?/.exec(path) ?? [];
      const item = node.items[Number.parseInt(number, 10)];
      return isNode(item) ? this.index(item, path.slice(whole.length), item.range?.[0] ?? index) : index;
    }
    return index;
  }
}

/** Says of places in a text whether they are behind a `#`, as in YAML and in scripts. A line is looked at once. */
export function commentsOf(text: string): (index: number) => boolean {
  const mark = /(?<=^|\s)#/;
  let line = { start: 0, end: -1, comment: 0 };
  return (index) => {
    if (index < line.start || index > line.end) {
      const start = text.lastIndexOf('\n', index - 1) + 1;
      const end = text.indexOf('\n', index);
      const last = end === -1 ? text.length : end;
      const comment = text.slice(start, last).search(mark);
      line = { start, end: last, comment: comment === -1 ? Number.POSITIVE_INFINITY : start + comment };
    }
    return line.comment < index;
  };
}

/** How many times its length a text is gone through for words. */
const MOST_SEARCHED = 100;

/** Finds the first place of words in a text, from an index on, outside comments; -1 where there is none. */
function wordsOf(text: string): (words: string, from: number) => number {
  const isComment = commentsOf(text);
  const room = { first: MOST_SEARCHED * text.length, next: MOST_SEARCHED * text.length };
  let last = 0;
  const search = (words: string, from: number, kind: keyof typeof room): number => {
    if (room[kind] <= 0) return -1;
    let index = text.indexOf(words, from);
    while (index !== -1 && isComment(index)) index = text.indexOf(words, index + 1);
    room[kind] -= (index === -1 ? text.length : index) - from;
    return index;
  };
  return (words, from) => {
    // Of very many words in one text: those that stand behind the ones before, since they are asked for in their order.
    const index = room.first > 0 ? search(words, from, 'first') : search(words, Math.max(from, last), 'next');
    if (index !== -1) last = index;
    return index;
  };
}

/** Finds the document that an object of the file stands in; the file is cut once. */
export function documentsOf(text: string): (manifest: Pick<Manifest, 'line'>) => YamlDocument {
  const documents = splitDocuments(text);
  return ({ line }) => {
    let [low, high] = [0, documents.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((documents[middle]?.line ?? 0) <= line) low = middle;
      else high = middle;
    }
    return documents[low] ?? { line: 1, text };
  };
}

/** Line of the file for a field, by path, and for words in it. */
export type FieldLines = (path: string, words?: string) => number;

const ANNOTATIONS = 'metadata.annotations';

/**
 * Says on which lines of the file the fields of the object of a document stand: by path (`spec.containers[0].image`) or by
 * the name of an annotation, as deep as it leads; where words are given, the line on which they stand from there on,
 * outside comments. Memory: some fifty times the document. Time: of the document, and of what is asked; of a text of very
 * many words that stand nowhere in it, the line of the field is said.
 */
export function fieldLines(document: YamlDocument): FieldLines {
  const lineCounter = new LineCounter();
  const options = { version: '1.1', uniqueKeys: false, prettyErrors: false, lineCounter } as const;
  // What is read by a quicker reader may have more than the library can hold: of such the line of the object is said.
  const holds = document.text.length < YAML_LIMITS.tokens / 2 || yamlExcess(document.text) === undefined;
  const contents = holds ? parseDocument(document.text, options).contents : null;
  if (contents === null) return () => document.line;
  const start = contents.range?.[0] ?? 0;
  const places = new Places();
  const wordsAt = wordsOf(document.text);
  return (path, words = '') => {
    const [whole = start, annotation = start, none] = [path, `${ANNOTATIONS}.${path}`, ANNOTATIONS].map((one) =>
      places.index(contents, one, start),
    );
    const index = whole === start && annotation !== none ? annotation : whole;
    const found = words === '' ? -1 : wordsAt(words, index);
    return document.line - 1 + lineCounter.linePos(found === -1 ? index : found).line;
  };
}
