import { DEEPEST_JSON } from '../../../util/index.ts';
import { Refusal } from './cursor.ts';
import { Scanner, type Token, type TokenType } from './scanner.ts';

interface At {
  /** From 1. */
  readonly line: number;
}

export interface ScalarNode extends At {
  readonly kind: 'scalar';
  readonly value: string;
  /** Empty without one. */
  readonly tag: string;
  /** Plain without a tag, or with `!`: its text says what it is. */
  readonly implicit: boolean;
}

export interface AliasNode extends At {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: Node;
}

export interface ListNode extends At {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface MapNode extends At {
  readonly kind: 'map';
  readonly pairs: readonly (readonly [key: Node, value: Node])[];
}

export type Node = ScalarNode | AliasNode | ListNode | MapNode;

/** Texts, lists and mappings of one document: a hundred bytes each. The widest real list of objects at hand has 12,000. */
const MOST_NODES = 300_000;

/** What stands in front of a node. */
interface Properties {
  readonly line: number;
  readonly tag: string;
  readonly anchor: string;
}

const SPELLED: Readonly<Partial<Record<TokenType, string>>> = {
  'flow-sequence-end': ']',
  'flow-mapping-end': '}',
};

/**
 * Reads the nodes of a document from its tokens, as libyaml's parser does (YAML 1.1). Bounded: no deeper than
 * `DEEPEST_JSON`, no more nodes than `MOST_NODES`.
 */
class Parser {
  readonly #scanner: Scanner;
  readonly #handles = new Map<string, string>();
  readonly #anchors = new Map<string, Node>();
  #depth = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  /** `undefined` for a document without content. */
  document(): Node | undefined {
    if (this.#is('stream-end')) return undefined;
    const explicit = this.#directives();
    const isEmpty = explicit && this.#is('directive', 'document-start', 'document-end', 'stream-end');
    const node = isEmpty ? this.#empty(this.#peek.line) : this.#node({ block: true });
    while (this.#is('document-end')) this.#scanner.next();
    if (!this.#is('stream-end'))
      throw new Refusal(this.#peek.line, 'behind the end of its value stands something that nobody would read');
    return node;
  }

  get #peek(): Token {
    return this.#scanner.peek();
  }

  #is(...types: readonly TokenType[]): boolean {
    return types.includes(this.#peek.type);
  }

  #takes(type: TokenType): boolean {
    if (this.#peek.type !== type) return false;
    this.#scanner.next();
    return true;
  }

  /** Whether the document begins with `---`. */
  #directives(): boolean {
    let version = false;
    let some = false;
    for (let { directive, line } = this.#peek; directive !== undefined; { directive, line } = this.#peek) {
      if (directive.kind === 'tag') {
        if (this.#handles.has(directive.handle))
          throw new Refusal(line, `%TAG says twice what ${directive.handle} stands for`);
        this.#handles.set(directive.handle, directive.prefix);
      } else {
        if (version) throw new Refusal(line, '%YAML stands there twice');
        if (directive.version !== '1.1')
          throw new Refusal(line, `it is YAML ${directive.version}, and a cluster reads YAML 1.1`);
        version = true;
      }
      some = true;
      this.#scanner.next();
    }
    if (!this.#handles.has('!')) this.#handles.set('!', '!');
    if (!this.#handles.has('!!')) this.#handles.set('!!', 'tag:yaml.org,2002:');
    const started = this.#takes('document-start');
    if (some && !started) throw new Refusal(this.#peek.line, 'behind a directive a document begins with ---');
    return started;
  }

  #count(): void {
    this.#nodes++;
    if (this.#nodes > MOST_NODES)
      throw new Refusal(this.#peek.line, `it has more than ${MOST_NODES} values, and no more are read`);
  }

  #empty(line: number): ScalarNode {
    this.#count();
    return { kind: 'scalar', line, value: '', tag: '', implicit: true };
  }

  #properties(): Properties {
    const { line } = this.#peek;
    let tag = '';
    let anchor = '';
    for (let token = this.#peek; token.type === 'tag' || token.type === 'anchor'; token = this.#peek) {
      if (token.tag === undefined ? anchor !== '' : tag !== '') break;
      if (token.tag === undefined) anchor = token.value;
      else {
        const prefix = token.tag.handle === '' ? '' : this.#handles.get(token.tag.handle);
        if (prefix === undefined) throw new Refusal(line, `no %TAG says what ${token.tag.handle} stands for`);
        tag = prefix + token.tag.suffix;
      }
      this.#scanner.next();
    }
    return { line, tag, anchor };
  }

  /** `indentless`: items of a list may stand at the column of their key. */
  #node({ block, indentless = false }: { readonly block: boolean; readonly indentless?: boolean }): Node {
    if (this.#depth === DEEPEST_JSON)
      throw new Refusal(this.#peek.line, `it is nested deeper than ${DEEPEST_JSON} levels`);
    this.#count();
    const token = this.#peek;
    if (token.type === 'alias') return this.#alias();
    const properties = this.#properties();
    this.#depth++;
    const node = this.#content(properties, block, indentless);
    this.#depth--;
    return node;
  }

  #alias(): Node {
    const { value: name, line } = this.#scanner.next();
    const target = this.#anchors.get(name);
    if (target === undefined) throw new Refusal(line, `no anchor in front of *${name} has that name`);
    return { kind: 'alias', line, name, target };
  }

  #content(properties: Properties, block: boolean, indentless: boolean): Node {
    const { type } = this.#peek;
    const { line, tag, anchor } = properties;
    if (type === 'scalar') {
      const { value, plain } = this.#scanner.next();
      return this.#named(anchor, { kind: 'scalar', line, value, tag, implicit: tag === '!' || (tag === '' && plain) });
    }
    if (indentless && type === 'block-entry') return this.#list(properties, (items) => this.#indentless(items));
    if (type === 'flow-sequence-start') return this.#list(properties, (items) => this.#flowList(items));
    if (type === 'flow-mapping-start') return this.#map(properties, (pairs) => this.#flowMap(pairs));
    if (block && type === 'block-sequence-start') return this.#list(properties, (items) => this.#blockList(items));
    if (block && type === 'block-mapping-start') return this.#map(properties, (pairs) => this.#blockMap(pairs));
    if (tag !== '' || anchor !== '')
      return this.#named(anchor, { kind: 'scalar', line, value: '', tag, implicit: tag === '' });
    throw new Refusal(this.#peek.line, 'there is no value where one should stand');
  }

  /** A node has its name before its end, so that an alias within it can be told from one for nothing. */
  #named<T extends Node>(anchor: string, node: T): T {
    if (anchor !== '') this.#anchors.set(anchor, node);
    return node;
  }

  #list({ line, anchor }: Properties, read: (items: Node[]) => void): Node {
    const items: Node[] = [];
    const node = this.#named(anchor, { kind: 'list', line, items });
    read(items);
    return node;
  }

  #map({ line, anchor }: Properties, read: (pairs: (readonly [Node, Node])[]) => void): Node {
    const pairs: (readonly [Node, Node])[] = [];
    const node = this.#named(anchor, { kind: 'map', line, pairs });
    read(pairs);
    return node;
  }

  #blockList(items: Node[]): void {
    this.#scanner.next();
    while (!this.#takes('block-end')) {
      const { line } = this.#peek;
      if (!this.#takes('block-entry')) throw new Refusal(line, "there is no '-' where the next item should begin");
      items.push(this.#is('block-entry', 'block-end') ? this.#empty(line) : this.#node({ block: true }));
    }
  }

  #indentless(items: Node[]): void {
    for (let { line } = this.#peek; this.#takes('block-entry'); { line } = this.#peek) {
      const empty = this.#is('block-entry', 'key', 'value', 'block-end');
      items.push(empty ? this.#empty(line) : this.#node({ block: true }));
    }
  }

  #blockMap(pairs: (readonly [Node, Node])[]): void {
    this.#scanner.next();
    const part = (type: 'key' | 'value'): Node => {
      const { line } = this.#peek;
      if (!this.#takes(type) || this.#is('key', 'value', 'block-end')) return this.#empty(line);
      return this.#node({ block: true, indentless: true });
    };
    while (!this.#takes('block-end')) {
      if (!this.#is('key')) throw new Refusal(this.#peek.line, 'there is no key where the next one should begin');
      const key = part('key');
      pairs.push([key, part('value')]);
    }
  }

  /** The items or members between two brackets, each behind a comma. */
  #flow(end: TokenType, item: () => void): void {
    this.#scanner.next();
    for (let first = true; !this.#is(end); first = false) {
      if (!first && !this.#takes('flow-entry'))
        throw new Refusal(this.#peek.line, `there is no ',' or '${SPELLED[end]}' where one should stand`);
      if (!this.#is(end)) item();
    }
    this.#scanner.next();
  }

  #flowPart(type: 'key' | 'value', end: TokenType): Node {
    const { line } = this.#peek;
    if (!this.#takes(type)) return this.#empty(line);
    const ends: readonly TokenType[] = type === 'key' ? ['value', 'flow-entry', end] : ['flow-entry', end];
    return this.#is(...ends) ? this.#empty(line) : this.#node({ block: false });
  }

  #flowList(items: Node[]): void {
    const end = 'flow-sequence-end';
    this.#flow(end, () => {
      if (!this.#is('key')) {
        items.push(this.#node({ block: false }));
        return;
      }
      // A mapping of one pair: `[a: b]`.
      const { line } = this.#scanner.next();
      const isEmpty = this.#is('value', 'flow-entry', end);
      // libyaml loses the token behind a key without text, and a cluster with it.
      if (isEmpty) this.#scanner.next();
      const key = isEmpty ? this.#empty(line) : this.#node({ block: false });
      items.push({ kind: 'map', line, pairs: [[key, this.#flowPart('value', end)]] });
    });
  }

  #flowMap(pairs: (readonly [Node, Node])[]): void {
    const end = 'flow-mapping-end';
    this.#flow(end, () => {
      if (this.#is('key')) {
        const key = this.#flowPart('key', end);
        pairs.push([key, this.#flowPart('value', end)]);
      } else {
        const key = this.#node({ block: false });
        pairs.push([key, this.#empty(key.line)]);
      }
    });
  }
}

/** The nodes of a text that is one document. Throws a `Refusal`. */
export function parseNodes(text: string): Node | undefined {
  return new Parser(text).document();
}
