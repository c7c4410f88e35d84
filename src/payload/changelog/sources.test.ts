import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { clonesIn } from './clones.ts';
import type { Commit } from './commits.ts';
import { firstOf, forgeAt } from './forge.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slipway-commits-'));
after(() => rmSync(FOLDER, { recursive: true, force: true }));

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: FOLDER, GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();
}

function clone(place: string, commits: number): readonly string[] {
  const folder = join(FOLDER, place);
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '-q');
  return Array.from({ length: commits }, (_, index) => {
    git(folder, 'commit', '-q', '--allow-empty', '-m', `fix ${index} (#${index})`);
    return git(folder, 'rev-parse', 'HEAD');
  });
}

function idsOf(answer: ReadonlyMap<string, Commit> | { unavailable: string }): readonly string[] {
  assert.ok(!('unavailable' in answer), JSON.stringify(answer));
  return [...answer.keys()].sort();
}

describe('clones', () => {
  it('are found where oc puts them, and where people do', async () => {
    const [a = '', b = '', c = ''] = clone('clones/github.com/openshift/oc', 3);
    const source = clonesIn(join(FOLDER, 'clones'));
    const range = { from: a, to: c };
    for (const repository of [
      'https://github.com/openshift/oc',
      'https://github.com/openshift/oc.git',
      'git@github.com:openshift/oc',
    ])
      assert.deepEqual(idsOf(await source.commits({ repository, ...range })), [b, c].sort());
    const near = clonesIn(join(FOLDER, 'clones/github.com/openshift'));
    assert.deepEqual(
      idsOf(await near.commits({ repository: 'https://github.com/openshift/oc', ...range })),
      [b, c].sort(),
    );
  });

  it('of a repository that moved are read together', async () => {
    const [a = ''] = clone('moved/github.com/old/place', 1);
    execFileSync('git', [
      'clone',
      '-q',
      join(FOLDER, 'moved/github.com/old/place'),
      join(FOLDER, 'moved/github.com/new/place'),
    ]);
    git(join(FOLDER, 'moved/github.com/new/place'), 'commit', '-q', '--allow-empty', '-m', 'two');
    const b = git(join(FOLDER, 'moved/github.com/new/place'), 'rev-parse', 'HEAD');
    const range = {
      repository: 'https://github.com/new/place',
      previousRepository: 'https://github.com/old/place',
      from: a,
      to: b,
    };
    assert.deepEqual(idsOf(await clonesIn(join(FOLDER, 'moved')).commits(range)), [b]);
  });

  it('that are not there, lack a commit, are damaged, or lead elsewhere make commits unavailable', async () => {
    const [a = ''] = clone('some/github.com/o/r', 1);
    const source = clonesIn(join(FOLDER, 'some/github.com'));
    const ask = (repository: string, to = a) => source.commits({ repository, from: a, to });
    assert.deepEqual(await ask('https://github.com/o/other'), {
      unavailable: 'there is no clone of https://github.com/o/other',
    });
    const none = '1'.repeat(40);
    assert.deepEqual(await ask('https://github.com/o/r', none), {
      unavailable: `the clone of https://github.com/o/r has no commit ${none}`,
    });
    assert.match(JSON.stringify(await ask('https://github.com/o/r', '--upload-pack')), /has no commit/);
    clone('outside', 1);
    for (const repository of ['https://github.com/../../outside', '/../../outside', 'https://../../outside'])
      assert.match(JSON.stringify(await ask(repository)), /there is no clone/);
    const [object = ''] = readdirSync(join(FOLDER, 'some/github.com/o/r/.git/objects', a.slice(0, 2)));
    const file = join(FOLDER, 'some/github.com/o/r/.git/objects', a.slice(0, 2), object);
    rmSync(file);
    writeFileSync(file, 'damaged');
    assert.match(JSON.stringify(await ask('https://github.com/o/r')), /can not be read/);
  });
});

describe('forge', () => {
  const id = (n: number): string => n.toString(16).padStart(40, '0');
  /** Answers as GitHub does, 250 commits in all. */
  async function serve(answer: (page: number) => { status?: number; headers?: Record<string, string>; body: unknown }) {
    const asked: { path: string; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      asked.push({ path: url.pathname, authorization: request.headers.authorization });
      const { status = 200, headers, body } = answer(Number(url.searchParams.get('page')));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      asked,
      api: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  }
  const found = (n: number) => ({
    sha: id(n),
    parents: [{ sha: id(n - 1) }],
    commit: { message: `subject ${n}\n\nbody`, committer: { date: '2026-01-02T03:04:05Z' } },
  });
  const range = { repository: 'https://github.com/o/r', from: id(1), to: id(251) };

  it('is asked page by page, once for a range', async () => {
    const forge = await serve((page) => ({
      body: {
        total_commits: 250,
        commits: Array.from({ length: page < 3 ? 100 : 50 }, (_, index) => found((page - 1) * 100 + index + 2)),
      },
    }));
    const options = { api: forge.api, host: 'github.com', token: 't', cache: join(FOLDER, 'cache') };
    const commits = await forgeAt(options).commits(range);
    assert.equal(idsOf(commits).length, 250);
    assert.deepEqual('get' in commits && commits.get(id(2)), {
      id: id(2),
      parents: [id(1)],
      time: 1767323045,
      subject: 'subject 2',
      body: 'body',
    });
    assert.deepEqual(
      forge.asked,
      Array(3).fill({ path: `/api/repos/o/r/compare/${id(1)}...${id(251)}`, authorization: 'Bearer t' }),
    );
    await forge.close();
    assert.deepEqual(await forgeAt(options).commits(range), commits);
    assert.deepEqual(
      await forgeAt({ ...options, api: 'https://codeberg.org/api/v1', host: 'codeberg.org' }).commits(range),
      {
        unavailable: 'the forge is for repositories of codeberg.org; github.com=URL names one for those of github.com',
      },
    );
  });

  it('that refuses, answers nonsense, or is not there makes commits unavailable', async () => {
    const answers: { status?: number; body: unknown }[] = [
      { status: 403, body: { message: 'rate limit' } },
      { body: { commits: 'none' } },
      { body: { total_commits: 2, commits: [] } },
    ];
    const forge = await serve(() => answers.shift() ?? { body: {} });
    const source = forgeAt({ api: forge.api, host: 'github.com' });
    const reasons: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const answer = await source.commits(range);
      reasons.push('unavailable' in answer ? answer.unavailable : 'commits');
    }
    assert.match(reasons[0] ?? '', /^github.com answers 403 for repos\/o\/r\/compare/);
    assert.match(reasons[1] ?? '', /does not answer as a GitHub-compatible forge/);
    assert.equal(reasons[2], 'github.com tells 0 of 2 commits');
    await forge.close();
    const limited = async (status: number, headers: Record<string, string>) => {
      let asked = 0;
      const { api, close } = await serve(() => {
        asked += 1;
        return { status, headers, body: { message: 'API rate limit exceeded' } };
      });
      const forge = forgeAt({ api, host: 'github.com' });
      const first = await forge.commits(range);
      assert.deepEqual(await forge.commits(range), first);
      await close();
      return [asked, 'unavailable' in first ? first.unavailable : 'commits'] as const;
    };
    assert.deepEqual(await limited(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' }), [
      1,
      'github.com answers no more requests until 2027-01-15T08:00:00Z: its rate limit',
    ]);
    assert.deepEqual(await limited(429, { 'retry-after': '60' }), [
      1,
      'github.com answers no more requests for 60 seconds: its rate limit',
    ]);
    assert.match((await limited(403, { 'x-ratelimit-remaining': '9' }))[1], /answers 403 for/);
    const gone = firstOf([clonesIn(FOLDER), forgeAt({ api: forge.api, host: 'github.com' })]);
    const answer = await gone.commits(range);
    assert.match(
      'unavailable' in answer ? answer.unavailable : '',
      /^there is no clone of .*; github.com can not be reached: /,
    );
    for (const repository of ['https://github.com/o', 'https://github.com/../r', 'https://github.com/a/b/c'])
      assert.match(JSON.stringify(await source.commits({ ...range, repository })), /names no repository/);
    assert.match(JSON.stringify(await source.commits({ ...range, from: '../x' })), /no whole ids/);
  });
});
