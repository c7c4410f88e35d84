import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Commit } from '../commits.ts';
import { historyOf } from '../history.ts';
import { commitsBetween } from './between.ts';
import { parseCommit } from './commit.ts';
import { applyDelta } from './delta.ts';
import { GitRepository } from './repository.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'slipway-git-'));
after(() => rmSync(FOLDER, { recursive: true, force: true }));

const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: FOLDER,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'C',
  GIT_COMMITTER_EMAIL: 'c@example.org',
};

/** The real program, which says what is right. */
function git(folder: string, args: readonly string[], input = '', time = 1_700_000_000): string {
  return execFileSync('git', ['-C', folder, ...args], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...ENV, GIT_AUTHOR_DATE: `${time} +0000`, GIT_COMMITTER_DATE: `${time} +0200` },
  });
}

let repositories = 0;
function newRepository(...options: string[]): string {
  const folder = join(FOLDER, `r${repositories++}`);
  execFileSync('git', ['init', '-q', '--bare', ...options, folder], { env: ENV });
  return folder;
}

interface Node {
  readonly parents: readonly number[];
  readonly time: number;
  readonly message: string;
}

/** Commits of the empty tree, so that only their graph matters; `git fast-import` makes them at once. */
function importGraph(folder: string, nodes: readonly Node[]): readonly string[] {
  const lines = nodes.flatMap(({ parents, time, message }, index) => {
    const [first, ...others] = parents;
    return [
      `commit refs/heads/n${index}`,
      `mark :${index + 1}`,
      `committer C <c@example.org> ${time} +0000`,
      `data ${Buffer.byteLength(message)}`,
      message,
      ...(first === undefined ? [] : [`from :${first + 1}`]),
      ...others.map((parent) => `merge :${parent + 1}`),
      '',
    ];
  });
  const marks = join(folder, 'marks');
  git(folder, ['fast-import', '--quiet', `--export-marks=${marks}`], lines.join('\n'));
  const ids = new Map(
    readFileSync(marks, 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [mark = '', id = ''] = line.split(' ');
        return [Number(mark.slice(1)), id] as const;
      }),
  );
  return nodes.map((_, index) => ids.get(index + 1) ?? '');
}

async function between(folder: string, from: string, to: string): Promise<ReadonlyMap<string, Commit>> {
  const repository = await GitRepository.open(folder);
  assert.ok(repository);
  const [old, now] = [await repository.commit(from), await repository.commit(to)];
  assert.ok(old && now);
  const found = await commitsBetween((id) => repository.commit(id), old, now);
  await repository.close();
  return found;
}

function ids(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Two branches that merge now and then, one commit a step. */
function branching(length: number): Node[] {
  const nodes: Node[] = [{ parents: [], time: 1_700_000_000, message: 'root' }];
  let main = 0;
  for (let step = 1; step < length; step++) {
    const time = 1_700_000_000 + step * 60;
    if (step % 3 === 0) {
      nodes.push({ parents: [Math.max(0, main - 2)], time, message: `side ${step}` });
      nodes.push({
        parents: [main, nodes.length - 1],
        time: time + 1,
        message: `Merge pull request #${step} from a/b\n\nWork ${step}`,
      });
    } else nodes.push({ parents: [main], time, message: `single ${step} (#${step})` });
    main = nodes.length - 1;
  }
  return nodes;
}

describe('commits of a Git repository', () => {
  it('reads loose objects, packs with deltas, alternates and linked work trees as git does', async () => {
    const folder = newRepository();
    // Long messages that differ little, so that git stores most of them as deltas.
    const text = Array.from({ length: 80 }, (_, line) => `line ${line} of a long message`).join('\n');
    const nodes = branching(120).map((node, index) => ({ ...node, message: `${node.message}\n\n${text}\n${index}` }));
    const [tip] = importGraph(folder, nodes).slice(-1);
    assert.ok(tip);
    const check = async (place: string): Promise<void> => {
      const repository = await GitRepository.open(place);
      assert.ok(repository);
      for (const id of ids(git(folder, ['rev-list', tip]))) {
        const commit = await repository.commit(id);
        assert.ok(commit);
        const [parents, time, subject, body] = git(folder, ['log', '-1', '--format=%P%x1e%ct%x1e%s%x1e%b', id]).split(
          '\x1e',
        );
        assert.deepEqual(
          [commit.parents.join(' '), String(commit.time), commit.subject, `${commit.body}\n`],
          [parents, time, subject, body],
        );
      }
      await repository.close();
    };
    git(folder, ['repack', '-adfq', '--depth=50', '--window=50']);
    const [pack = ''] = readdirSync(join(folder, 'objects/pack')).filter((name) => name.endsWith('.idx'));
    assert.match(git(folder, ['verify-pack', '-v', join('objects/pack', pack)]), /chain length = [2-9]/);
    await check(folder);
    const borrowed = join(FOLDER, 'borrowed');
    execFileSync('git', ['clone', '-q', '--bare', '--shared', folder, borrowed], { env: ENV });
    await check(borrowed);
    const worktree = join(FOLDER, 'worktree');
    git(folder, ['worktree', 'add', '-q', '--detach', worktree, tip]);
    await check(worktree);
    const loose = newRepository();
    execFileSync('git', ['-C', loose, 'unpack-objects', '-q'], {
      input: readFileSync(join(folder, 'objects/pack', pack.replace(/idx$/, 'pack'))),
      env: ENV,
    });
    await check(loose);
  });

  it('reads repositories with SHA-256 ids, tags, and shallow clones', async () => {
    const modern = newRepository('--object-format=sha256');
    const made = importGraph(modern, branching(10));
    const [last = ''] = made.slice(-1);
    assert.equal(last.length, 64);
    const found = await between(modern, made[2] ?? '', last);
    assert.deepEqual([...found.keys()].sort(), ids(git(modern, ['rev-list', `${made[2]}..${last}`])).sort());

    const folder = newRepository();
    const commits = importGraph(folder, branching(30));
    const [tip = ''] = commits.slice(-1);
    git(folder, ['tag', '-a', '-m', 'a tag', 'v1', tip]);
    const repository = await GitRepository.open(folder);
    assert.equal((await repository?.commit(git(folder, ['rev-parse', 'v1']).trim()))?.id, tip);
    assert.equal(await repository?.commit('0'.repeat(40)), undefined);
    git(folder, ['branch', 'tip', tip]);
    const shallow = join(FOLDER, 'shallow');
    execFileSync('git', ['clone', '-q', '--bare', '--depth=4', '--branch=tip', `file://${folder}`, shallow], {
      env: ENV,
    });
    const boundary = ids(git(shallow, ['rev-list', '--max-parents=0', tip]));
    const reader = await GitRepository.open(shallow);
    for (const id of boundary) assert.deepEqual((await reader?.commit(id))?.parents, []);
    assert.equal(await GitRepository.open(join(FOLDER, 'nowhere')), undefined);
  });

  it('says where a repository is damaged', async () => {
    const folder = newRepository();
    const [id = ''] = importGraph(folder, [{ parents: [], time: 1, message: 'one' }]);
    git(folder, ['repack', '-adq']);
    const packs = join(folder, 'objects/pack');
    const [pack = ''] = readdirSync(packs).filter((name) => name.endsWith('.pack'));
    const bytes = readFileSync(join(packs, pack));
    rmSync(join(packs, pack));
    writeFileSync(join(packs, pack), Buffer.concat([bytes.subarray(0, 14), Buffer.alloc(bytes.length - 14, 0xff)]));
    await assert.rejects(async () => (await GitRepository.open(folder))?.commit(id), {
      code: 'PAYLOAD_GIT_PACK_INVALID',
    });
    const index = pack.replace(/pack$/, 'idx');
    rmSync(join(packs, index));
    writeFileSync(join(packs, index), 'no index');
    await assert.rejects(async () => (await GitRepository.open(folder))?.commit(id), {
      code: 'PAYLOAD_GIT_PACK_INVALID',
    });
  });

  it('refuses deltas that reach outside, claim too much or end early', () => {
    const base = Buffer.from('0123456789');
    assert.equal(applyDelta(base, Buffer.from([10, 4, 0x91, 2, 2, 2, 65, 66]), 100).toString(), '23AB');
    for (const delta of [
      [10, 4, 0x91, 9, 4],
      [10, 4, 0x91, 2, 2],
      [10, 4, 0],
      [9, 1, 1, 65],
      [10, 200, 1, 1, 65],
      [10, 2, 2, 65],
      [10],
    ])
      assert.throws(() => applyDelta(base, Buffer.from(delta), 100), { code: 'PAYLOAD_GIT_PACK_INVALID' });
  });

  it('decodes what the commit says it is encoded in', () => {
    const head = 'tree 0\nauthor A <a> 1 +0000\ncommitter A <a> 5 -0130\n';
    const message = Buffer.from([0xfc, 0x0a]);
    const content = Buffer.concat([Buffer.from(`${head}encoding ISO-8859-1\n\n`), message]);
    assert.deepEqual(parseCommit('x', content), { id: 'x', parents: [], time: 5, subject: 'ü', body: '' });
    assert.throws(() => parseCommit('x', Buffer.from('tree 0\n\nm')), { code: 'PAYLOAD_GIT_COMMIT_INVALID' });
  });
});

describe('commits between two', () => {
  const graph = fc
    .array(fc.record({ back: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }), time: fc.nat(40) }), {
      minLength: 2,
      maxLength: 40,
    })
    .map((steps) =>
      steps.map(({ back, time }, index): Node => {
        const parents = index === 0 ? [] : [...new Set(back.map((distance) => Math.max(0, index - 1 - distance)))];
        // Mostly in order, with clocks that are off by some seconds.
        return { parents, time: 1_700_000_000 + index * 10 + time, message: `n${index}` };
      }),
    );

  it('are those of git rev-list, and the log is that of git log', async () => {
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(), fc.nat(), async (nodes, a, b) => {
        const folder = newRepository();
        const made = importGraph(folder, nodes);
        const [from = '', to = ''] = [made[a % made.length], made[b % made.length]];
        const found = await between(folder, from, to);
        const log = (...args: string[]) =>
          ids(git(folder, ['log', '--format=%H', '--topo-order', ...args, `${from}..${to}`]));
        assert.deepEqual([...found.keys()].sort(), log().sort());
        const history = historyOf(found, to);
        const merges = log('--merges', '--first-parent');
        assert.deepEqual(
          history.commits.map(({ id }) => id),
          merges.length > 0 ? merges : log('--no-merges'),
        );
        assert.equal(history.elided, merges.length > 0 ? log('--no-merges', '--first-parent').length : 0);
        rmSync(folder, { recursive: true, force: true });
      }),
      { numRuns: 25 },
    );
  });
});
