import { compareBytes } from '../text/index.ts';

/** A bug or an issue that a commit message names. */
export interface IssueReference {
  readonly id: string;
  readonly tracker: 'bugzilla' | 'jira';
}

const BRANCHES = /^(\[[\w.-]+\][\t\n\f\r ]*)+/;
/** `Bug 123, 456: …`; upstream's pattern also takes a bar for the first letter. */
const BUGZILLA = /^[B|b]ug(?:s)?[\t\n\f\r ]([\d\t\n\f\r ,]+)(?:-|:)[\t\n\f\r ]*/;
/** `OCPBUGS-1,OKD-2 CORS-3: …` */
const JIRA = /^([A-Z]+-\d+[\t\n\f\r ,]*)+(?:-|:)[\t\n\f\r ]*/;

function listed(text: string): readonly string[] {
  return text
    .split(/[, ]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .sort(compareBytes);
}

/** Takes the references off the front of a message; gives them by id, and the rest (payload format § 2.3). */
export function takeReferences(text: string): {
  readonly references: readonly IssueReference[];
  readonly message: string;
} {
  const message = text.trim().replace(BRANCHES, '');
  const bugs = BUGZILLA.exec(message);
  const found = bugs ?? JIRA.exec(message);
  if (found === null) return { references: [], message };
  const tracker = bugs === null ? 'jira' : 'bugzilla';
  const ids = listed(bugs?.[1] ?? found[0].trim().replace(/[:-]$/, ''));
  return { references: ids.map((id) => ({ id, tracker })), message: message.slice(found[0].length) };
}

/** Page of a bug or an issue. */
export function referenceUrl({ id, tracker }: IssueReference): string {
  return tracker === 'bugzilla'
    ? `https://bugzilla.redhat.com/show_bug.cgi?id=${id}`
    : `https://issues.redhat.com/browse/${id}`;
}
