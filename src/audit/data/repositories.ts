import { canonicalJson, SlipwayError, sha256Hex } from '../../util/index.ts';
import known from './repositories.json' with { type: 'json' };

/**
 * What is known of a repository by its id alone (spec audit.md § 2.8): `ubi`, which Red Hat lets anybody pass on;
 * `entitled`, which takes a subscription; `open`; `unknown`. An id is a name that anybody can write into a file.
 */
export type RepositoryClass = 'ubi' | 'entitled' | 'open' | 'unknown';

export interface RepositoryDirectory {
  /** Identifies the data, for reports. */
  readonly digest: string;
  classOf(id: string): RepositoryClass;
}

const isClass = (text: string): text is RepositoryClass => ['ubi', 'entitled', 'open'].includes(text);

/**
 * A directory out of patterns, first match first, and of a file of ids that are known to be entitled (Red Hat's own list
 * of repositories, say): an id of the file that no pattern knows better is `entitled`.
 */
export function repositoryDirectory(entitledIds: Iterable<string> = []): RepositoryDirectory {
  const classes = known.classes.map((entry) => {
    if (!isClass(entry.class)) {
      throw new SlipwayError('AUDIT_REPOSITORIES_INVALID', `"${entry.class}" is no class of repositories.`);
    }
    return { class: entry.class, patterns: entry.patterns.map((pattern) => new RegExp(pattern, 'u')) };
  });
  const listed = new Set(entitledIds);
  return {
    digest: `sha256:${sha256Hex(canonicalJson([known.classes, [...listed].sort()]))}`,
    classOf(id) {
      const found = classes.find(({ patterns }) => patterns.some((pattern) => pattern.test(id)))?.class;
      return listed.has(id) && found !== 'ubi' ? 'entitled' : (found ?? 'unknown');
    },
  };
}

/** The patterns alone. */
export const REPOSITORIES: RepositoryDirectory = repositoryDirectory();
