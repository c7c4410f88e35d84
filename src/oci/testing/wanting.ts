import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Cleanup } from './images.ts';

/** A process that answers whether it got what it is told (see wanting-child.ts). */
function wanting(t: Cleanup, args: readonly string[]): ChildProcess {
  const child = fork(new URL('./wanting-child.ts', import.meta.url), args);
  t.after(async () => void child.kill('SIGKILL'));
  return child;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [answer] = await once(child, 'message');
  return answer;
}

/** Two processes want each of these at the same time: one gets it, the other has none. */
export async function contested(t: Cleanup, args: readonly string[], keys: readonly string[]): Promise<void> {
  const children = [wanting(t, args), wanting(t, args)];
  await Promise.all(children.map(answerOf));
  for (const key of keys) {
    const answers = children.map(answerOf);
    for (const child of children) child.send(key);
    assert.deepEqual((await Promise.all(answers)).sort(), ['it', 'none'], key);
  }
}
