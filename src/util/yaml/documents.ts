import { endOfString, readJson } from '../json.ts';

export interface YamlDocument {
  /** Line of the file on which the document starts, from 1. */
  readonly line: number;
  readonly text: string;
  /** It is JSON, and has to be: it stands at the beginning of a file, or behind others that are. */
  readonly json?: true;
}

/** White space as Go knows it, but the newline. */
const SPACE = '\\t\\v-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const JSON_START = new RegExp(`^[${SPACE}\\n]*\\{`);
/** What is lost in front of YAML where JSON might have stood. */
const BLANK = new RegExp(`^[${SPACE}]*\\n?`);
/** Bytes that are left where YAML behind JSON begins. */
const SHORTEST_REST = 4;
/** Bytes in which JSON has to begin. */
const JSON_WITHIN = 1024;

/**
 * Cuts a file into documents as apimachinery's decoder does: at every line that starts with `---`, or, when the file
 * starts with `{`, after every JSON value. Where at most one of them is JSON, the rest may be YAML. Documents without
 * content are kept, so that positions are. Lines end with a newline, the last one too. A line that starts with `---` but
 * holds more than a comment is no separator, and stays the first line of its document: the decoder refuses it.
 */
export function splitDocuments(text: string): readonly YamlDocument[] {
  const [start = ''] = JSON_START.exec(text.slice(0, JSON_WITHIN)) ?? [];
  return start === '' || Buffer.byteLength(start) > JSON_WITHIN ? splitYaml(text, 1) : splitJson(text);
}

function splitYaml(file: string, first: number): readonly YamlDocument[] {
  const whole = file.replaceAll('\r\n', '\n');
  const text = whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`;
  const documents: YamlDocument[] = [];
  const separator = /^---([^\n]*)(?:\n|$)/gm;
  let start = 0;
  let line = first;
  for (const { 0: mark, 1: behind = '', index } of text.matchAll(separator)) {
    if (index === 0) continue;
    const part = text.slice(start, index);
    documents.push({ line, text: part });
    const isSeparator = /^\s*(?:#.*)?$/.test(behind);
    line += lines(part) + (isSeparator ? lines(mark) : 0);
    start = index + (isSeparator ? mark.length : 0);
  }
  documents.push({ line, text: text.slice(start) });
  return documents;
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

function isJson(text: string): boolean {
  try {
    readJson(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Index behind the JSON value that begins at an index; the end of the text for one that does not end. */
function endOfJson(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text[at];
    at = char === '"' ? endOfString(text, at) : at + 1;
    if (char === '{' || char === '[') depth++;
    if (char !== '}' && char !== ']') continue;
    depth--;
    if (depth <= 0) return at;
  }
  return text.length;
}

/** One pass over the text, and one more over what is no JSON. */
function splitJson(text: string): readonly YamlDocument[] {
  const documents: YamlDocument[] = [];
  let start = 0;
  let line = 1;
  while (text.slice(start).trim() !== '') {
    const end = endOfJson(text, start);
    const part = text.slice(start, end);
    if (!isJson(part)) {
      const rest = text.slice(start);
      const [blank = ''] = BLANK.exec(rest) ?? [];
      // The decoder looks at four bytes at a time, and gives up where there are less.
      const isShort = start > 0 && Buffer.byteLength(rest.slice(blank.replace('\n', '').length)) < SHORTEST_REST;
      if (documents.length > 1 || isShort) return [...documents, { line, text: rest, json: true }];
      return [...documents, ...splitYaml(rest.slice(blank.length), line + lines(blank))];
    }
    documents.push({ line, text: part, json: true });
    line += lines(part);
    start = end;
  }
  return documents;
}
