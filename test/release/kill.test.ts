// SIGKILL at every step, twice: just after the step was recorded as begun, and after its work was done but before that
// was recorded. Each next start continues at that step, and the end is one release of each kind, whole, published once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ReleaseDetail } from '../../src/server/index.ts';
import { ROOT, run, temporaryFolder } from '../support/clone.ts';

const MOMENTS = ['import', 'audit', 'assemble', 'lint', 'verify', 'judge', 'publish', 'promote', 'sign'].flatMap(
  (step) => [
    { step, at: 'started' },
    { step, at: 'ran' },
  ],
);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function child(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [join(ROOT, 'test/support/engine-child.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      process_[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    process_.once('error', reject).once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

describe('SIGKILL', () => {
  it('at any step is continued at that step; nothing is published twice or half', async (t) => {
    const data = join(await temporaryFolder(t), 'ws');
    for (const { step, at } of MOMENTS) {
      const killed = await child([data, step, at]);
      assert.equal(killed.signal, 'SIGKILL', `${step} ${at}: ${killed.stderr}`);
    }
    const ended = await child([data]);
    assert.equal(ended.code, 0, ended.stderr);
    const releases = JSON.parse(ended.stdout) as ReleaseDetail[];
    assert.deepEqual(releases.map(({ kind, phase, published }) => [kind, phase, published]).sort(), [
      ['nightly', 'Accepted', true],
      ['stable', 'Accepted', true],
    ]);
    for (const release of releases) {
      assert.ok(
        release.steps.every((step) => step.state === 'done'),
        JSON.stringify(release.steps),
      );
      assert.equal(release.ledger.filter((entry) => entry.kind === 'release.published').length, 1);
      assert.equal(
        release.ledger.filter((entry) => entry.kind === 'release.created' || entry.kind === 'release.promoted').length,
        1,
      );
    }
    const stable = releases.find((release) => release.kind === 'stable');
    assert.equal(stable?.signatures.length, 1);
    assert.ok((stable?.downloads.length ?? 0) > 0);
    assert.equal(stable?.attestations.length, 11);
    const left = run('find', [data, '-name', '*.tmp', '-not', '-path', '*/postgres/*']);
    assert.equal(left.stdout, '', 'temporary files are left');
    // Verdicts were reached once: a second look finds nothing to do and the same bytes.
    const again = await child([data]);
    assert.deepEqual(JSON.parse(again.stdout), releases);
  });
});
