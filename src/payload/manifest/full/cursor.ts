/** Why a document is refused, and the line of the document, from 1. */
export class Refusal extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

const BREAKS: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x85, 0x2028, 0x2029]);

/** Ends a line in YAML 1.1, which knows more line ends than 1.2. */
export function isBreak(code: number): boolean {
  return code === 0x0a || (code !== 0x20 && BREAKS.has(code));
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** A line break, or the end of the text. */
export function isBreakOrEnd(code: number): boolean {
  return code === 0 || isBreak(code);
}

/** White space of any kind, or the end of the text. */
export function isSpaceOrEnd(code: number): boolean {
  return isBlank(code) || isBreakOrEnd(code);
}

/** Letters, digits, `_` and `-`: names of anchors, handles and directives. */
export function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  );
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A place in the text; columns and the index count characters, as go-yaml does. */
export interface Mark {
  readonly index: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** The text of a document, and how far it has been read. Behind its end stands a zero, which no document holds. */
export class Cursor implements Mark {
  readonly text: string;
  at = 0;
  line = 1;
  column = 0;
  /** Characters of two code units that were passed. */
  #wide = 0;

  constructor(text: string) {
    this.text = `${text}\0\0\0\0`;
  }

  get index(): number {
    return this.at - this.#wide;
  }

  get mark(): Mark {
    return { index: this.index, line: this.line, column: this.column };
  }

  code(offset = 0): number {
    return this.text.charCodeAt(this.at + offset);
  }

  starts(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  skip(count = 1): void {
    for (let left = count; left > 0; left--) {
      const code = this.code();
      this.at++;
      if (code >= 0xdc00 && code <= 0xdfff) this.#wide++;
      else this.column++;
    }
  }

  /** Goes past what `is` says yes to, and returns it. */
  take(is: (code: number) => boolean): string {
    const start = this.at;
    while (is(this.code())) this.skip();
    return this.text.slice(start, this.at);
  }

  /** Goes past a line break, and returns what it stands for: the two separators of Unicode stay themselves. */
  takeBreak(): string {
    const code = this.code();
    this.at += code === 0x0d && this.code(1) === 0x0a ? 2 : 1;
    this.line++;
    this.column = 0;
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  /** To the end of the line, if a comment begins here. */
  skipComment(): void {
    if (this.code() === 0x23) this.take((code) => !isBreakOrEnd(code));
  }

  /** `---` or `...` at the beginning of a line. */
  isDocumentMark(): boolean {
    return this.column === 0 && (this.starts('---') || this.starts('...')) && isSpaceOrEnd(this.code(3));
  }

  refuse(reason: string, line = this.line): Refusal {
    return new Refusal(line, reason);
  }
}

/** Lines of a text that are joined: one break is a space, more are all but the first (YAML 1.1 § 4.2.3). */
export function folded(first: string, more: string): string {
  if (first !== '\n') return first + more;
  return more === '' ? ' ' : more;
}
