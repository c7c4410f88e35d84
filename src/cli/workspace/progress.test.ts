import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followThrough } from './progress.ts';

const NIGHTLY = '4.21.0-0.okd-scos-2026-11-23-051500';
const STABLE = '4.21.0-okd-scos.0';

/** An API whose releases take three looks to be done; the nightly is promoted with its last step. */
function api(promotes: boolean) {
  const asked: string[] = [];
  return {
    asked,
    call: async (path: string) => {
      asked.push(path);
      const name = decodeURIComponent(path.split('/')[3] ?? '');
      if (!path.endsWith('/progress')) return { name, phase: 'Accepted' };
      const working = asked.filter((other) => other === path).length < 3;
      const promotedTo = name === NIGHTLY && promotes && !working ? STABLE : null;
      return { name, phase: working ? 'Ready' : 'Accepted', reason: null, promotedTo, working, steps: [] };
    },
  };
}

test('a nightly is followed until it is done, and then the stable release made of it', async () => {
  const { call, asked } = api(true);
  const watched = { api: call, stopped: new AbortController().signal };
  assert.equal((await followThrough(watched, NIGHTLY, { quiet: true })).name, STABLE);
  // What is costly to gather is asked for once.
  assert.deepEqual(
    asked.filter((path) => !path.endsWith('/progress')),
    [`/api/releases/${STABLE}`],
  );
});

test('one that is not promoted is the last itself', async () => {
  const { call } = api(false);
  const watched = { api: call, stopped: new AbortController().signal };
  assert.equal((await followThrough(watched, NIGHTLY, { quiet: true })).name, NIGHTLY);
});

test('a server that stops ends the watching with its reason', async () => {
  const { call } = api(true);
  const watched = { api: call, stopped: AbortSignal.abort(new Error('the database is lost')) };
  await assert.rejects(followThrough(watched, NIGHTLY, { quiet: true }), /the database is lost/);
});
