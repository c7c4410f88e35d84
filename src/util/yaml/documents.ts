import { endOfString } from '../json.ts';

export interface YamlDocument {
  /** Line of the file on which the document starts, from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Cuts a file into documents as apimachinery's decoder does: at every line that starts with `---`, or, when the file
 * starts with `{`, after every JSON value. Documents without content are kept, so that positions are.
 */
export function splitDocuments(text: string): readonly YamlDocument[] {
  if (/^\s*\{/.test(text)) return splitJson(text);
  const documents: YamlDocument[] = [];
  const separator = /^---[^\n]*(?:\n|$)/gm;
  let start = 0;
  let line = 1;
  for (const match of text.matchAll(separator)) {
    if (match.index === 0) continue;
    const part = text.slice(start, match.index);
    documents.push({ line, text: part });
    line += lines(part) + lines(match[0]);
    start = match.index + match[0].length;
  }
  documents.push({ line, text: text.slice(start) });
  return documents;
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

/** One pass over the text: what does not end can not make it start again and again. */
function splitJson(text: string): readonly YamlDocument[] {
  const documents: YamlDocument[] = [];
  let depth = 0;
  let start = 0;
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    at = char === '"' ? endOfString(text, at) : at + 1;
    if (char === '{' || char === '[') depth++;
    if (char !== '}' && char !== ']') continue;
    depth--;
    if (depth > 0) continue;
    documents.push({ line, text: text.slice(start, at) });
    line += lines(text.slice(start, at));
    start = at;
  }
  if (text.slice(start).trim() !== '') documents.push({ line, text: text.slice(start) });
  return documents;
}
