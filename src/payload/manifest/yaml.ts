import { messageOf, readJson, SlipwayError } from '../../util/index.ts';
import { YAML_LIMITS, type YamlDocument } from '../../util/yaml/index.ts';
import type { JsonValue, YamlValue } from '../text/index.ts';
import { Refusal } from './full/cursor.ts';
import { decodeYaml, type GoYamlValue } from './full/decode.ts';
import { readQuick } from './quick/read.ts';

export { splitDocuments, type YamlDocument } from '../../util/yaml/index.ts';

/** Characters of an object with everything that aliases repeat: no more than a document has without. */
const LARGEST = YAML_LIMITS.bytes;

function refused(file: string, line: number, reason: string, cause?: unknown): SlipwayError {
  return new SlipwayError('PAYLOAD_YAML_INVALID', `${file}: invalid YAML/JSON: ${reason}`, {
    place: { file, line },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The text of a file. Throws `PAYLOAD_YAML_INVALID` with the line where it is no UTF-8: no cluster reads it then. */
export function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
  // What can not be read is replaced by a mark, which may stand there for itself too: the bytes say where it does not.
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  let start = 0;
  const line = lines.findIndex((text) => {
    const length = Buffer.byteLength(text);
    const same = Buffer.compare(Buffer.from(text), bytes.subarray(start, start + length)) === 0;
    start += length + 1;
    return !same;
  });
  throw refused(file, line + 1, `line ${line + 1}: it is no UTF-8`);
}

/**
 * Parses one document as Kubernetes does. Throws `PAYLOAD_YAML_INVALID` with the file and the line of the file.
 */
export function parseYaml(document: YamlDocument, file: string): JsonValue {
  const value = document.json === true ? jsonOf(document, file) : readQuick(document.text);
  return value === undefined ? parseFully(document, file) : value;
}

/** A document that is JSON; `undefined` where Go's JSON does not take it, but its YAML does: a number beyond a double. */
function jsonOf({ text, line }: YamlDocument, file: string): JsonValue | undefined {
  try {
    return goJsonValue(readJson(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw refused(file, line, `line ${line}: it is no JSON, as what stands in front of it is`, cause);
  }
}

/** As Go reads it: half a pair (`\ud83d`) as U+FFFD, and no zero with a sign. */
function goJsonValue(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, member]) => [key.toWellFormed(), goJsonValue(member)] as const);
  if (!entries.every((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined)) return undefined;
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

/** As `parseYaml`, of any document as YAML and slowly: what the quick reader must agree with. */
export function parseFully(document: YamlDocument, file: string): JsonValue {
  // No zero has a sign.
  return decode(document, file, (number) => Number(number) + 0);
}

/** As `parseFully`, whole numbers as they are, and of a document that is JSON other numbers as the floats they are. */
export function parseExactly(document: YamlDocument, file: string): YamlValue {
  return decode(document, file, (number) => number);
}

function decode<T>(document: YamlDocument, file: string, number: (value: number | bigint) => T): Plain<T> {
  const { text } = document;
  const [, behind] = /^---([^\n]*)/.exec(text) ?? [];
  if (behind !== undefined && !/^\s*(?:#.*)?$/.test(behind))
    throw refused(file, document.line, `line ${document.line}: behind --- stands nothing but a comment`);
  const value = ((): Plain<T> => {
    try {
      return plain(decodeYaml(text, LARGEST), number);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      const line = document.line - 1 + cause.line;
      throw refused(file, line, `line ${line}: ${messageOf(cause)}`, cause);
    }
  })();
  const bytes = Buffer.byteLength(text);
  if (bytes <= YAML_LIMITS.bytes) return value;
  throw refused(file, document.line, `it has ${bytes} bytes, and no more than ${YAML_LIMITS.bytes} are read`);
}

/** With plain objects, and numbers as `number` makes them. Throws the `Refusal` of what has no form in JSON. */
function plain<T>(value: GoYamlValue, number: (value: number | bigint) => T): Plain<T> {
  if (typeof value === 'bigint' || typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Refusal) throw value;
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member, number)]));
  return Array.from(value, (item) => plain(item, number));
}

type Plain<T> = null | boolean | string | T | readonly Plain<T>[] | { readonly [key: string]: Plain<T> };
