import { compareBytes, type GoValue, goJson, table } from '../text/index.ts';
import type { Changelog } from './changelog.ts';
import { type IssueReference, referenceUrl } from './references.ts';

/** Bugs that a changelog's commits name, once each, in byte order; other issues are no bugs (payload format § 2.3). */
export function bugsOf({ changed }: Changelog): readonly IssueReference[] {
  const all = changed.flatMap(({ entries }) => entries.flatMap(({ references }) => references));
  const bugs = all.filter(({ id, tracker }) => tracker === 'bugzilla' || /^OCPBUGSM?-/.test(id));
  return [...new Map(bugs.map((bug) => [bug.id, bug])).values()].sort((a, b) => compareBytes(a.id, b.id));
}

/**
 * The output of `oc adm release info --bugs --skip-bug-check`; as text, bugs with their pages. No tracker is asked, so
 * status, priority and summary are empty.
 */
export function formatBugs(bugs: readonly IssueReference[], format: 'text' | 'name' | 'json'): string {
  if (bugs.length === 0) return '';
  if (format === 'name') return bugs.map(({ id }) => `${id}\n`).join('');
  if (format === 'text') return `${table(['ID\tPAGE', ...bugs.map((bug) => `${bug.id}\t${referenceUrl(bug)}`)])}\n`;
  const values = bugs.map(
    ({ id, tracker }): GoValue => ({
      id,
      status: '',
      priority: '',
      summary: '',
      source: tracker === 'bugzilla' ? 0 : 1,
    }),
  );
  return `${goJson(values, '  ')}\n`;
}
