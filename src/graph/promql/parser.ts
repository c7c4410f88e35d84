import { SlipwayError } from '../../util/index.ts';
import { AGGREGATES, type Expression, FUNCTIONS, type LabelMatcher, type Matching } from './syntax.ts';

interface Token {
  readonly type: 'number' | 'string' | 'word' | 'duration' | 'sign' | 'end';
  readonly text: string;
}

const TOKEN =
  /\s+|#[^\n]*|(?<duration>\[[0-9smhdwy: ]+\])|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)|(?<word>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?<sign>[=!]~|[!=<>]=|[-+*/%^<>=(){},])/gy;

function fail(query: string, what: string): SlipwayError {
  return new SlipwayError('GRAPH_PROMQL', `the query cannot be read: ${what}.`, {
    place: { field: query.slice(0, 80) },
  });
}

function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    if (match === null) throw fail(query, `"${query.slice(at, at + 10)}" is no part of PromQL`);
    const [type, text] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (text !== undefined && isTokenType(type)) tokens.push({ type, text });
  }
  return [...tokens, { type: 'end', text: '' }];
}

function isTokenType(type: string | undefined): type is Token['type'] {
  return type === 'number' || type === 'string' || type === 'word' || type === 'duration' || type === 'sign';
}

/** Lowest first (Prometheus documentation, § Binary operator precedence). */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<=', '<', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/**
 * Parses the PromQL of a risk: selectors, ranges, aggregations, vector matching, `label_replace` and the
 * `…_over_time` functions. Throws `GRAPH_PROMQL` for anything else: what cannot be read is not guessed.
 */
export function parsePromql(query: string): Expression {
  const tokens = tokenize(query);
  let position = 0;
  const peek = (): Token => tokens[position] ?? { type: 'end', text: '' };
  const next = (): Token => {
    const token = peek();
    position++;
    return token;
  };
  const accept = (text: string): boolean => {
    if (peek().text !== text || peek().type === 'string') return false;
    position++;
    return true;
  };
  const expect = (text: string): void => {
    if (!accept(text)) throw fail(query, `"${text}" is expected where "${peek().text}" stands`);
  };

  const list = <T>(item: () => T): T[] => {
    expect('(');
    const items: T[] = [];
    while (!accept(')')) {
      items.push(item());
      if (peek().text !== ')') expect(',');
    }
    return items;
  };
  const word = (): string => {
    const token = next();
    if (token.type !== 'word') throw fail(query, `a name is expected where "${token.text}" stands`);
    return token.text;
  };

  const matching = (): Matching => {
    let on: readonly string[] | undefined;
    let ignoring: readonly string[] = [];
    let group: Matching['group'];
    let include: readonly string[] = [];
    if (accept('on')) on = list(word);
    else if (accept('ignoring')) ignoring = list(word);
    if (peek().text === 'group_left' || peek().text === 'group_right') {
      group = next().text === 'group_left' ? 'left' : 'right';
      // a parenthesis may also be the operand that follows
      if (peek().text === '(' && isLabelList(position)) include = list(word);
    }
    return { on, ignoring, group, include };
  };
  const isLabelList = (start: number): boolean => {
    let at = start + 1;
    while (tokens[at]?.type === 'word' && /^[,)]$/.test(tokens[at + 1]?.text ?? '')) {
      if (tokens[at + 1]?.text === ')') return tokens[at + 2]?.type !== 'duration';
      at += 2;
    }
    return tokens[at]?.text === ')';
  };

  const binary = (level: number): Expression => {
    const operators = LEVELS[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    while (operators.includes(peek().text) && peek().type !== 'string') {
      const operator = next().text;
      const bool = accept('bool');
      const how = matching();
      left = { type: 'binary', operator, bool, matching: how, left, right: binary(level + 1) };
    }
    return left;
  };
  const unary = (): Expression => {
    if (accept('+')) return unary();
    if (!accept('-')) return primary();
    const right = unary();
    return right.type === 'number' ? { type: 'number', value: -right.value } : negative(right);
  };
  const primary = (): Expression => {
    const token = next();
    if (token.type === 'number') return { type: 'number', value: Number(token.text) };
    if (token.type === 'string') return { type: 'string', value: unquote(token.text) };
    if (token.text === '(' && token.type === 'sign') {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    if (token.type === 'word' && AGGREGATES.includes(token.text)) return aggregate(token.text);
    if (token.type === 'word' && peek().text === '(') {
      if (!FUNCTIONS.includes(token.text)) throw fail(query, `the function ${token.text} is not known here`);
      return { type: 'call', name: token.text, args: list(() => binary(0)) };
    }
    if (token.type === 'word' || token.text === '{') {
      if (token.text === '{') position--;
      return selector(token.text === '{' ? '' : token.text);
    }
    throw fail(query, `"${token.text}" is not expected`);
  };
  const aggregate = (name: string): Expression => {
    const grouping = (): { labels: readonly string[]; without: boolean } | undefined => {
      if (accept('by')) return { labels: list(word), without: false };
      return accept('without') ? { labels: list(word), without: true } : undefined;
    };
    const before = grouping();
    const args = list(() => binary(0));
    const how = before ?? grouping() ?? { labels: [], without: false };
    return { type: 'aggregate', name, ...how, args };
  };
  const selector = (metric: string): Expression => {
    const matchers: LabelMatcher[] = [];
    if (accept('{')) {
      while (!accept('}')) {
        const label = word();
        const operator = next().text;
        const value = next();
        if (!isMatcher(operator) || value.type !== 'string') throw fail(query, `"${operator}" is no label matcher`);
        matchers.push({ label, operator, value: unquote(value.text) });
        if (peek().text !== '}') expect(',');
      }
    }
    if (peek().type === 'duration') next();
    return { type: 'selector', metric, matchers };
  };

  const expression = binary(0);
  if (peek().type !== 'end') throw fail(query, `"${peek().text}" is left over`);
  return expression;
}

function negative(operand: Expression): Expression {
  const matching: Matching = { on: undefined, ignoring: [], group: undefined, include: [] };
  return { type: 'binary', operator: '*', bool: false, matching, left: { type: 'number', value: -1 }, right: operand };
}

function isMatcher(text: string): text is LabelMatcher['operator'] {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}

function unquote(text: string): string {
  const inner = text.slice(1, -1);
  return text.startsWith('`')
    ? inner
    : inner.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t' })[char] ?? char);
}
