/** A commit as a changelog reads it. */
export interface Commit {
  /** Hex. */
  readonly id: string;
  /** The first one is what the branch was before the merge. */
  readonly parents: readonly string[];
  /** Unix seconds, the committer's. */
  readonly time: number;
  /** `%s` of `git log`: the first paragraph in one line. */
  readonly subject: string;
  /** `%b` of `git log`: what follows the first paragraph. */
  readonly body: string;
}

/** Commits of one repository that came with a release: those that `to` has and `from` has not, as `from..to` of git. */
export interface CommitRange {
  /** Source location, as the image's label has it. */
  readonly repository: string;
  /** Where the repository was before, when it moved. */
  readonly previousRepository?: string;
  readonly from: string;
  readonly to: string;
}

/** Where commits come from: local clones, a forge. */
export interface CommitSource {
  /**
   * The commits of a range by their ids, or why they can not be had: a changelog is made without them then. Throws only
   * for what is broken, such as a damaged clone.
   */
  commits(range: CommitRange): Promise<ReadonlyMap<string, Commit> | Unavailable>;
}

export interface Unavailable {
  /** A sentence without a full stop. */
  readonly unavailable: string;
}

function isBlank(line: string): boolean {
  return /^[ \t\r]*$/.test(line);
}

/** Parts of a commit message as git's `format_subject` cuts it. */
export function splitMessage(message: string): Pick<Commit, 'subject' | 'body'> {
  const lines = message.split('\n');
  let at = 0;
  const skipBlank = (): void => {
    while (at < lines.length && isBlank(lines[at] ?? '')) at++;
  };
  skipBlank();
  const subject: string[] = [];
  for (; at < lines.length && !isBlank(lines[at] ?? ''); at++) subject.push((lines[at] ?? '').replace(/[ \t\r]+$/, ''));
  skipBlank();
  return { subject: subject.join(' '), body: lines.slice(at).join('\n') };
}
