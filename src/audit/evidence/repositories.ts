import type { RepositoryFacts } from '../model/index.ts';
import type { Collector } from './collector.ts';

interface Section {
  readonly id: string;
  readonly values: Map<string, string>;
}

/** Sections of an ini file as dnf reads it: `#` and `;` start comments, an indented line continues the value before. */
function sections(text: string): Section[] {
  const found: Section[] = [];
  let key: string | undefined;
  for (const line of text.split(/\r?\n/u)) {
    if (line.trim() === '' || /^[#;]/u.test(line)) continue;
    const current = found.at(-1);
    const header = /^\[([^\]]+)\]/u.exec(line);
    if (header) {
      found.push({ id: header[1] ?? '', values: new Map() });
      key = undefined;
    } else if (/^\s/u.test(line) && current && key !== undefined) {
      current.values.set(key, `${current.values.get(key) ?? ''} ${line.trim()}`);
    } else if (current) {
      const [name = '', ...rest] = line.split('=');
      key = name.trim().toLowerCase();
      current.values.set(key, rest.join('=').trim());
    }
  }
  return found;
}

const off = (value: string | undefined): boolean => value !== undefined && /^(0|no|false|off)$/iu.test(value);

export const repositoryCollector: Collector<'repositories'> = {
  sort: 'repositories',
  limit: 1024 * 1024,
  wants: (path) => path.endsWith('.repo'),
  read: (path, content) =>
    sections(content.toString('utf8'))
      .filter(({ id }) => id !== 'main')
      .map(({ id, values }): RepositoryFacts => {
        const urls = ['baseurl', 'mirrorlist', 'metalink'].flatMap((key) => (values.get(key) ?? '').split(/[\s,]+/u));
        return {
          path,
          id,
          urls: urls.filter((url) => url !== ''),
          enabled: !off(values.get('enabled')),
          gpgcheck: !off(values.get('gpgcheck')),
          sslverify: !off(values.get('sslverify')),
        };
      }),
};
