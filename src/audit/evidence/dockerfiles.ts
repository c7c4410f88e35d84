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

/** `key=value` pairs of LABEL, with quotes taken off; variables stay as they are written. */
function labelsOf(rest: string): [string, string][] {
  const pair = /("(?:[^"\\]|\\.)*"|[^\s=]+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/gu;
  const plain = (text: string): string =>
    text.startsWith("'") ? text.slice(1, -1) : text.replace(/^"(.*)"$/su, '$1').replace(/\\(.)/gu, '$1');
  return [...rest.matchAll(pair)].map(([, key = '', value = '']) => [plain(key), plain(value)]);
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
