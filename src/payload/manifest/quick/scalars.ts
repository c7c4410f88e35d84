import { goNumberOf } from '../../text/index.ts';
import { indentOf, isRest, type Lines, trimmed, trimmedEnd } from './lines.ts';

/** A value; `undefined` where this reader is not sure of it. */
export type Scalar = string | number | boolean | null | undefined;

/** Begins with what is nowhere an indicator, or with a sign, a point or a colon in front of something. */
const PLAIN = /^(?:[A-Za-z0-9_/$(+;=^~<]|[-.:](?=[A-Za-z0-9_./-]))/;
/** Ends a plain scalar on its line, or makes a key of it. */
const NOT_PLAIN = /:(?: |$)| #/;

const NULL = /^(?:~|null|Null|NULL)$/;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
/** Numbers without a JSON form, merge keys, the default value. */
const ODD = /^(?:[-+]?\.(?:inf|nan)|<<|=)$/i;

/** The value of a plain text, as go-yaml reads it. */
export function plainValue(text: string): Scalar {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (ODD.test(text)) return undefined;
  return /^[-+.0-9]/.test(text) ? (goNumberOf(text) ?? text) : text;
}

/** A line that a plain scalar may go on with: there, indicators are text. */
function isPlain(piece: string): boolean {
  return !NOT_PLAIN.test(piece) && !piece.includes('\t');
}

/**
 * Trimmed lines as one text (YAML 1.2 § 6.5): a line break is a space, an empty line a line break. Empty
 * lines at the end stay out.
 */
function fold(pieces: readonly string[]): string {
  let text = '';
  let breaks = 0;
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) breaks++;
    if (piece === '' && index > 0) continue;
    text += (breaks === 0 ? '' : breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + piece;
    breaks = 0;
  }
  return text;
}

/** A plain scalar that begins at a column of the line, with the lines that go on with it. */
export function plainScalar(lines: Lines, column: number, parent: number): Scalar {
  const { line } = lines;
  const comment = line.indexOf(' #', column);
  const first = trimmedEnd(line.slice(column, comment === -1 ? undefined : comment));
  if (!PLAIN.test(first) || !isPlain(first)) return undefined;
  lines.at++;
  if (comment !== -1) return plainValue(first);
  const pieces = [first];
  for (; !lines.ended; lines.at++) {
    const piece = trimmed(lines.line);
    if (piece !== '') {
      if (indentOf(lines.line) <= parent || piece.startsWith('#')) break;
      if (!isPlain(piece) || /^[-?:](?: |$)/.test(piece)) return undefined;
    }
    pieces.push(piece);
  }
  const text = fold(pieces);
  return text === first ? plainValue(text) : text;
}

/** Index of the quote that ends a text, from `start` on; -1 when it does not end on this line. */
function closing(line: string, quote: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    const char = line[at];
    if (char === '\\' && quote === '"') at++;
    else if (char === quote) {
      if (quote === '"' || line[at + 1] !== "'") return at;
      at++;
    }
  }
  return -1;
}

/** What stands between quotes; `undefined` for escapes that JSON and YAML 1.1 do not have both. */
export function unquoted(text: string, quote: string): string | undefined {
  if (text.includes('\t')) return undefined;
  if (quote === "'") return text.replaceAll("''", "'");
  if (!text.includes('\\')) return text;
  if (/\\[^"\\bfnrtu]|\\u[dD][89a-fA-F]|\\u(?![0-9a-fA-F]{4})/.test(text.replaceAll('\\\\', ''))) return undefined;
  return JSON.parse(`"${text.replaceAll('\n', '\\n')}"`);
}

/** A quoted text that begins at a column, and where it ends on its line. */
export function quotedScalar(lines: Lines, column: number, parent: number): string | undefined {
  const quote = lines.line[column] ?? '';
  const pieces: string[] = [];
  for (let start = column + 1; !lines.ended; start = 0) {
    const { line } = lines;
    if (start === 0 && trimmed(line) !== '' && indentOf(line) <= parent) return undefined;
    const end = closing(line, quote, start);
    lines.at++;
    if (end !== -1) {
      if (!isRest(line.slice(end + 1))) return undefined;
      const last = line.slice(start, end);
      pieces.push(start === 0 ? last.slice(indentOf(last)) : last);
      // Line breaks next to a quote are left to a full parser.
      if (pieces.length > 1 && (pieces[0] === '' || pieces.at(-1) === '')) return undefined;
      return unquoted(fold(pieces), quote);
    }
    // An escaped line break.
    if (line.endsWith('\\')) return undefined;
    pieces.push(start === 0 ? trimmed(line) : trimmedEnd(line.slice(start)));
  }
  return undefined;
}

/** Keeps the last line break, or drops it; indentation by number is left to a full parser. */
const HEADER = /^([|>])(-?)(?: *| +#.*)$/;

/** A literal or folded text whose header stands at a column. */
export function blockScalar(lines: Lines, column: number, parent: number): string | undefined {
  const [, style, strip] = HEADER.exec(lines.line.slice(column)) ?? [];
  lines.at++;
  if (style === undefined) return undefined;
  const indent = indentOf(lines.line);
  // At the left margin stands no block text, and a tab is no indentation.
  if (indent <= Math.max(parent, 0) || lines.line.length === indent || lines.line[indent] === '\t') return undefined;
  const texts: string[] = [];
  for (; !lines.ended; lines.at++) {
    const { line } = lines;
    const own = indentOf(line);
    if (own < line.length && own < indent) break;
    // Spaces beyond the indentation are text; in a folded one they change how lines are joined.
    if (own > indent && (own === line.length || style === '>')) return undefined;
    if (style === '>' && line[indent] === '\t') return undefined;
    texts.push(line.slice(indent));
  }
  // The text ends with the document, perhaps without a line break.
  if (lines.ended && texts.at(-1) !== '') return undefined;
  while (texts.at(-1) === '') texts.pop();
  return (style === '>' ? fold(texts) : texts.join('\n')) + (strip === '-' ? '' : '\n');
}
