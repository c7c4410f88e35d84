import { goUnquote } from '../text/index.ts';
import { FUNCTIONS } from './functions.ts';
import { lexTemplate, refuseTemplate, type Token, type Word } from './lexer.ts';
import { numberIn } from './number.ts';
import { GoNumber, type Value } from './values.ts';

/** Go's text/template over JSON, as kubectl's `-o go-template` has it; no methods, no comparison of complex values. */
export interface GoTemplate {
  readonly nodes: readonly Node[];
  /** What `define` and `block` name. */
  readonly named: ReadonlyMap<string, readonly Node[]>;
}

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipeline: Pipeline }
  | {
      readonly type: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  /** Without a pipeline the template is given nothing. */
  | {
      readonly type: 'template';
      readonly name: string;
      readonly pipeline: Pipeline | undefined;
      readonly source: string;
    }
  | { readonly type: 'break' | 'continue' };

export interface Pipeline {
  /** Variables that are set; for `range`, index and value. */
  readonly set: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly (readonly Operand[])[];
  readonly source: string;
}

export type Operand =
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'field'; readonly path: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

class Parser {
  readonly named = new Map<string, readonly Node[]>();
  readonly #tokens: readonly Token[];
  #at = 0;
  #ranges = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Nodes up to `{{end}}` or `{{else}}`; which of them it was, and what follows the `else`. */
  nodes(inside: boolean): {
    readonly nodes: readonly Node[];
    readonly end: 'end' | 'else';
    readonly rest: readonly Word[];
  } {
    const nodes: Node[] = [];
    for (let token = this.#tokens[this.#at++]; token !== undefined; token = this.#tokens[this.#at++]) {
      if (token.type === 'text') {
        nodes.push(token);
        continue;
      }
      const { words, source } = token;
      const [first, ...rest] = words;
      const keyword = first?.type === 'name' ? first.text : '';
      switch (keyword) {
        case 'end':
        case 'else':
          if (!inside) throw refuseTemplate(`"${keyword}" without a beginning`, source);
          return { nodes, end: keyword, rest };
        case 'if':
        case 'with':
        case 'range':
          nodes.push(this.block(keyword, rest, source));
          break;
        case 'define':
          if (inside) throw refuseTemplate('"define" stands inside of something else', source);
          this.define(rest, source);
          break;
        case 'template':
        case 'block':
          nodes.push(this.call(keyword, rest, source));
          break;
        case 'break':
        case 'continue':
          if (this.#ranges === 0) throw refuseTemplate(`"${keyword}" outside of "range"`, source);
          if (rest.length > 0) throw refuseTemplate(`"${keyword}" takes nothing`, source);
          nodes.push({ type: keyword });
          break;
        default:
          nodes.push({ type: 'print', pipeline: pipeline(words, source) });
      }
    }
    if (inside) throw refuseTemplate('"end" is missing', '');
    return { nodes, end: 'end', rest: [] };
  }

  block(type: 'if' | 'with' | 'range', words: readonly Word[], source: string): Node {
    if (type === 'range') this.#ranges += 1;
    const body = this.nodes(true);
    if (type === 'range') this.#ranges -= 1;
    let otherwise: readonly Node[] = [];
    if (body.end === 'else') {
      const [next, ...rest] = body.rest;
      if (next === undefined) {
        const last = this.nodes(true);
        if (last.end === 'else') throw refuseTemplate('"else" twice', source);
        otherwise = last.nodes;
      } else if (next.type === 'name' && next.text === type && type !== 'range')
        otherwise = [this.block(type, rest, source)];
      else throw refuseTemplate(`"else ${next.text}" is not understood`, source);
    }
    return { type, pipeline: pipeline(words, source), body: body.nodes, otherwise };
  }

  /** `{{template "name" pipeline}}`; `{{block "name" pipeline}} … {{end}}` says what the template is, too. */
  call(type: 'template' | 'block', words: readonly Word[], source: string): Node {
    const [name, rest] = nameOf(words, source);
    if (type === 'block') {
      if (rest.length === 0) throw refuseTemplate('"block" lacks a value', source);
      this.#name(name, source);
    }
    return { type: 'template', name, pipeline: rest.length === 0 ? undefined : pipeline(rest, source), source };
  }

  define(words: readonly Word[], source: string): void {
    const [name, rest] = nameOf(words, source);
    if (rest.length > 0) throw refuseTemplate('"define" takes a name only', source);
    this.#name(name, source);
  }

  /** The body up to `{{end}}` is the template of this name: loops around it are none of its. */
  #name(name: string, source: string): void {
    const ranges = this.#ranges;
    this.#ranges = 0;
    const body = this.nodes(true);
    this.#ranges = ranges;
    if (body.end === 'else') throw refuseTemplate('"else" in what is no condition', source);
    const earlier = this.named.get(name);
    if (earlier !== undefined && !isEmpty(earlier)) {
      if (isEmpty(body.nodes)) return;
      throw refuseTemplate(`the template "${name}" is defined twice`, source);
    }
    this.named.set(name, body.nodes);
  }
}

function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.type === 'text' && node.text.trim() === '');
}

function nameOf([name, ...rest]: readonly Word[], source: string): readonly [string, readonly Word[]] {
  if (name?.type !== 'string') throw refuseTemplate('the name of the template is missing, in quotes', source);
  return [textOf(name, source), rest];
}

function textOf({ text }: Word, source: string): string {
  const unquoted = goUnquote(text);
  if (unquoted === undefined) throw refuseTemplate(`${text} has an escape that Go does not know`, source);
  return unquoted;
}

/** The code point of `'a'`. */
function characterOf(word: Word, source: string): Value {
  const [character = '', ...others] = textOf(word, source);
  if (others.length > 0) throw refuseTemplate(`${word.text} is more than one character`, source);
  return new GoNumber(character.codePointAt(0) ?? 0, 'int');
}

function pathOf(text: string): readonly string[] {
  return text.split('.').filter((part) => part !== '');
}

function pipeline(words: readonly Word[], source: string): Pipeline {
  const assign = words.findIndex(({ text, type }) => type === 'mark' && (text === ':=' || text === '='));
  const set = assign === -1 ? [] : words.slice(0, assign).filter(({ text }) => text !== ',');
  if (set.some(({ type }) => type !== 'variable') || set.length > 2)
    throw refuseTemplate('it sets what is no variable', source);
  const { commands, rest } = commandsOf(words.slice(assign + 1), source);
  if (rest.length > 0) throw refuseTemplate('a parenthesis closes nothing', source);
  return { set: set.map(({ text }) => text), declares: words[assign]?.text === ':=', commands, source };
}

/** Commands up to the closing parenthesis or the end. */
function commandsOf(
  words: readonly Word[],
  source: string,
): { readonly commands: readonly (readonly Operand[])[]; readonly rest: readonly Word[] } {
  const commands: Operand[][] = [[]];
  let rest = words;
  for (let [word] = rest; word !== undefined; [word] = rest) {
    rest = rest.slice(1);
    const command = commands.at(-1);
    if (word.type === 'mark' && word.text === ')') {
      rest = [word, ...rest];
      break;
    }
    if (word.type === 'mark' && word.text === '|') commands.push([]);
    else if (word.type === 'mark' && word.text === '(') {
      const inner = commandsOf(rest, source);
      if (inner.rest[0]?.text !== ')') throw refuseTemplate('a parenthesis is not closed', source);
      rest = inner.rest.slice(1);
      // `(index .list 0).name`: the field belongs to what the parenthesis gives.
      const [field] = rest;
      const path = field?.type === 'field' && field.glued ? pathOf(field.text) : [];
      if (path.length > 0) rest = rest.slice(1);
      command?.push({
        type: 'pipeline',
        pipeline: { set: [], declares: false, commands: inner.commands, source },
        path,
      });
    } else command?.push(operandOf(word, source));
  }
  if (commands.some((command) => command.length === 0)) throw refuseTemplate('a command is missing', source);
  if (commands.some(([first]) => first?.type === 'value' && first.value === null))
    throw refuseTemplate('nil is no command', source);
  return { commands, rest };
}

function operandOf(word: Word, source: string): Operand {
  const { type, text } = word;
  switch (type) {
    case 'string':
      return { type: 'value', value: textOf(word, source) };
    case 'character':
      return { type: 'value', value: characterOf(word, source) };
    case 'number': {
      const value = numberIn(text);
      if (value === undefined) throw refuseTemplate(`"${text}" is no number that fits`, source);
      return { type: 'value', value };
    }
    case 'field':
      return { type: 'field', path: pathOf(text) };
    case 'variable': {
      const [name = '$', ...path] = text.split('.');
      return { type: 'variable', name, path };
    }
    case 'name':
      if (text === 'true' || text === 'false') return { type: 'value', value: text === 'true' };
      if (text === 'nil') return { type: 'value', value: null };
      if (!FUNCTIONS.has(text)) throw refuseTemplate(`there is no function "${text}"`, source);
      return { type: 'call', name: text };
    default:
      throw refuseTemplate(`"${text}" is not understood`, source);
  }
}

/** Reads a template. Throws `PAYLOAD_TEMPLATE_INVALID` with the action that is not understood. */
export function parseGoTemplate(text: string): GoTemplate {
  const parser = new Parser(lexTemplate(text));
  const { nodes } = parser.nodes(false);
  return { nodes, named: parser.named };
}
