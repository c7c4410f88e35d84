import { join, posix } from 'node:path';
import { SlipwayError } from '../../util/index.ts';
import { sourceUrl } from '../info/index.ts';
import type { Commit, CommitRange, CommitSource, Unavailable } from './commits.ts';
import { commitsBetween } from './git/between.ts';
import { GitRepository } from './git/repository.ts';

/** Names of folders only: a payload says where its sources are, and must not lead out of the folder of clones. */
const SAFE_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^/\\\0]+)+$/;
const SAFE_HOST = /^[a-zA-Z0-9][a-zA-Z0-9.-]*$/;

/** Where a clone may stand: as oc lays them out (`host/owner/name`), then `owner/name`, then `name`; bare ones end in `.git`. */
function candidates(location: string): readonly string[] {
  const { host, path } = sourceUrl(location);
  if (!SAFE_PATH.test(path)) return [];
  const places = SAFE_HOST.test(host) ? [`/${host}${path}`, path] : [path];
  return [...places, `/${posix.basename(path)}`].flatMap((place) => [place, `${place}.git`]);
}

/**
 * Commits out of local clones, read without git. `folder` holds a clone a repository; nothing is fetched. A repository
 * without a clone, or a clone without a commit, is unavailable. Memory: the pack indexes of one repository.
 */
export function clonesIn(folder: string): CommitSource {
  const open = async (location: string): Promise<GitRepository | undefined> => {
    for (const place of candidates(location)) {
      const repository = await GitRepository.open(join(folder, place));
      if (repository !== undefined) return repository;
    }
    return undefined;
  };
  return {
    commits: async (range) => {
      const opened = await Promise.all(
        [range.repository, range.previousRepository].map((location) =>
          location === undefined ? undefined : open(location),
        ),
      );
      const repositories = opened.filter((repository) => repository !== undefined);
      try {
        return await commitsOf(range, repositories);
      } catch (error) {
        // A damaged clone is one more that the commits are not in: the changelog says so, and has all the rest.
        if (error instanceof SlipwayError && error.code.startsWith('PAYLOAD_GIT_'))
          return {
            unavailable: `the clone of ${range.repository} can not be read: ${error.message.replace(/\.$/, '')}`,
          };
        throw error;
      } finally {
        for (const repository of repositories) await repository.close();
      }
    },
  };
}

async function commitsOf(
  { repository, from, to }: CommitRange,
  repositories: readonly GitRepository[],
): Promise<ReadonlyMap<string, Commit> | Unavailable> {
  if (repositories.length === 0) return { unavailable: `there is no clone of ${repository}` };
  const read = async (id: string): Promise<Commit | undefined> => {
    for (const candidate of repositories) {
      const commit = await candidate.commit(id);
      if (commit !== undefined) return commit;
    }
    return undefined;
  };
  const ends: Commit[] = [];
  for (const id of [from, to]) {
    const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id) ? await read(id) : undefined;
    if (commit === undefined) return { unavailable: `the clone of ${repository} has no commit ${id}` };
    ends.push(commit);
  }
  const [old, now] = ends;
  return old === undefined || now === undefined ? new Map() : await commitsBetween(read, old, now);
}
