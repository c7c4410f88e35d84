import {
  type Document,
  type DocumentOptions,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  type ToJSOptions,
  YAMLParseError,
} from 'yaml';
import { splitDocuments } from './documents.ts';
import { aliasExcess, type Excess, YAML_LIMITS, type YamlLimits, yamlExcess } from './limits.ts';

export interface YamlOptions extends ParseOptions, DocumentOptions, SchemaOptions {
  /** Default `YAML_LIMITS`. */
  readonly limits?: YamlLimits;
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

/**
 * Parses one YAML document from outside. The library makes nodes of hundreds of bytes for every mark and calls itself
 * for every level, without a bound: so the text is looked through first, and one that is beyond the limits comes back
 * as a document without content whose `errors` say which and where, as for a text that is no YAML.
 */
export function parseYamlDocument(text: string, options: YamlOptions = {}): Document.Parsed {
  const { limits = YAML_LIMITS } = options;
  const excess = yamlExcess(text, limits);
  if (excess !== undefined) return refused(text, excess, options);
  const document = parseDocument(text, options);
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
