import { SlipwayError } from '../../util/index.ts';
import { compileRegex } from '../regex/index.ts';
import { parsePromql } from './parser.ts';
import type { Expression, LabelMatcher, Matching } from './syntax.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The series that facts about a cluster stand for: all of a metric that fit these matchers, or undefined where the
 * facts do not say (which is not the same as none).
 */
export type Series = (metric: string, matchers: readonly LabelMatcher[]) => readonly Sample[] | undefined;

/** What the query of a risk says of a cluster. */
export type QueryOutcome =
  | { readonly state: 'matches' | 'clear'; readonly labels: Readonly<Record<string, string>> }
  | { readonly state: 'unknown'; readonly reason: string };

type Value = number | readonly Sample[];

/** Facts do not say something that the query needs. */
class Unknown extends Error {}

/**
 * Evaluates a risk's query as the Cluster Version Operator reads its result: one sample, 1 matches, 0 does not, all
 * else is unknown (update-graph § 6.1). Never guesses: a metric that the facts do not cover makes it unknown.
 */
export function evaluateQuery(query: string, series: Series): QueryOutcome {
  let value: Value;
  try {
    value = evaluate(parsePromql(query), series);
  } catch (error) {
    if (error instanceof Unknown || (error instanceof SlipwayError && error.code.startsWith('GRAPH_')))
      return { state: 'unknown', reason: error.message };
    throw error;
  }
  const samples = typeof value === 'number' ? [{ labels: {}, value }] : value;
  const [only] = samples;
  if (only === undefined || samples.length > 1)
    return { state: 'unknown', reason: `the query gives ${samples.length} samples instead of one.` };
  if (only.value === 1) return { state: 'matches', labels: only.labels };
  if (only.value === 0) return { state: 'clear', labels: only.labels };
  return { state: 'unknown', reason: `the query gives ${only.value} instead of 0 or 1.` };
}

function evaluate(expression: Expression, series: Series): Value {
  switch (expression.type) {
    case 'number':
      return expression.value;
    case 'string':
      throw new Unknown('a text stands where a value is expected.');
    case 'selector':
      return select(expression.metric, expression.matchers, series);
    case 'call':
      return call(expression.name, expression.args, series);
    case 'aggregate':
      return aggregate(expression, series);
    case 'binary': {
      const [left, right] = [evaluate(expression.left, series), evaluate(expression.right, series)];
      return combine(expression.operator, left, right, expression.matching, expression.bool);
    }
  }
}

function select(metric: string, matchers: readonly LabelMatcher[], series: Series): readonly Sample[] {
  const samples = series(metric, matchers);
  if (samples === undefined) throw new Unknown(`the facts do not cover ${metric}.`);
  return samples.filter(({ labels }) => matchers.every((matcher) => matches(matcher, labels)));
}

/** A label that is not there is an empty text. */
export function matches({ label, operator, value }: LabelMatcher, labels: Readonly<Record<string, string>>): boolean {
  const actual = labels[label] ?? '';
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return compileRegex(`^(?:${value})$`)(actual);
    case '!~':
      return !compileRegex(`^(?:${value})$`)(actual);
  }
}

function samplesOf(value: Value): readonly Sample[] {
  if (typeof value === 'number') throw new Unknown('a number stands where a vector is expected.');
  return value;
}

function textOf(expression: Expression | undefined): string {
  if (expression?.type !== 'string') throw new Unknown('a text is expected.');
  return expression.value;
}

function call(name: string, args: readonly Expression[], series: Series): Value {
  const [first] = args;
  if (first === undefined) throw new Unknown(`${name} has no argument.`);
  if (name === 'vector') {
    const value = evaluate(first, series);
    if (typeof value !== 'number') throw new Unknown('vector() wants a number.');
    return [{ labels: {}, value }];
  }
  const samples = samplesOf(evaluate(first, series));
  if (name === 'absent') return samples.length === 0 ? [{ labels: {}, value: 1 }] : [];
  // facts are of one moment, which stands for the range
  if (name !== 'label_replace') return samples;
  const [target, replacement, source, pattern] = args.slice(1).map(textOf) as [string, string, string, string];
  const fits = compileRegex(`^(?:${pattern})$`);
  if (/\$[0-9{]/.test(replacement)) throw new Unknown('label_replace with capture groups is not evaluated.');
  return samples.map((sample) =>
    fits(sample.labels[source] ?? '') ? { ...sample, labels: { ...sample.labels, [target]: replacement } } : sample,
  );
}

function aggregate(
  { name, labels, without, args }: Extract<Expression, { type: 'aggregate' }>,
  series: Series,
): readonly Sample[] {
  const operand = args.at(-1);
  if (operand === undefined) throw new Unknown(`${name} has no argument.`);
  const samples = samplesOf(evaluate(operand, series));
  const kept = (sample: Sample): Record<string, string> =>
    Object.fromEntries(Object.entries(sample.labels).filter(([label]) => labels.includes(label) !== without));
  const groups = Map.groupBy(samples, (sample) => keyOf(kept(sample)));
  if (name === 'topk' || name === 'bottomk') {
    const [count] = args;
    const limit = count === undefined ? undefined : evaluate(count, series);
    if (typeof limit !== 'number') throw new Unknown(`${name} wants a number.`);
    const sign = name === 'topk' ? -1 : 1;
    return [...groups.values()].flatMap((list) => list.toSorted((a, b) => sign * (a.value - b.value)).slice(0, limit));
  }
  return [...groups.values()].map((list) => {
    const [first] = list;
    return {
      labels: first === undefined ? {} : kept(first),
      value: fold(
        name,
        list.map(({ value }) => value),
      ),
    };
  });
}

function fold(name: string, values: readonly number[]): number {
  switch (name) {
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'count':
      return values.length;
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'avg':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    default:
      return 1; // group
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(),
  );
}

function matchingKey(labels: Readonly<Record<string, string>>, { on, ignoring }: Matching): string {
  return keyOf(
    Object.fromEntries(
      Object.entries(labels).filter(([label]) => (on === undefined ? !ignoring.includes(label) : on.includes(label))),
    ),
  );
}

function combine(operator: string, left: Value, right: Value, matching: Matching, bool: boolean): Value {
  if (operator === 'or' || operator === 'and' || operator === 'unless')
    return combineSets(operator, samplesOf(left), samplesOf(right), matching);
  if (typeof left === 'number' && typeof right === 'number') return arithmetic(operator, left, right) ?? 0;
  if (typeof left === 'number' || typeof right === 'number') {
    const vector = samplesOf(typeof left === 'number' ? right : left);
    return vector.flatMap((sample): Sample[] => {
      const [a, b] = [typeof left === 'number' ? left : sample.value, typeof right === 'number' ? right : sample.value];
      const value = arithmetic(operator, a, b);
      return result(operator, sample, value, bool);
    });
  }
  return combineVectors(operator, left, right, matching, bool);
}

/** A comparison keeps the sample it holds for; an arithmetic operator gives its result. */
function result(operator: string, sample: Sample, value: number | undefined, bool: boolean): Sample[] {
  const compares = COMPARE.has(operator);
  if (compares && !bool) return value === 1 ? [sample] : [];
  return value === undefined ? [] : [{ labels: sample.labels, value }];
}

const COMPARE = new Set(['==', '!=', '<', '<=', '>', '>=']);

function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    default:
      return undefined;
  }
}

function combineSets(
  operator: string,
  left: readonly Sample[],
  right: readonly Sample[],
  matching: Matching,
): Sample[] {
  const keys = (list: readonly Sample[]): Set<string> =>
    new Set(list.map(({ labels }) => matchingKey(labels, matching)));
  const [inLeft, inRight] = [keys(left), keys(right)];
  if (operator === 'or') return [...left, ...right.filter(({ labels }) => !inLeft.has(matchingKey(labels, matching)))];
  return left.filter(({ labels }) => inRight.has(matchingKey(labels, matching)) === (operator === 'and'));
}

function combineVectors(
  operator: string,
  left: readonly Sample[],
  right: readonly Sample[],
  matching: Matching,
  bool: boolean,
): Sample[] {
  const [many, one] = matching.group === 'right' ? [right, left] : [left, right];
  const partners = Map.groupBy(one, ({ labels }) => matchingKey(labels, matching));
  const seen = new Set<string>();
  return many.flatMap((sample): Sample[] => {
    const key = matchingKey(sample.labels, matching);
    const [partner, ...others] = partners.get(key) ?? [];
    if (partner === undefined) return [];
    if (others.length > 0 || (matching.group === undefined && seen.has(key)))
      throw new Unknown('many samples match on one side of an operator, which Prometheus refuses.');
    seen.add(key);
    const [a, b] = matching.group === 'right' ? [partner.value, sample.value] : [sample.value, partner.value];
    const included = Object.fromEntries(
      matching.include.flatMap((label) => {
        const value = partner.labels[label];
        return value === undefined ? [] : [[label, value] as const];
      }),
    );
    const kept =
      matching.group === undefined && matching.on !== undefined
        ? Object.fromEntries(Object.entries(sample.labels).filter(([label]) => matching.on?.includes(label)))
        : sample.labels;
    return result(
      operator,
      { labels: { ...kept, ...included }, value: sample.value },
      arithmetic(operator, a, b),
      bool,
    );
  });
}
