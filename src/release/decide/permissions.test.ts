import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReleaseFacts } from './decide.ts';
import { checkOverride, checkPromotion, checkRetry } from './permissions.ts';

const facts = (changes: Partial<ReleaseFacts>): ReleaseFacts => ({
  name: 'n',
  kind: 'nightly',
  phase: 'Accepted',
  steps: {},
  promotedTo: undefined,
  ...changes,
});
const conflict = (message: RegExp) => ({ code: 'RELEASE_CONFLICT', message });
const judged = { assemble: 'done', judge: 'done' } as const;

describe('permissions', () => {
  it('promote what is accepted and published, and give a second request the first answer', () => {
    checkPromotion(facts({ steps: { publish: 'done' } }));
    checkPromotion(facts({ promotedTo: '4.21.0-okd-scos.0' }));
    assert.throws(() => checkPromotion(facts({})), conflict(/not published yet/));
    assert.throws(() => checkPromotion(facts({ phase: 'Rejected' })), conflict(/n is Rejected/));
    assert.throws(() => checkPromotion(facts({ kind: 'stable' })), conflict(/not a nightly/));
  });

  it('accept only what was judged and has a payload', () => {
    checkOverride(facts({ phase: 'Rejected', steps: judged }), 'Accepted');
    assert.throws(() => checkOverride(facts({ steps: judged }), 'Accepted'), conflict(/Accepted already/));
    assert.throws(
      () => checkOverride(facts({ phase: 'Rejected', steps: { assemble: 'skipped', judge: 'bad' } }), 'Accepted'),
      conflict(/nothing to accept/),
    );
    assert.throws(
      () => checkOverride(facts({ phase: 'Ready', steps: { assemble: 'done', judge: 'running' } }), 'Accepted'),
      conflict(/still being worked on/),
    );
    assert.throws(
      () => checkOverride(facts({ phase: 'Failed', steps: { assemble: 'waiting' } }), 'Accepted'),
      conflict(/failed before/),
    );
  });

  it('reject only what nobody can have pulled', () => {
    checkOverride(facts({ steps: judged }), 'Rejected');
    for (const publish of ['running', 'done'] as const)
      assert.throws(() => checkOverride(facts({ steps: { ...judged, publish } }), 'Rejected'), conflict(/published/));
  });

  it('retry only what failed', () => {
    checkRetry(facts({ phase: 'Failed' }));
    for (const phase of ['Pending', 'Ready', 'Accepted', 'Rejected'] as const)
      assert.throws(() => checkRetry(facts({ phase })), conflict(/only a failed release/));
  });
});
