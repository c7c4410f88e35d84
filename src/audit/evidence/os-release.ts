import type { Collector } from './collector.ts';

const PATH = /(^|\/)(etc|usr\/lib)\/os-release$/u;

/** Assignments of os-release(5): shell-like, one a line, quotes taken off. */
function assignments(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(.*)$/u.exec(line.trim());
    if (!match) continue;
    const [, name = '', raw = ''] = match;
    const quoted = /^(["'])(.*)\1$/u.exec(raw);
    values.set(name, quoted ? (quoted[2] ?? '').replace(/\\(["'$`\\])/gu, '$1') : raw);
  }
  return values;
}

export const osReleaseCollector: Collector<'osReleases'> = {
  sort: 'osReleases',
  limit: 64 * 1024,
  wants: (path) => PATH.test(path),
  read(path, content) {
    const values = assignments(content.toString('utf8'));
    return [
      {
        path,
        // os-release(5): an absent ID means "linux".
        id: values.get('ID') ?? 'linux',
        name: values.get('NAME') ?? '',
        versionId: values.get('VERSION_ID') ?? '',
      },
    ];
  },
};
