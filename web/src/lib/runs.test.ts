import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Api } from './api.ts';
import { latestStable, newestRun, overrides, sortReleases } from './runs.ts';
import type { ReleaseSummary, StatusView, StreamView } from './types.ts';

function release(name: string, createdAt: string, part: Partial<ReleaseSummary> = {}): ReleaseSummary {
  return {
    name,
    createdAt,
    stream: 's',
    kind: 'nightly',
    phase: 'Accepted',
    digest: 'sha256:00',
    pullSpec: null,
    promotedFrom: null,
    promotedTo: null,
    signed: false,
    published: false,
    channels: [],
    reason: null,
    ...part,
  };
}
const stream = (part: Partial<StreamView>): StreamView => ({
  name: 's',
  title: '',
  kind: 'stable',
  message: '',
  channel: null,
  policy: null,
  gates: [],
  latestAccepted: null,
  releases: [],
  ...part,
});
const status: StatusView = { version: '', publicUrl: '', registry: '', running: null, keyFingerprint: null };
const apiOf =
  (...releases: ReleaseSummary[]): Api =>
  async (path) => {
    const body = releases.find(({ name }) => path.endsWith(`/${name}`));
    return body ? { status: 200, body } : { status: 404, body: {} };
  };

test('newest first', () => {
  assert.deepEqual(
    sortReleases([release('a', '2026-01-01T00:00:00Z'), release('b', '2026-01-02T00:00:00Z')]).map(({ name }) => name),
    ['b', 'a'],
  );
});

test('the latest stable release is the newest accepted one of any stable stream, never a nightly', () => {
  const streams = [
    stream({
      latestAccepted: 'old',
      releases: [
        release('old', '2026-01-01T00:00:00Z'),
        release('rejected', '2026-01-09T00:00:00Z', { phase: 'Rejected' }),
      ],
    }),
    stream({ latestAccepted: 'new', releases: [release('new', '2026-01-02T00:00:00Z')] }),
    stream({ kind: 'nightly', latestAccepted: 'night', releases: [release('night', '2026-01-03T00:00:00Z')] }),
  ];
  assert.equal(latestStable(streams), 'new');
  assert.equal(latestStable([stream({})]), undefined);
});

test('a run is the newest nightly with the release it became; it runs while either is worked on', async () => {
  const nightly = release('n2', '2026-01-02T00:00:00Z', { promotedTo: 'v1' });
  const stable = release('v1', '2026-01-03T00:00:00Z', { kind: 'stable' });
  const all = [release('n1', '2026-01-01T00:00:00Z'), nightly, stable];
  const run = await newestRun(apiOf(...all), all, { ...status, running: 'v1' });
  assert.deepEqual([run?.nightly.name, run?.stable?.name, run?.running], ['n2', 'v1', true]);
  assert.equal((await newestRun(apiOf(...all), all, status))?.running, false);
  assert.equal(await newestRun(apiOf(), [], status), undefined);
});

test('people may overrule gates only where that can still mean something', () => {
  const at = '2026-01-01T00:00:00Z';
  assert.deepEqual(overrides(release('a', at, { phase: 'Rejected' })), ['accept']);
  assert.deepEqual(
    overrides(release('a', at, { phase: 'Rejected', digest: null })),
    [],
    'there is no payload to accept',
  );
  assert.deepEqual(overrides(release('a', at)), ['reject']);
  assert.deepEqual(overrides(release('a', at, { published: true })), [], 'others may have pulled it');
  assert.deepEqual(overrides(release('a', at, { kind: 'stable' })), []);
  assert.deepEqual(overrides(release('a', at, { phase: 'Pending' })), []);
});
