import type { History } from './history.ts';
import { type IssueReference, takeReferences } from './references.ts';

/** One line of a changelog: a pull request. */
export interface ChangelogEntry {
  readonly commit: string;
  /** Unix seconds. */
  readonly time: number;
  readonly pullRequest: number;
  readonly references: readonly IssueReference[];
  readonly subject: string;
}

const MERGED = /^Merge pull request #(\d+) from/;
const SQUASHED = /[(]#(\d+)[)]/;

/**
 * The pull requests of a history. A merge's title is its body's first line, a squashed commit's its subject; what came
 * without a pull request is left out, as in oc (payload format § 2.3). Pure.
 */
export function entriesOf({ commits, squashed }: Pick<History, 'commits' | 'squashed'>): readonly ChangelogEntry[] {
  return commits.flatMap(({ id, time, subject, body }): ChangelogEntry[] => {
    const number = (squashed ? SQUASHED : MERGED).exec(subject)?.[1];
    if (number === undefined) return [];
    const { references, message } = takeReferences(squashed ? subject : body);
    const [title = ''] = message.trim().split('\n');
    return [{ commit: id, time, pullRequest: Number(number), references, subject: title === '' ? 'Merge' : title }];
  });
}
