import { Cursor, isBreak, isSpaceOrEnd, type Mark } from './cursor.ts';
import { anchorName, type Directive, directive, type Tag, tag } from './properties.ts';
import { blockScalar, plainScalar, quotedScalar } from './scalars.ts';

export type TokenType =
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'stream-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  /** From 1. */
  readonly line: number;
  /** Text of a scalar, name of an anchor or alias. */
  readonly value: string;
  /** Of a scalar: without quotes, and no block. */
  readonly plain: boolean;
  readonly tag?: Tag;
  readonly directive?: Directive;
}

/** A key if a colon follows. */
interface SimpleKey {
  possible: boolean;
  /** At the column of the mapping around: what stands there must be a key. */
  required: boolean;
  /** Which token of the document it begins with. */
  token: number;
  mark: Mark;
}

/** Characters up to which the colon of a key must stand. */
const LONGEST_KEY = 1024;

const SINGLES: ReadonlyMap<string, TokenType> = new Map([
  ['[', 'flow-sequence-start'],
  ['{', 'flow-mapping-start'],
  [']', 'flow-sequence-end'],
  ['}', 'flow-mapping-end'],
  [',', 'flow-entry'],
]);
const NEVER_PLAIN: ReadonlySet<string> = new Set([...'-?:,[]{}#&*!|>\'"%@`']);

/**
 * Cuts a document into tokens as libyaml's scanner does (YAML 1.1), which go-yaml v2 is a translation of: one at a time,
 * so that what stands behind the end of a document is not looked at. Tokens that a key begins with are held back until
 * its colon is found, or can not follow any more.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #queue: Token[] = [];
  /** Tokens that were handed out. */
  #taken = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  /** One for the block collections, and one for every flow collection around. */
  readonly #keys: SimpleKey[];
  /** Where in `#keys` the key is, or was, that begins with a token. */
  readonly #keyAt = new Map<number, number>();
  #keyAllowed = true;

  constructor(text: string) {
    this.#cursor = new Cursor(text);
    this.#keys = [this.#noKey()];
  }

  /** The next token, which stays the next one. */
  peek(): Token {
    for (;;) {
      const [first] = this.#queue;
      if (first !== undefined) {
        const key = this.#keys[this.#keyAt.get(this.#taken) ?? -1];
        if (key === undefined || !this.#isValid(key)) return first;
      }
      this.#fetch();
    }
  }

  next(): Token {
    const token = this.peek();
    this.#queue.shift();
    this.#taken++;
    return token;
  }

  get #inFlow(): boolean {
    return this.#keys.length > 1;
  }

  get #number(): number {
    return this.#taken + this.#queue.length;
  }

  #noKey(): SimpleKey {
    return { possible: false, required: false, token: this.#number, mark: this.#cursor.mark };
  }

  get #key(): SimpleKey {
    return this.#keys.at(-1) ?? this.#noKey();
  }

  #add(type: TokenType, more: Partial<Token> = {}): void {
    this.#queue.push({ type, line: this.#cursor.line, value: '', plain: false, ...more });
  }

  /** Puts a token in front of one that is still held back; behind all others if that one is gone. */
  #insert(type: TokenType, number: number, line: number): void {
    const token: Token = { type, line, value: '', plain: false };
    const at = number - this.#taken;
    this.#queue.splice(at < 0 ? this.#queue.length : at, 0, token);
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line === this.#cursor.line && key.mark.index + LONGEST_KEY >= this.#cursor.index) return true;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    return false;
  }

  #missingColon(key: SimpleKey): Error {
    return this.#cursor.refuse("there is no ':' behind what should be a key", key.mark.line);
  }

  #saveKey(): void {
    const { mark } = this.#cursor;
    if (!this.#keyAllowed) return;
    this.#dropKey();
    const required = !this.#inFlow && this.#indent === mark.column;
    const key: SimpleKey = { possible: true, required, token: this.#number, mark };
    this.#keys[this.#keys.length - 1] = key;
    this.#keyAt.set(key.token, this.#keys.length - 1);
  }

  #dropKey(): void {
    const key = this.#key;
    if (!key.possible) return;
    if (key.required) throw this.#missingColon(key);
    key.possible = false;
    this.#keyAt.delete(key.token);
  }

  /** A block collection begins at a column, if none stands there; `number` is the token it begins with. */
  #roll(column: number, type: TokenType, number: number, line: number): void {
    if (this.#inFlow || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    this.#insert(type, number, line);
  }

  /** Block collections behind a column end. */
  #unroll(column: number): void {
    while (!this.#inFlow && this.#indent > column) {
      this.#add('block-end');
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #skipBlanks(): void {
    const cursor = this.#cursor;
    for (;;) {
      // A tab is no indentation: none in front of what may be a key.
      const tabs = this.#inFlow || !this.#keyAllowed;
      cursor.take((code) => code === 0x20 || (tabs && code === 0x09));
      cursor.skipComment();
      if (!isBreak(cursor.code())) return;
      cursor.takeBreak();
      if (!this.#inFlow) this.#keyAllowed = true;
    }
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipBlanks();
    this.#unroll(cursor.column);
    const char = cursor.text[cursor.at] ?? '\0';
    if (char === '\0') this.#end();
    else if (cursor.column === 0 && char === '%') this.#directive();
    else if (cursor.isDocumentMark())
      this.#outside(() => {
        this.#add(char === '-' ? 'document-start' : 'document-end');
        cursor.skip(3);
      });
    else this.#fetchContent(char);
  }

  #end(): void {
    // No key goes on behind the end.
    if (this.#cursor.column > 0) this.#cursor.line++;
    this.#cursor.column = 0;
    this.#outside(() => this.#add('stream-end'));
  }

  /** What stands outside any collection. */
  #outside(add: () => void): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    add();
  }

  #directive(): void {
    const { line } = this.#cursor;
    this.#outside(() => this.#add('directive', { line, directive: directive(this.#cursor) }));
  }

  #fetchContent(char: string): void {
    const cursor = this.#cursor;
    const single = SINGLES.get(char);
    const spaced = isSpaceOrEnd(cursor.code(1));
    if (single !== undefined) this.#flowMark(char, single);
    else if (char === '-' && spaced) this.#entry();
    else if (char === '?' && (this.#inFlow || spaced)) this.#explicitKey();
    else if (char === ':' && (this.#inFlow || spaced)) this.#value();
    else if (char === '*' || char === '&')
      this.#property(char === '*' ? 'alias' : 'anchor', () => ({ value: anchorName(cursor) }));
    else if (char === '!') this.#property('tag', () => ({ tag: tag(cursor) }));
    else if ((char === '|' || char === '>') && !this.#inFlow) this.#block(char === '|');
    else if (char === "'" || char === '"')
      this.#property('scalar', () => ({ value: quotedScalar(cursor, char === "'") }));
    else if (!NEVER_PLAIN.has(char) ? char !== '\t' : char === '-' || (!this.#inFlow && '?:'.includes(char) && !spaced))
      this.#plain();
    else throw cursor.refuse(char === '\t' ? 'a tab is no indentation' : `no text begins with ${char}`);
  }

  #flowMark(char: string, type: TokenType): void {
    if (char === '[' || char === '{') {
      this.#saveKey();
      this.#keys.push(this.#noKey());
      this.#keyAllowed = true;
    } else {
      this.#dropKey();
      this.#keyAllowed = char === ',';
      if (char !== ',' && this.#inFlow) {
        const key = this.#keys.pop();
        if (key !== undefined) this.#keyAt.delete(key.token);
      }
    }
    this.#add(type);
    this.#cursor.skip();
  }

  #entry(): void {
    const { column, line } = this.#cursor;
    if (!this.#inFlow) {
      if (!this.#keyAllowed) throw this.#cursor.refuse('an item of a list can not stand here');
      this.#roll(column, 'block-sequence-start', this.#number, line);
    }
    this.#dropKey();
    this.#keyAllowed = true;
    this.#add('block-entry');
    this.#cursor.skip();
  }

  #explicitKey(): void {
    const { column, line } = this.#cursor;
    if (!this.#inFlow) {
      if (!this.#keyAllowed) throw this.#cursor.refuse('a key can not stand here');
      this.#roll(column, 'block-mapping-start', this.#number, line);
    }
    this.#dropKey();
    this.#keyAllowed = !this.#inFlow;
    this.#add('key');
    this.#cursor.skip();
  }

  #value(): void {
    const key = this.#key;
    if (this.#isValid(key)) {
      this.#insert('key', key.token, key.mark.line);
      this.#roll(key.mark.column, 'block-mapping-start', key.token, key.mark.line);
      key.possible = false;
      this.#keyAt.delete(key.token);
      this.#keyAllowed = false;
    } else {
      if (!this.#inFlow) {
        if (!this.#keyAllowed) throw this.#cursor.refuse('the value of a key can not stand here');
        this.#roll(this.#cursor.column, 'block-mapping-start', this.#number, this.#cursor.line);
      }
      this.#keyAllowed = !this.#inFlow;
    }
    this.#add('value');
    this.#cursor.skip();
  }

  /** What may be a key or stand in front of one. */
  #property(type: TokenType, read: () => Partial<Token>): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    this.#add(type, { line, ...read() });
  }

  #block(literal: boolean): void {
    this.#dropKey();
    this.#keyAllowed = true;
    const { line } = this.#cursor;
    this.#add('scalar', { line, value: blockScalar(this.#cursor, literal, this.#indent) });
  }

  #plain(): void {
    let isBroken = false;
    this.#property('scalar', () => {
      const { value, broken } = plainScalar(this.#cursor, this.#indent, this.#inFlow);
      isBroken = broken;
      return { value, plain: true };
    });
    if (isBroken) this.#keyAllowed = true;
  }
}
