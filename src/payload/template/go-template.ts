import { isObject } from '../manifest/parse.ts';
import type { JsonValue } from '../manifest/types.ts';
import { FUNCTIONS, isTrue, printValue } from './functions.ts';
import { unquote } from './jsonpath.ts';
import { lexTemplate, refuseTemplate, type Token, type Word } from './lexer.ts';

/** Go's text/template over JSON, as far as kubectl's `-o go-template` is used with it; no `define`, no methods. */
export type GoTemplate = readonly Node[];

type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipeline: Pipeline }
  | {
      readonly type: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: GoTemplate;
      readonly otherwise: GoTemplate;
    };

interface Pipeline {
  /** Variables that are set; for `range`, index and value. */
  readonly set: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly (readonly Operand[])[];
  readonly source: string;
}

type Operand =
  | { readonly type: 'value'; readonly value: JsonValue }
  | { readonly type: 'field'; readonly path: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[] }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline; readonly path: readonly string[] };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Nodes up to `{{end}}` or `{{else}}`; which of them it was, and what follows the `else`. */
  nodes(inside: boolean): { readonly nodes: GoTemplate; readonly end: 'end' | 'else'; readonly rest: readonly Word[] } {
    const nodes: Node[] = [];
    for (let token = this.#tokens[this.#at++]; token !== undefined; token = this.#tokens[this.#at++]) {
      if (token.type === 'text') {
        nodes.push(token);
        continue;
      }
      const { words, source } = token;
      const [first, ...rest] = words;
      const keyword = first?.type === 'name' ? first.text : '';
      if (keyword === 'end' || keyword === 'else') {
        if (!inside) throw refuseTemplate(`"${keyword}" without a beginning`, source);
        return { nodes, end: keyword, rest };
      }
      if (keyword === 'if' || keyword === 'with' || keyword === 'range') nodes.push(this.block(keyword, rest, source));
      else if (['define', 'template', 'block', 'break', 'continue'].includes(keyword))
        throw refuseTemplate(`"${keyword}" is not supported`, source);
      else nodes.push({ type: 'print', pipeline: pipeline(words, source) });
    }
    if (inside) throw refuseTemplate('"end" is missing', '');
    return { nodes, end: 'end', rest: [] };
  }

  block(type: 'if' | 'with' | 'range', words: readonly Word[], source: string): Node {
    const body = this.nodes(true);
    let otherwise: GoTemplate = [];
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
  return { commands, rest };
}

function operandOf({ type, text }: Word, source: string): Operand {
  switch (type) {
    case 'string':
      return { type: 'value', value: text.startsWith('`') ? text.slice(1, -1) : unquote(text) };
    case 'number':
      return { type: 'value', value: Number(text) };
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
  return new Parser(lexTemplate(text)).nodes(false).nodes;
}

type Value = JsonValue | undefined;
type Scope = Map<string, Value>[];

function walk(value: Value, path: readonly string[], source: string): Value {
  let current = value;
  for (const name of path) {
    if (current === undefined || current === null) throw refuseTemplate(`there is no .${name} of nothing`, source);
    if (!isObject(current)) throw refuseTemplate(`there is no .${name} in what is no object`, source);
    current = Object.hasOwn(current, name) ? current[name] : undefined;
  }
  return current;
}

function lookUp(scope: Scope, name: string, source: string): Map<string, Value> {
  const found = scope.findLast((variables) => variables.has(name));
  if (found === undefined) throw refuseTemplate(`there is no variable ${name}`, source);
  return found;
}

function evaluateOperand(operand: Operand, dot: Value, scope: Scope, source: string): Value {
  switch (operand.type) {
    case 'value':
      return operand.value;
    case 'field':
      return walk(dot, operand.path, source);
    case 'variable':
      return walk(lookUp(scope, operand.name, source).get(operand.name), operand.path, source);
    case 'pipeline':
      return walk(evaluate(operand.pipeline, dot, scope), operand.path, source);
    case 'call':
      return call(operand.name, [], source);
  }
}

function call(name: string, values: readonly Value[], source: string): Value {
  const result = FUNCTIONS.get(name)?.(values);
  if (result !== undefined && 'error' in result) throw refuseTemplate(`${name}: ${result.error}`, source);
  return result?.value;
}

/** The value of a pipeline; each command's is the last argument of the next. */
function evaluate({ commands, source }: Pipeline, dot: Value, scope: Scope): Value {
  let value: Value;
  for (const [index, command] of commands.entries()) {
    const [first, ...others] = command;
    if (first === undefined) continue;
    const values = others.map((operand) => evaluateOperand(operand, dot, scope, source));
    if (first.type === 'call') value = call(first.name, index === 0 ? values : [...values, value], source);
    else if (values.length > 0 || index > 0) throw refuseTemplate('what is no function is given arguments', source);
    else value = evaluateOperand(first, dot, scope, source);
  }
  return value;
}

function entriesOf(value: Value, source: string): readonly (readonly [JsonValue, JsonValue])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item: JsonValue, index) => [index, item] as const);
  if (isObject(value))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key] ?? null] as const);
  throw refuseTemplate('it ranges over what is no list', source);
}

function assign({ set, declares, source }: Pipeline, values: readonly Value[], scope: Scope): void {
  for (const [index, name] of set.entries()) {
    const variables = declares ? scope.at(-1) : lookUp(scope, name, source);
    variables?.set(name, values[index]);
  }
}

function render(nodes: GoTemplate, dot: Value, scope: Scope): string {
  let text = '';
  for (const node of nodes) {
    if (node.type === 'text') {
      text += node.text;
      continue;
    }
    const { pipeline: source } = node;
    const value = evaluate(source, dot, scope);
    if (node.type === 'print') {
      if (source.set.length === 0) text += printValue(value);
      else assign(source, [value], scope);
      continue;
    }
    if (node.type === 'range') {
      const entries = entriesOf(value, source.source);
      for (const [key, item] of entries) {
        const inner: Scope = [...scope, new Map()];
        assign(source, source.set.length === 2 ? [key, item] : [item], inner);
        text += render(node.body, item, inner);
      }
      if (entries.length === 0) text += render(node.otherwise, dot, [...scope, new Map()]);
      continue;
    }
    const inner: Scope = [...scope, new Map()];
    assign(source, [value], inner);
    if (isTrue(value)) text += render(node.body, node.type === 'with' ? value : dot, inner);
    else text += render(node.otherwise, dot, inner);
  }
  return text;
}

/** The text of a template over a value. Throws `PAYLOAD_TEMPLATE_INVALID` where the value has not what it asks for. */
export function renderGoTemplate(template: GoTemplate, value: JsonValue): string {
  return render(template, value, [new Map<string, Value>([['$', value]])]);
}
