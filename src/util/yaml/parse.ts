import {
  type Document,
  type DocumentOptions,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  type ToJSOptions,
  visit,
  type YAMLError,
  YAMLParseError,
} from 'yaml';
import { splitDocuments } from './documents.ts';
import { aliasExcess, type Excess, YAML_LIMITS, type YamlLimits, yamlExcess } from './limits.ts';

export interface YamlOptions extends Omit<ParseOptions, 'uniqueKeys'>, DocumentOptions, SchemaOptions {
  /** Whether a key that is there twice is an error; default it is. */
  readonly uniqueKeys?: boolean;
  /** Default `YAML_LIMITS`. */
  readonly limits?: YamlLimits;
}

/** Errors, and warnings, of a document that are kept: the first says what to do, and one can be made of every mark. */
const MOST_ERRORS = 20;

/** Says in an error where it is, as the library does, without the text around. */
function located<E extends YAMLError>(error: E, lines: LineCounter): E {
  const start = lines.linePos(error.pos[0]);
  error.linePos = [start];
  error.message += ` at line ${start.line}, column ${start.col}`;
  return error;
}

/** An empty document with the error, placed as the library places its own. */
function refused(text: string, { at, reason }: Excess, options: YamlOptions): Document.Parsed {
  const lines = options.lineCounter ?? new LineCounter();
  lines.lineStarts = [];
  for (let start = 0; start <= at; ) {
    lines.addNewLine(start);
    const end = text.indexOf('\n', start);
    start = end === -1 ? Number.POSITIVE_INFINITY : end + 1;
  }
  const error = new YAMLParseError([at, at + 1], 'RESOURCE_EXHAUSTION', reason);
  if (options.prettyErrors !== false) error.linePos = [lines.linePos(at)];
  const document = parseDocument('');
  document.errors.push(error);
  return document;
}

/** Parses without what the library spends on each of very many errors: a stack, and the lines around. */
function composed(text: string, options: YamlOptions): Document.Parsed {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parseDocument(text, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The first key that its mapping has twice: the library compares each with all before it. */
function duplicateKey(document: Document.Parsed): YAMLParseError | undefined {
  let found: YAMLParseError | undefined;
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          const [start, end] = key.range ?? [0, 0];
          found = new YAMLParseError([start, end], 'DUPLICATE_KEY', 'Map keys must be unique');
          return visit.BREAK;
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/**
 * Parses one YAML document from outside. The library makes nodes of hundreds of bytes for every mark and calls itself
 * for every level, without a bound: so the text is looked through first, and one that is beyond the limits comes back
 * as a document without content whose `errors` say which and where, as for a text that is no YAML. What else the library
 * does once for each pair of things (that keys are unique) or at length for each error is done here once.
 */
export function parseYamlDocument(text: string, options: YamlOptions = {}): Document.Parsed {
  const { limits = YAML_LIMITS, lineCounter = new LineCounter(), uniqueKeys = true, prettyErrors = true } = options;
  const excess = yamlExcess(text, limits);
  if (excess !== undefined) return refused(text, excess, options);
  const document = composed(text, { ...options, lineCounter, uniqueKeys: false, prettyErrors: false });
  document.errors.splice(MOST_ERRORS);
  document.warnings.splice(MOST_ERRORS);
  const twice = uniqueKeys ? duplicateKey(document) : undefined;
  if (twice !== undefined) document.errors.push(twice);
  if (prettyErrors) for (const error of [...document.errors, ...document.warnings]) located(error, lineCounter);
  const repeated = document.errors.length > 0 ? undefined : aliasExcess(document, limits);
  return repeated === undefined ? document : refused(text, repeated, options);
}

/** The documents of a file one after the other, as Kubernetes cuts it; the limits hold for each. */
export function* parseYamlDocuments(text: string, options: YamlOptions = {}): Generator<Document.Parsed> {
  for (const document of splitDocuments(text)) yield parseYamlDocument(document.text, options);
}

/** The plain value of a document. What its aliases repeat has been counted: the library's own guess looks at all nodes for each. */
export function yamlValue(document: Document.Parsed, options: Omit<ToJSOptions, 'maxAliasCount'> = {}): unknown {
  return document.toJS({ ...options, maxAliasCount: -1 });
}

/** The value of a text that is one document. Throws the library's error, or the one about a limit. */
export function parseYaml(text: string, options: YamlOptions = {}): unknown {
  const document = parseYamlDocument(text, { logLevel: 'silent', ...options });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return yamlValue(document);
}
