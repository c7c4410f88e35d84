import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import {
  canonicalJson,
  messageOf,
  parserOf,
  readJson,
  SlipwayError,
  systemCode,
  writeFileAtomic,
} from '../../util/index.ts';
import { sourceUrl } from '../info/index.ts';
import { rfc3339 } from '../text/index.ts';
import { type Commit, type CommitRange, type CommitSource, splitMessage, type Unavailable } from './commits.ts';

export interface ForgeOptions {
  /** Base of a GitHub-compatible REST API: `https://api.github.com`, `https://codeberg.org/api/v1`. */
  readonly api: string;
  /** Host in source locations that it answers for; default GitHub's, or the API's own. */
  readonly host?: string;
  readonly token?: string;
  /** Folder to keep answers in; a range of commits never changes. */
  readonly cache?: string;
  /** Milliseconds one answer may take; default 30 s. */
  readonly timeout?: number;
}

const PAGE = 100;
/** A year of kubernetes has 15,000 commits. */
const MOST_COMMITS = 20_000;
/** Bytes of one page; 100 commits have some 400 KiB at GitHub. */
const ANSWER_LIMIT = 32 << 20;
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

const Answer = Type.Object({
  total_commits: Type.Integer({ minimum: 0 }),
  commits: Type.Array(
    Type.Object({
      sha: Type.String({ pattern: ID.source }),
      parents: Type.Array(Type.Object({ sha: Type.String({ pattern: ID.source }) })),
      commit: Type.Object({
        message: Type.String(),
        committer: Type.Object({ date: Type.String({ format: 'date-time' }) }),
      }),
    }),
  ),
});
const Cached = Type.Array(
  Type.Object({
    id: Type.String({ pattern: ID.source }),
    parents: Type.Array(Type.String({ pattern: ID.source })),
    time: Type.Integer(),
    subject: Type.String(),
    body: Type.String(),
  }),
);
const parseAnswer = parserOf(Answer, 'PAYLOAD_FORGE_ANSWER_INVALID');
const parseCached = parserOf(Cached, 'PAYLOAD_FORGE_CACHE_INVALID');

type Found = Static<typeof Answer>['commits'][number];

function commitOf({ sha, parents, commit }: Found): Commit {
  return {
    id: sha,
    parents: parents.map((parent) => parent.sha),
    time: Math.floor(Date.parse(commit.committer.date) / 1000),
    ...splitMessage(commit.message),
  };
}

async function readLimited(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > ANSWER_LIMIT) throw new SlipwayError('PAYLOAD_FORGE_ANSWER_INVALID', 'the answer is too large.');
    chunks.push(chunk);
  }
  return readJson(Buffer.concat(chunks).toString('utf8'));
}

/**
 * Until when a forge answers no more, as a part of a sentence; `undefined` for an answer of another meaning. GitHub REST
 * API, § Rate limits: 403 or 429 with `x-ratelimit-remaining: 0` and `x-ratelimit-reset` (Unix seconds), or `retry-after`.
 */
function limitOf({ status, headers }: Response): string | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const reset = headers.get('x-ratelimit-reset') ?? '';
  const after = headers.get('retry-after') ?? '';
  if (headers.get('x-ratelimit-remaining') === '0')
    return /^\d{1,11}$/.test(reset)
      ? ` until ${rfc3339(new Date(Number(reset) * 1000))}: its rate limit`
      : ': its rate limit';
  if (/^\d{1,9}$/.test(after)) return ` for ${after} seconds: its rate limit`;
  return status === 429 ? ': its rate limit' : undefined;
}

/**
 * Commits as a forge's API tells them, for repositories of its host, with a cache of whole ranges. What it does not
 * answer is unavailable; after it could not be reached at all it is not asked again.
 */
export function forgeAt(options: ForgeOptions): CommitSource {
  const api = new URL(options.api.endsWith('/') ? options.api : `${options.api}/`);
  const host = options.host ?? (api.host === 'api.github.com' ? 'github.com' : api.host);
  let unreachable: string | undefined;
  const ask = async (path: string): Promise<Static<typeof Answer> | Unavailable> => {
    let response: Response;
    try {
      response = await fetch(new URL(path, api), {
        signal: AbortSignal.timeout(options.timeout ?? 30_000),
        headers: {
          accept: 'application/json',
          'user-agent': 'slipway',
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        },
      });
      if (!response.ok) {
        await response.body?.cancel();
        const limit = limitOf(response);
        if (limit !== undefined) {
          unreachable = `${host} answers no more requests${limit}`;
          return { unavailable: unreachable };
        }
        return { unavailable: `${host} answers ${response.status} for ${path.replace(/\?.*/, '')}` };
      }
      return parseAnswer(await readLimited(response));
    } catch (error) {
      if (error instanceof SlipwayError || error instanceof SyntaxError)
        return {
          unavailable: `${host} does not answer as a GitHub-compatible forge: ${messageOf(error).replace(/\.$/, '')}`,
        };
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      unreachable = `${host} can not be reached: ${messageOf(cause)}`;
      return { unavailable: unreachable };
    }
  };
  const fetchRange = async (owner: string, name: string, { from, to }: CommitRange) => {
    const commits: Commit[] = [];
    const part = encodeURIComponent;
    for (let page = 1; ; page++) {
      const answer = await ask(
        `repos/${part(owner)}/${part(name)}/compare/${from}...${to}?per_page=${PAGE}&page=${page}`,
      );
      if ('unavailable' in answer) return answer;
      if (answer.total_commits > MOST_COMMITS)
        return { unavailable: `the range has ${answer.total_commits} commits, more than ${MOST_COMMITS}` };
      commits.push(...answer.commits.map(commitOf));
      if (commits.length >= answer.total_commits) return commits;
      if (answer.commits.length === 0)
        return { unavailable: `${host} tells ${commits.length} of ${answer.total_commits} commits` };
    }
  };
  return {
    commits: async (range) => {
      const { host: wanted, path } = sourceUrl(range.repository);
      const [, owner = '', name = '', more] = path.split('/');
      if (wanted !== host)
        return {
          unavailable: `the forge is for repositories of ${host}; ${wanted}=URL names one for those of ${wanted}`,
        };
      if (owner === '' || name === '' || more !== undefined || [owner, name].includes('..'))
        return { unavailable: `${range.repository} names no repository of ${host}` };
      if (!ID.test(range.from) || !ID.test(range.to))
        return { unavailable: `${range.repository} is given with commits that are no whole ids` };
      const file =
        options.cache === undefined
          ? undefined
          : join(
              options.cache,
              host.replace(/[^a-zA-Z0-9.-]/g, '_'),
              part(owner),
              part(name),
              `${range.from}...${range.to}.json`,
            );
      const kept = file === undefined ? undefined : await readCache(file);
      if (kept !== undefined) return byId(kept);
      if (unreachable !== undefined) return { unavailable: unreachable };
      const commits = await fetchRange(owner, name, range);
      if ('unavailable' in commits) return commits;
      if (file !== undefined)
        await writeFileAtomic(
          file,
          canonicalJson(commits.map((commit) => ({ ...commit, parents: [...commit.parents] }))),
        );
      return byId(commits);
    },
  };
}

/** A name as one part of a path, never `..`. */
function part(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, '_');
}

function byId(commits: readonly Commit[]): ReadonlyMap<string, Commit> {
  return new Map(commits.map((commit) => [commit.id, commit]));
}

/** What was kept of an earlier answer. A file that is not what was written is asked for again, and written again. */
async function readCache(file: string): Promise<readonly Commit[] | undefined> {
  try {
    return parseCached(readJson(await readFile(file, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof SlipwayError)
      return undefined;
    throw new SlipwayError('PAYLOAD_FORGE_CACHE_UNREADABLE', `the kept commits can not be read: ${messageOf(error)}.`, {
      place: { file },
      cause: error,
    });
  }
}

/** The first source that has a range answers; otherwise all reasons are given. */
export function firstOf(sources: readonly CommitSource[]): CommitSource {
  return {
    commits: async (range) => {
      const reasons: string[] = [];
      for (const source of sources) {
        const commits = await source.commits(range);
        if (!('unavailable' in commits)) return commits;
        reasons.push(commits.unavailable);
      }
      return { unavailable: reasons.join('; ') };
    },
  };
}
