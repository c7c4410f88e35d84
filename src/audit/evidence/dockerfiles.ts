import type { Collector } from './collector.ts';

const PATH = /(^|\/)(root|usr\/share)\/buildinfo\/Dockerfile[^/]*$/u;

/** Instructions of a Dockerfile with continued lines joined and comments gone; here-documents are not followed. */
function instructions(text: string): { name: string; rest: string }[] {
  const lines = text.split(/\r?\n/u).filter((line) => !/^\s*#/u.test(line));
  return lines
    .join('\n')
    .replace(/\\[ \t]*\n/gu, ' ')
    .split('\n')
    .map((line) => /^\s*([A-Za-z]+)\s+(.*\S)\s*$/u.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', rest = '']) => ({ name: name.toUpperCase(), rest }));
}

/** Words as the Dockerfile syntax splits them: quotes may stand anywhere in a word and are taken off, `\` escapes. */
function words(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\' && quote !== "'") word = (word ?? '') + text.charAt(++at);
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

/** Pairs of a LABEL instruction, `key=value …` or the old `key value`; variables stay as they are written. */
function labelsOf(rest: string): [string, string][] {
  const [first = '', ...others] = words(rest);
  if (!first.includes('=')) {
    const value = rest.slice(rest.search(/\s/u)).trimStart();
    return [[first, value.replace(/\\(.)/gu, '$1')]];
  }
  return [first, ...others].map((word): [string, string] => {
    const [key = '', ...value] = word.split('=');
    return [key, value.join('=')];
  });
}

export const dockerfileCollector: Collector<'dockerfiles'> = {
  sort: 'dockerfiles',
  limit: 1024 * 1024,
  wants: (path) => PATH.test(path),
  read(path, content) {
    const found = instructions(content.toString('utf8'));
    return [
      {
        path,
        from: found.filter(({ name }) => name === 'FROM').map(({ rest }) => rest),
        labels: Object.fromEntries(found.filter(({ name }) => name === 'LABEL').flatMap(({ rest }) => labelsOf(rest))),
      },
    ];
  },
};
