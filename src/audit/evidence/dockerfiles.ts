import type { Collector } from './collector.ts';

const PATH = /(^|\/)(root|usr\/share)\/buildinfo\/Dockerfile[^/]*$/u;

/** Instructions of a Dockerfile with continued lines joined and comments gone; here-documents are not followed. */
function instructions(text: string): { name: string; rest: string }[] {
  const lines = text.split(/\r?\n/u).filter((line) => !/^\s*#/u.test(line));
  return lines
    .join('\n')
    .replace(/\\[ \t]*\n/gu, '')
    .split('\n')
    .map((line) => /^\s*([A-Za-z]+)\s+(.*\S)\s*$/u.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', rest = '']) => ({ name: name.toUpperCase(), rest }));
}

type Variables = ReadonlyMap<string, string>;

/**
 * Words as the Dockerfile syntax splits them: quotes may stand anywhere in a word and are taken off, `\` escapes,
 * `$NAME` and `${NAME}` are replaced where the file itself sets them.
 */
function words(text: string, variables: Variables): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const variable = char === '$' && quote !== "'" ? /^\$(?:(\w+)|\{(\w+)\})/u.exec(text.slice(at)) : null;
    if (variable) {
      word = (word ?? '') + (variables.get(variable[1] ?? variable[2] ?? '') ?? variable[0]);
      at += variable[0].length - 1;
    } else if (char === '\\' && quote !== "'") word = (word ?? '') + text.charAt(++at);
    else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === '' && /\s/u.test(char)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  return word === undefined ? found : [...found, word];
}

/** Pairs of LABEL, ENV or ARG: `key=value …` or the old `key value`. */
function pairsOf(rest: string, variables: Variables): [string, string][] {
  const [first = '', ...others] = words(rest, variables);
  if (!first.includes('=')) {
    const space = rest.search(/\s/u);
    const value = space < 0 ? '' : rest.slice(space).trimStart();
    return [[first, value.replace(/\\(.)/gu, '$1')]];
  }
  return [first, ...others].map((word): [string, string] => {
    const [key = '', ...value] = word.split('=');
    return [key, value.join('=')];
  });
}

function labelsOf(found: readonly { name: string; rest: string }[]): Record<string, string> {
  const variables = new Map<string, string>();
  const labels = new Map<string, string>();
  for (const { name, rest } of found) {
    if (name !== 'ENV' && name !== 'ARG' && name !== 'LABEL') continue;
    for (const [key, value] of pairsOf(rest, variables)) (name === 'LABEL' ? labels : variables).set(key, value);
  }
  return Object.fromEntries(labels);
}

export const dockerfileCollector: Collector<'dockerfiles'> = {
  sort: 'dockerfiles',
  limit: 1024 * 1024,
  wants: (path) => PATH.test(path),
  read(path, content) {
    const found = instructions(content.toString('utf8'));
    return [
      { path, from: found.filter(({ name }) => name === 'FROM').map(({ rest }) => rest), labels: labelsOf(found) },
    ];
  },
};
