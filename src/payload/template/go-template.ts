import type { JsonValue } from '../text/index.ts';
import { callFunction, isTrue, printValue } from './functions.ts';
import type { GoTemplate, Node, Operand, Pipeline } from './go-parse.ts';
import { refuseTemplate } from './lexer.ts';
import { GoNumber, isMap, keysOf, kindOf, memberOf, numberOf, type Value } from './values.ts';

export { type GoTemplate, parseGoTemplate } from './go-parse.ts';

/** Turns of one loop over a number; a list of JSON has less. */
const MOST_TURNS = 1_000_000;

/** Templates in templates; Go stops at 100,000, which no output needs. */
const DEEPEST = 500;

type Scope = Map<string, Value>[];

function walk(value: Value, path: readonly string[], source: string): Value {
  let current = value;
  for (const name of path) {
    // Of what is not there nothing is there either; of a null, Go refuses to take anything.
    if (current === undefined) return undefined;
    if (current === null) throw refuseTemplate(`there is no .${name} of nothing`, source);
    if (!isMap(current)) throw refuseTemplate(`there is no .${name} in what is no object`, source);
    current = memberOf(current, name);
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
  const result = callFunction(name, values);
  if ('error' in result) throw refuseTemplate(`${name}: ${result.error}`, source);
  return result.value;
}

/** `and` and `or` end with the argument that decides; what stands behind it is not looked at. */
function decided(
  name: 'and' | 'or',
  operands: readonly Operand[],
  last: readonly Value[],
  look: (operand: Operand) => Value,
): Value {
  let value: Value;
  for (const operand of [...operands.map((operand) => () => look(operand)), ...last.map((value) => () => value)]) {
    value = operand();
    if (isTrue(value) === (name === 'or')) break;
  }
  return value;
}

/** The value of a pipeline; each command's is the last argument of the next. */
function evaluate({ commands, source }: Pipeline, dot: Value, scope: Scope): Value {
  let value: Value;
  for (const [index, command] of commands.entries()) {
    const [first, ...others] = command;
    if (first === undefined) continue;
    const last = index === 0 ? [] : [value];
    const look = (operand: Operand): Value => evaluateOperand(operand, dot, scope, source);
    if (first.type === 'call' && (first.name === 'and' || first.name === 'or') && others.length + last.length > 0)
      value = decided(first.name, others, last, look);
    else if (first.type === 'call') value = call(first.name, [...others.map(look), ...last], source);
    else if (others.length > 0 || index > 0) throw refuseTemplate('what is no function is given arguments', source);
    else value = evaluateOperand(first, dot, scope, source);
  }
  return value;
}

/** What a loop goes over; the first of a pair is its index or key, which a number has not. */
function entriesOf(value: Value, source: string): readonly (readonly [Value, Value])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item: JsonValue, index) => [new GoNumber(index, 'int'), item] as const);
  if (isMap(value)) return keysOf(value).map((key) => [key, memberOf(value, key)] as const);
  if (kindOf(value) === 'int') {
    const turns = Math.max(0, numberOf(value) ?? 0);
    if (turns > MOST_TURNS) throw refuseTemplate(`it ranges over ${turns}, more than ${MOST_TURNS} turns`, source);
    const type = value instanceof GoNumber;
    return Array.from({ length: turns }, (_, turn) => [undefined, type ? new GoNumber(turn, 'int') : turn] as const);
  }
  throw refuseTemplate('it ranges over what is no list', source);
}

function assign({ set, declares, source }: Pipeline, values: readonly Value[], scope: Scope): void {
  for (const [index, name] of set.entries()) {
    const variables = declares ? scope.at(-1) : lookUp(scope, name, source);
    variables?.set(name, values[index]);
  }
}

/** Where rendering is, and what it has made. */
interface Run {
  readonly named: GoTemplate['named'];
  readonly depth: number;
  readonly out: string[];
}

/** Renders nodes; `break` and `continue` end them early, and are the loop's matter. */
function render(nodes: readonly Node[], dot: Value, scope: Scope, run: Run): 'break' | 'continue' | undefined {
  for (const node of nodes) {
    const left = renderNode(node, dot, scope, run);
    if (left !== undefined) return left;
  }
  return undefined;
}

function renderNode(node: Node, dot: Value, scope: Scope, run: Run): 'break' | 'continue' | undefined {
  switch (node.type) {
    case 'text':
      run.out.push(node.text);
      return undefined;
    case 'break':
    case 'continue':
      return node.type;
    case 'template':
      renderNamed(node, dot, scope, run);
      return undefined;
    case 'range':
      return renderRange(node, dot, scope, run);
    case 'print': {
      const value = evaluate(node.pipeline, dot, scope);
      if (node.pipeline.set.length === 0) run.out.push(printValue(value));
      else assign(node.pipeline, [value], scope);
      return undefined;
    }
    default: {
      const value = evaluate(node.pipeline, dot, scope);
      const inner: Scope = [...scope, new Map()];
      assign(node.pipeline, [value], inner);
      return isTrue(value)
        ? render(node.body, node.type === 'with' ? value : dot, inner, run)
        : render(node.otherwise, dot, inner, run);
    }
  }
}

function renderRange(
  { pipeline, body, otherwise }: Extract<Node, { type: 'if' | 'with' | 'range' }>,
  dot: Value,
  scope: Scope,
  run: Run,
): 'break' | 'continue' | undefined {
  const value = evaluate(pipeline, dot, scope);
  if (pipeline.set.length === 2 && kindOf(value) === 'int')
    throw refuseTemplate('a loop over a number has one variable', pipeline.source);
  const entries = entriesOf(value, pipeline.source);
  for (const [key, item] of entries) {
    const inner: Scope = [...scope, new Map()];
    assign(pipeline, pipeline.set.length === 2 ? [key, item] : [item], inner);
    if (render(body, item, inner, run) === 'break') break;
  }
  return entries.length === 0 ? render(otherwise, dot, [...scope, new Map()], run) : undefined;
}

/** A named template sees what it is given, and no variable of who calls it. */
function renderNamed(
  { name, pipeline, source }: Extract<Node, { type: 'template' }>,
  dot: Value,
  scope: Scope,
  run: Run,
): void {
  const nodes = run.named.get(name);
  if (nodes === undefined) throw refuseTemplate(`the template "${name}" is not defined`, source);
  if (run.depth >= DEEPEST) throw refuseTemplate(`templates are in templates, more than ${DEEPEST} times`, source);
  const value = pipeline === undefined ? undefined : evaluate(pipeline, dot, scope);
  render(nodes, value, [new Map<string, Value>([['$', value]])], { ...run, depth: run.depth + 1 });
}

/** The text of a template over a value. Throws `PAYLOAD_TEMPLATE_INVALID` where the value has not what it asks for. */
export function renderGoTemplate({ nodes, named }: GoTemplate, value: JsonValue): string {
  const out: string[] = [];
  render(nodes, value, [new Map<string, Value>([['$', value]])], { named, depth: 0, out });
  return out.join('');
}
