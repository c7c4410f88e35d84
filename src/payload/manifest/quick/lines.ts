/** A line that brings nothing: blank, or a comment. */
const NOTHING = /^ *(?:#.*)?$/;

/** What may stand behind a value on its line. */
const REST = /^(?: *| +#.*)$/;

/** The lines of a document, and the one that is read. */
export class Lines {
  readonly #lines: readonly string[];
  /** Index of the line. */
  at = 0;
  /** Nodes that the node under way stands in. */
  depth = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  /** The line; empty behind the last one. */
  get line(): string {
    return this.#lines[this.at] ?? '';
  }

  get ended(): boolean {
    return this.at >= this.#lines.length;
  }

  /** Goes to the next line with content, from this one on. Its indentation; -1 when there is none. */
  content(): number {
    while (!this.ended && NOTHING.test(this.line)) this.at++;
    return this.ended ? -1 : indentOf(this.line);
  }
}

/** Spaces that a line begins with. */
export function indentOf(line: string): number {
  let at = 0;
  while (line.charCodeAt(at) === 0x20) at++;
  return at;
}

/** Whether the rest of a line is empty or a comment. */
export function isRest(text: string): boolean {
  return REST.test(text);
}

/** Without spaces at its ends; other white space is none here, and makes a reader unsure. */
export function trimmed(text: string): string {
  return trimmedEnd(text.slice(indentOf(text)));
}

/** Without spaces at its end. */
export function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(0, end);
}

/** What a sticky pattern finds at a column. */
export function matchAt(pattern: RegExp, line: string, column: number): RegExpExecArray | undefined {
  pattern.lastIndex = column;
  return pattern.exec(line) ?? undefined;
}
