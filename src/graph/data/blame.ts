import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Who last changed a file of graph-data, and why. */
export interface Commit {
  readonly hash: string;
  /** RFC 3339. */
  readonly time: string;
  readonly author: string;
  readonly subject: string;
}

/**
 * The newest commit of a file, for a folder that is a Git work tree; undefined for one that is not, for a file without
 * history, and where Git is not installed: "since when" is an addition, never a condition.
 */
export function blame(folder: string): (file: string) => Promise<Commit | undefined> {
  const known = new Map<string, Promise<Commit | undefined>>();
  // asked once, not for each file
  const head = headCommit(folder);
  return (file) => {
    const found = known.get(file) ?? head.then((commit) => (commit === undefined ? undefined : newest(folder, file)));
    known.set(file, found);
    return found;
  };
}

async function newest(folder: string, file: string): Promise<Commit | undefined> {
  let stdout: string;
  try {
    const format = '--format=%H%x00%aI%x00%an%x00%s';
    ({ stdout } = await promisify(execFile)('git', ['-C', folder, 'log', '-1', format, '--', file]));
  } catch {
    return undefined; // no Git, or no work tree
  }
  const [hash, time, author, subject] = stdout.trim().split('\0');
  if (hash === undefined || time === undefined || author === undefined || subject === undefined) return undefined;
  return { hash, time, author, subject };
}

/** The commit that a folder of graph-data is at; undefined outside a Git work tree. */
export async function headCommit(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, 'rev-parse', 'HEAD']);
    return stdout.trim();
  } catch {
    return undefined; // as above
  }
}
