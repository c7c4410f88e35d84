import { readJson } from '../../../util/index.ts';
import { YAML_LIMITS } from '../../../util/yaml/index.ts';
import type { JsonValue } from '../../text/index.ts';
import { flowCollection } from './flow.ts';
import { isRest, Lines, matchAt } from './lines.ts';
import { blockScalar, plainScalar, plainValue, quotedScalar, unquoted } from './scalars.ts';

/** Levels of nesting; what is deeper is left to a full parser too. */
const DEEPEST = 100;

const DASH = /-(?: +|$)/y;
/** A key and its colon; what may be too long for a key (1,024 characters from its beginning to its colon) is left to a full parser. */
const KEY = /(?:([A-Za-z0-9_$/.][\w$/.~@()+*=-]{0,500})|"([^"\\]{0,500})"|'([^']{0,500})'):(?: +|$)/y;

/** The value behind a key or a dash on the same line. */
function inline(lines: Lines, column: number, parent: number): JsonValue | undefined {
  const { line } = lines;
  const char = line[column];
  if (char === '"' || char === "'") return quotedScalar(lines, column, parent);
  if (char === '|' || char === '>') return blockScalar(lines, column, parent);
  if (char !== '{' && char !== '[') return plainScalar(lines, column, parent);
  const found = flowCollection(line, column);
  lines.at++;
  return found !== undefined && isRest(line.slice(found.end)) ? found.value : undefined;
}

/** A value that begins on a later line than its key or dash; `sequences` may stand at the column of the key. */
function below(lines: Lines, column: number, sequences: boolean): JsonValue | undefined {
  lines.at++;
  const indent = lines.content();
  if (indent > column) return node(lines, indent, column);
  return sequences && indent === column && matchAt(DASH, lines.line, indent) ? node(lines, indent, column) : null;
}

function sequence(lines: Lines, column: number): JsonValue | undefined {
  const items: JsonValue[] = [];
  for (let indent = column; indent === column; indent = lines.content()) {
    const { line } = lines;
    const dash = matchAt(DASH, line, column);
    // Behind a sequence at the column of its key: the next key.
    if (dash === undefined) return items;
    const start = column + dash[0].length;
    const item =
      isRest(line.slice(start)) || line[start] === '#' ? below(lines, column, false) : node(lines, start, column);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function mapping(lines: Lines, column: number): JsonValue | undefined {
  const members: Record<string, JsonValue> = {};
  for (let indent = column; indent === column; indent = lines.content()) {
    const { line } = lines;
    const found = matchAt(KEY, line, column);
    if (found === undefined) return undefined;
    const [whole, text, double, single = ''] = found;
    const quoted = double === undefined ? unquoted(single, "'") : unquoted(double, '"');
    const key = text === undefined ? quoted : plainValue(text);
    if (typeof key !== 'string' || key === '__proto__') return undefined;
    const start = column + whole.length;
    const member =
      isRest(line.slice(start)) || line[start] === '#' ? below(lines, column, true) : inline(lines, start, column);
    if (member === undefined) return undefined;
    members[key] = member;
  }
  return members;
}

function node(lines: Lines, column: number, parent: number): JsonValue | undefined {
  if (lines.depth === DEEPEST) return undefined;
  lines.depth++;
  const { line } = lines;
  const value = matchAt(DASH, line, column)
    ? sequence(lines, column)
    : matchAt(KEY, line, column)
      ? mapping(lines, column)
      : inline(lines, column, parent);
  lines.depth--;
  // What stands deeper than this node, but belongs to none, is an error.
  return lines.content() > column ? undefined : value;
}

/** Whether numbers are what go-yaml reads too, and nothing is nested beyond measure. */
function isUsual(value: JsonValue, longest: number, depth = 0): boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0);
  if (value === null || typeof value !== 'object') return true;
  if (depth === DEEPEST) return false;
  return Object.entries(value).every(([key, member]) => key.length <= longest && isUsual(member, longest, depth + 1));
}

/**
 * Characters of a key, within the 1,024 as written from its beginning to its colon: an escape of one is written with
 * two, and with six where there are numbers.
 */
const LONGEST_KEY = 500;
const LONGEST_NUMBERED_KEY = 166;

/** Control characters, marks of byte order, halves of pairs, line ends that only YAML 1.1 knows. */
const ODD = /[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** What JSON and YAML 1.1 read in different ways: escapes that only JSON has, halves of pairs among them; a colon far from its key. */
const JSON_ONLY = /\\[/]|\\u[dD][89a-fA-F]|\n[ \t]*:|[ \t]{20}:/;

function jsonObject(text: string): JsonValue | undefined {
  if (JSON_ONLY.test(text)) return undefined;
  let value: JsonValue;
  try {
    value = readJson(text);
  } catch (error) {
    // It may be YAML in braces; a full parser says what is wrong with it if not.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isUsual(value, text.includes('\\u') ? LONGEST_NUMBERED_KEY : LONGEST_KEY) ? value : undefined;
}

/**
 * Reads a document as long as it is written as most manifests are: JSON, or block mappings and sequences of scalars,
 * with flow collections that keep to a line. About ten times as fast as a parser that keeps every node and its
 * place. It gives what such a parser gives, or `undefined` where there is any doubt: tags, anchors, directives,
 * escapes beyond JSON's, indentation that is not plain. Errors are never found here. `null` is a document without
 * content.
 */
export function readQuick(text: string): JsonValue | undefined {
  if (text.length > YAML_LIMITS.bytes || ODD.test(text)) return undefined;
  if (/^\s*\{/.test(text)) return jsonObject(text);
  const body = text.replace(/^---(?: *| +#.*)(?:\n|$)/, '');
  if (/^(?:---|\.\.\.)/m.test(body)) return undefined;
  const lines = new Lines(body);
  const indent = lines.content();
  if (indent === -1) return null;
  const value = node(lines, indent, -1);
  return lines.ended ? value : undefined;
}
