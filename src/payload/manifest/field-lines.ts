import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Manifest } from './types.ts';
import { splitDocuments, type YamlDocument } from './yaml.ts';

/** What is left of a path behind a key that it begins with; text in JSON has its own path behind a colon. */
function behind(path: string, key: string): string | undefined {
  if (!path.startsWith(key)) return undefined;
  const rest = path.slice(key.length);
  if (rest === '' || rest.startsWith('[')) return rest;
  if (rest.startsWith(': ')) return '';
  return rest.startsWith('.') ? rest.slice(1) : undefined;
}

/** Index at which the value of a path begins, as deep as it leads; `index` is that of the node. */
function indexIn(node: unknown, path: string, index: number): number {
  if (path !== '' && isMap(node)) {
    // Keys may have points of their own (`data.images.json`); of equal keys the last one counts.
    const [found] = node.items
      .flatMap(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : undefined;
        const rest = name === undefined ? undefined : behind(path, name);
        return rest === undefined || !isScalar(key) ? [] : [{ rest, value, index: key.range?.[0] ?? index }];
      })
      .reverse()
      .sort((a, b) => a.rest.length - b.rest.length);
    return found === undefined ? index : indexIn(found.value, found.rest, found.index);
  }
  if (isSeq(node)) {
    const [whole = '', number = ''] = /^\[(\d+)\]\.?/.exec(path) ?? [];
    const item = node.items[Number.parseInt(number, 10)];
    return isNode(item) ? indexIn(item, path.slice(whole.length), item.range?.[0] ?? index) : index;
  }
  return index;
}

/** Whether what stands there is behind a `#`, as in YAML and in scripts. */
export function isComment(text: string, index: number): boolean {
  return /(?:^|\s)#/.test(text.slice(text.lastIndexOf('\n', index - 1) + 1, index));
}

/** First place of words, from an index on, outside comments; -1 where there is none. */
function indexOfWords(text: string, words: string, from: number): number {
  let index = text.indexOf(words, from);
  while (index !== -1 && isComment(text, index)) index = text.indexOf(words, index + 1);
  return index;
}

/** Finds the document that an object of the file stands in; the file is cut once. */
export function documentsOf(text: string): (manifest: Pick<Manifest, 'line'>) => YamlDocument {
  const documents = splitDocuments(text);
  return ({ line }) => documents.findLast((document) => document.line <= line) ?? { line: 1, text };
}

/** Line of the file for a field, by path, and for words in it. */
export type FieldLines = (path: string, words?: string) => number;

const ANNOTATIONS = 'metadata.annotations';

/**
 * Says on which lines of the file the fields of the object of a document stand: by path (`spec.containers[0].image`) or by
 * the name of an annotation, as deep as it leads; where words are given, the line on which they stand from there on,
 * outside comments. Memory: some fifty times the document.
 */
export function fieldLines(document: YamlDocument): FieldLines {
  const lineCounter = new LineCounter();
  const options = { version: '1.1', uniqueKeys: false, prettyErrors: false, lineCounter } as const;
  const { contents } = parseDocument(document.text, options);
  const start = contents?.range?.[0] ?? 0;
  return (path, words = '') => {
    const [whole = start, annotation = start, none] = [path, `${ANNOTATIONS}.${path}`, ANNOTATIONS].map((one) =>
      indexIn(contents, one, start),
    );
    const index = whole === start && annotation !== none ? annotation : whole;
    const found = words === '' ? -1 : indexOfWords(document.text, words, index);
    return document.line - 1 + lineCounter.linePos(found === -1 ? index : found).line;
  };
}
