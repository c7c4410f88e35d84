import { CST, type Document, isAlias, isCollection, isNode, isPair, isScalar, Lexer } from 'yaml';
import { DEEPEST_JSON } from '../json.ts';

/** What YAML from outside may have at most. */
export interface YamlLimits {
  readonly bytes: number;
  /** Texts, marks, runs of spaces and line ends, also those inside of texts: the library keeps each, and makes a node of most. */
  readonly tokens: number;
  /** Levels of nesting. */
  readonly levels: number;
  /** Aliases: each makes the library look through all of them and all anchors. */
  readonly aliases: number;
  /** Values, those that aliases repeat counted each time. */
  readonly values: number;
}

/** Limits of one document. etcd takes objects of 1.5 MiB; the widest of Kubernetes' own YAML has 80,000 tokens. */
export const YAML_LIMITS: YamlLimits = {
  bytes: 4 << 20,
  tokens: 160_000,
  levels: DEEPEST_JSON,
  aliases: 2_000,
  values: 1_000_000,
};

/** Where a text goes beyond a limit, and which one. */
export interface Excess {
  /** Index in the text. */
  readonly at: number;
  /** `it is nested deeper than 500 levels`. */
  readonly reason: string;
}

const DOCUMENT_MARKS: ReadonlySet<string> = new Set(['doc-mode', 'doc-start', 'doc-end']);
const FLOW_STARTS: ReadonlySet<string> = new Set(['flow-map-start', 'flow-seq-start']);
const FLOW_ENDS: ReadonlySet<string> = new Set(['flow-map-end', 'flow-seq-end']);

/**
 * Levels of nesting from token to token: of a text without errors no more than the library finds (but for explicit keys,
 * behind which it passes over some errors), and not less than half of it (a sequence at the column of its key, and the mapping of one pair in `[a: b]`, count nothing).
 */
class Nesting {
  /** The columns of the block collections around, from the outermost inwards. */
  readonly #columns: number[] = [];
  /** Flow collections around. */
  #flow = 0;
  /** Index at which the line begins. */
  #line = 0;
  /** A node may begin here: only spaces, dashes and question marks stand in front of it on its line. */
  #fresh = true;
  /** Column of what is a key if a colon follows. */
  #key: number | undefined;

  get levels(): number {
    return this.#columns.length + this.#flow;
  }

  /** Goes past a token that stands at an index of the text. */
  take(type: string, token: string, at: number): void {
    if (this.#flow > 0) this.#inFlow(type);
    else this.#inBlock(type, at - this.#line);
    const end = token.lastIndexOf('\n');
    if (end === -1) return;
    this.#line = at + end + 1;
    this.#fresh = true;
    this.#key = undefined;
  }

  #inFlow(type: string): void {
    if (FLOW_STARTS.has(type)) this.#flow++;
    else if (FLOW_ENDS.has(type)) this.#flow--;
    else if (type === 'flow-error-end') this.#flow = 0;
    this.#fresh = false;
  }

  #inBlock(type: string, column: number): void {
    if (type === 'space' || type === 'comment' || type === 'newline') return;
    if (DOCUMENT_MARKS.has(type)) this.#columns.length = 0;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') this.#open(column);
    else if (type === 'map-value-ind') {
      // Behind the colon of an explicit key a node may begin, as behind its question mark.
      const explicit = this.#key === undefined;
      this.#open(this.#key ?? column);
      this.#fresh = explicit;
      this.#key = undefined;
    } else {
      if (this.#fresh) this.#begin(column);
      if (FLOW_STARTS.has(type)) this.#flow = 1;
    }
  }

  /** A node begins: what began behind its column has ended. */
  #begin(column: number): void {
    this.#cut(column);
    this.#key = column;
    this.#fresh = false;
  }

  /** A collection begins at a column, or has its next item there. */
  #open(column: number): void {
    this.#cut(column);
    if (this.#columns.at(-1) !== column) this.#columns.push(column);
    this.#fresh = true;
  }

  #cut(column: number): void {
    while ((this.#columns.at(-1) ?? -1) > column) this.#columns.pop();
  }
}

/** Line ends inside of a token: the library cuts a text of many lines into them. */
function lineEnds(token: string): number {
  let count = 0;
  for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) count++;
  return count;
}

/** Looks through the tokens of a text, and keeps none, for what is more than the limits allow. */
export function yamlExcess(text: string, limits: YamlLimits = YAML_LIMITS): Excess | undefined {
  const nesting = new Nesting();
  let tokens = 0;
  let aliases = 0;
  let at = 0;
  let type = '';
  for (const token of new Lexer().lex(text)) {
    // The token behind a mark for a scalar is its text, whatever it looks like.
    type = type === 'scalar' ? 'text' : (CST.tokenType(token) ?? 'text');
    nesting.take(type, token, at);
    if (nesting.levels > limits.levels) return { at, reason: `it is nested deeper than ${limits.levels} levels` };
    tokens += 1 + (token.length > 1 ? lineEnds(token) : 0);
    if (tokens > limits.tokens)
      return { at, reason: `it has more than ${limits.tokens} texts, marks and lines, and no more are read` };
    if (type === 'alias') aliases++;
    if (aliases > limits.aliases)
      return { at, reason: `it has more than ${limits.aliases} aliases, and no more are read` };
    // Marks of the lexer's own have no place in the text.
    if (type !== 'doc-mode' && type !== 'flow-error-end' && type !== 'scalar') at += token.length;
  }
  const bytes = Buffer.byteLength(text);
  return bytes > limits.bytes
    ? { at: 0, reason: `it has ${bytes} bytes, and no more than ${limits.bytes} are read` }
    : undefined;
}

/** A value with what its aliases repeat. */
interface Extent {
  readonly values: number;
  /** Levels of collections. */
  readonly levels: number;
  /** Levels as they are written: an alias has none. */
  readonly written: number;
}

const SINGLE: Extent = { values: 1, levels: 0, written: 0 };
/** Of what has not ended: an alias for it would have no end. */
const ENDLESS: Extent = { ...SINGLE, values: Number.POSITIVE_INFINITY };

function extentOf(parts: readonly Extent[], own: number): Extent {
  let { values, levels, written } = { ...SINGLE, values: own };
  for (const part of parts) {
    values += part.values;
    levels = Math.max(levels, part.levels);
    written = Math.max(written, part.written);
  }
  return { values, levels: levels + own, written: written + own };
}

/**
 * What a document has in all when its aliases are written out: a few lines can stand for billions of values, or for
 * levels without number. Levels that are written are for `yamlExcess` to count.
 */
export function aliasExcess(document: Document.Parsed, limits: YamlLimits = YAML_LIMITS): Excess | undefined {
  const extents = new Map<string, Extent>();
  let excess: Excess | undefined;
  const beyond = ({ values, levels, written }: Extent): string | undefined => {
    if (values > limits.values) return `it has more than ${limits.values} values, and no more are read`;
    return levels > Math.max(limits.levels, written) ? `it is nested deeper than ${limits.levels} levels` : undefined;
  };
  const measure = (node: unknown): Extent => {
    if (isPair(node)) return extentOf([measure(node.key), measure(node.value)], 0);
    if (isAlias(node)) return { ...(extents.get(node.source) ?? SINGLE), written: 0 };
    if (!isNode(node)) return SINGLE;
    const anchor = isCollection(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) extents.set(anchor, ENDLESS);
    const extent = isCollection(node) ? extentOf(node.items.map(measure), 1) : SINGLE;
    const reason = beyond(extent);
    if (reason !== undefined) excess ??= { at: node.range?.[0] ?? 0, reason: `with its aliases ${reason}` };
    if (anchor !== undefined) extents.set(anchor, extent);
    return extent;
  };
  measure(document.contents);
  return excess;
}
