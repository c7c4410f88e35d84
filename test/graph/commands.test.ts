// The verbs of `slipway graph` as people use them: on files, with what they mistype.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { slipwayAside, temporaryFolder } from '../support/clone.ts';

const V = [0, 1, 2].map((patch) => `4.22.0-okd-scos.${patch}`);
const STABLE = 'stable-scos-4.22';

/** Graph-data with a gated channel, releases and evidence on disk; files that are given replace or join them. */
async function onDisk(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder(t);
  const releases = V.map((version, at) => ({
    version,
    arch: 'amd64',
    payload: `quay.io/okd/scos-release@sha256:${String(at).repeat(64)}`,
    previous: V.slice(0, at),
    created: `2026-06-0${at + 1}T00:00:00Z`,
    audit: 'pass',
  }));
  const run = {
    from: V[0],
    to: V[1],
    arch: 'amd64',
    result: 'pass',
    job: 'upgrade',
    url: 'https://prow.example.com/1',
  };
  const files: Record<string, string> = {
    'graph-data/version': '1.1.0\n',
    'graph-data/channels/fast.yaml': JSON.stringify({ name: 'fast-scos-4.22', versions: V }),
    [`graph-data/channels/${STABLE}.yaml`]: `# by hand\nname: ${STABLE}\nversions:\n- ${V[0]}\n`,
    'graph-data/okd/channels.yaml': `- {name: ${STABLE}, feeder: {name: fast-scos-4.22, delay: P7D, gates: [upgrade-test]}}\n`,
    'graph-data/okd/approvals.yaml': `- {channel: ${STABLE}, versions: ${V[0]}, by: anna, time: '2026-06-01T00:00:00Z', reason: the first, waives: [delay, upgrade-test]}\n`,
    'releases.json': JSON.stringify(releases),
    'evidence.jsonl': `${JSON.stringify({ ...run, time: '2026-06-05T00:00:00Z' })}\n`,
    ...more,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const flags = ['--graph-data', join(folder, 'graph-data'), '--releases', join(folder, 'releases.json')];
  const graph = async (verb: string, ...rest: string[]) => await slipwayAside(['graph', verb, ...flags, ...rest]);
  return { folder, graph, evidence: ['--evidence', join(folder, 'evidence.jsonl')] };
}

describe('slipway graph', () => {
  it('promote shows what waits for what, and lists what is through', async (t) => {
    const { folder, graph, evidence } = await onDisk(t);
    const early = await graph('promote', ...evidence, '--at', '2026-06-08T00:00:00Z');
    assert.deepEqual([early.code, early.stderr], [0, '']);
    assert.match(early.stdout, /scos\.0 +amd64 +in the channel +since 2026-06-01.*waived/);
    assert.match(
      early.stdout,
      /scos\.1 +amd64 +waits +delay: created 2026-06-02.*its time in fast-scos-4\.22 counts, long enough at 2026-06-09/,
    );
    const written = await graph(
      'promote',
      ...evidence,
      '--at',
      '2026-06-09T00:00:00Z',
      '--channel',
      STABLE,
      '--write',
      '--format',
      'json',
    );
    const { promotions, written: files } = JSON.parse(written.stdout);
    assert.deepEqual(files, [`channels/${STABLE}.yaml`]);
    assert.deepEqual(
      promotions.map(({ state }: { state: string }) => state),
      ['promoted', 'ready', 'waiting'],
    );
    const text = await readFile(join(folder, 'graph-data/channels', `${STABLE}.yaml`), 'utf8');
    assert.equal(text, `# by hand\nname: ${STABLE}\nversions:\n  - ${V[0]}\n  - ${V[1]}\n`);
    const answer = await graph('answer', ...evidence, '--channel', STABLE, '--at', '2026-06-10T00:00:00Z');
    assert.deepEqual(
      JSON.parse(answer.stdout).nodes.map(({ version }: { version: string }) => version),
      V.slice(0, 2),
    );
    const unknown = await graph('promote', '--channel', 'stable-scos-4.23');
    assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /okd\/channels\.yaml.*no feeder of a channel "stable-scos-4\.23"/s);
  });

  it('what is mistyped is said, and nothing is taken for granted', async (t) => {
    const { folder, graph } = await onDisk(t);
    const refused = async (pattern: RegExp, words: readonly string[]) => {
      const { code, stdout, stderr } = await slipwayAside(['graph', ...words]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, pattern);
    };
    await refused(/"soon" is not a time/, ['import', '--cincinnati', 'x', '--at', 'soon', '--to', folder]);
    // a serial that is no number must not switch the check off
    await refused(/--last-serial wants a whole number, not "x"/, ['verify', folder, '--last-serial', 'x']);
    const typo = await graph('explain', '--from', V[0] ?? '', '--to', V[1] ?? '', '--channel', 'stabel-scos-4.22');
    assert.match(typo.stdout, /There is no channel stabel-scos-4\.22\. /);
  });
});
