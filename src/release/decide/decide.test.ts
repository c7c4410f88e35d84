import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide, phaseBeforeFailure, type ReleaseFacts } from './decide.ts';
import { type Phase, type ReleaseKind, type StepName, type StepStatus, stepsOf } from './steps.ts';

const nightly = (steps: ReleaseFacts['steps'], phase: Phase = 'Pending', promotedTo?: string): ReleaseFacts => ({
  name: '4.21.0-0.okd-scos-2026-01-01-000000',
  kind: 'nightly',
  phase,
  steps,
  promotedTo,
});
const automatic = { promotion: 'automatic' } as const;
const untilJudged = {
  import: 'done',
  audit: 'done',
  assemble: 'done',
  lint: 'done',
  verify: 'done',
  judge: 'done',
} as const;

describe('decide', () => {
  it('starts with the import and continues at the step that a killed process left running', () => {
    assert.deepEqual(decide(nightly({}), automatic), { type: 'run', step: 'import' });
    assert.deepEqual(decide(nightly({ import: 'done', audit: 'running' }), automatic), { type: 'run', step: 'audit' });
  });

  it('judges at once what the audit refused: nothing is assembled from it', () => {
    assert.equal(decide(nightly({ import: 'done', audit: 'bad' }), automatic).type, 'skip');
    const skipped = { import: 'done', audit: 'bad', assemble: 'skipped', lint: 'skipped', verify: 'skipped' } as const;
    assert.deepEqual(decide(nightly(skipped), automatic), { type: 'run', step: 'judge' });
    assert.deepEqual(decide(nightly({ ...skipped, judge: 'done' }, 'Rejected'), automatic), {
      type: 'skip',
      step: 'publish',
      reason: 'the release is rejected',
    });
  });

  it('publishes only what is accepted, and promotes it once', () => {
    assert.equal(decide(nightly(untilJudged, 'Ready'), automatic).type, 'none');
    assert.deepEqual(decide(nightly(untilJudged, 'Accepted'), automatic), { type: 'run', step: 'publish' });
    const published = { ...untilJudged, publish: 'done' } as const;
    assert.deepEqual(decide(nightly(published, 'Accepted'), automatic), { type: 'promote' });
    assert.equal(decide(nightly(published, 'Accepted'), { promotion: 'manual' }).type, 'none');
    assert.equal(decide(nightly(published, 'Accepted', '4.21.0-okd-scos.0'), automatic).type, 'none');
    assert.deepEqual(decide({ ...nightly(published, 'Accepted'), promotionRefused: true }, automatic), {
      type: 'none',
      reason: 'the stable stream refused it',
    });
  });

  it('has nothing to publish when a human accepts what was never assembled', () => {
    const forced = {
      import: 'done',
      audit: 'bad',
      assemble: 'skipped',
      lint: 'skipped',
      verify: 'skipped',
      judge: 'done',
    } as const;
    assert.deepEqual(decide(nightly(forced, 'Accepted'), automatic), {
      type: 'skip',
      step: 'publish',
      reason: 'there is no payload',
    });
  });

  it('never publishes, signs or promotes a release that is not accepted, whatever happened before', () => {
    const status = fc.constantFrom<StepStatus>('waiting', 'running', 'done', 'bad', 'skipped');
    const steps = (kind: ReleaseKind) =>
      fc.record(Object.fromEntries(stepsOf(kind).map((step) => [step, status])) as Record<StepName, typeof status>, {
        requiredKeys: [],
      });
    const phase = fc.constantFrom<Phase>('Pending', 'Ready', 'Rejected', 'Failed');
    fc.assert(
      fc.property(steps('nightly'), phase, (taken, current) => {
        const action = decide(nightly(taken, current), automatic);
        assert.notEqual(action.type, 'promote');
        assert.ok(!(action.type === 'run' && action.step === 'publish'));
      }),
    );
    fc.assert(
      fc.property(steps('stable'), fc.constantFrom<Phase>('Rejected', 'Failed'), (taken, current) => {
        const action = decide({ ...nightly(taken, current), kind: 'stable' }, automatic);
        assert.notEqual(action.type, 'run');
      }),
    );
  });

  it('comes to an end: acting on every decision settles all steps', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (good) => {
        let facts = nightly({});
        for (let turn = 0; turn < 20; turn++) {
          const action = decide(facts, automatic);
          if (action.type === 'none') return;
          if (action.type === 'promote') facts = { ...facts, promotedTo: '4.21.0-okd-scos.0' };
          else if (action.type === 'skip') facts = { ...facts, steps: { ...facts.steps, [action.step]: 'skipped' } };
          else {
            const passed =
              good[turn] === true || action.step === 'import' || action.step === 'judge' || action.step === 'publish';
            facts = { ...facts, steps: { ...facts.steps, [action.step]: passed ? 'done' : 'bad' } };
            if (action.step === 'judge')
              facts = { ...facts, phase: Object.values(facts.steps).includes('bad') ? 'Rejected' : 'Accepted' };
          }
        }
        assert.fail('no end within 20 turns');
      }),
    );
  });
});

describe('phaseBeforeFailure', () => {
  const before = (kind: ReleaseKind, steps: ReleaseFacts['steps']) => phaseBeforeFailure({ kind, steps });

  it('is what the steps show', () => {
    assert.equal(before('nightly', { import: 'waiting' }), 'Pending');
    assert.equal(before('nightly', { import: 'done', audit: 'done', assemble: 'done', lint: 'waiting' }), 'Ready');
    assert.equal(before('nightly', { ...untilJudged, publish: 'waiting' }), 'Accepted');
    assert.equal(before('stable', {}), 'Pending');
    assert.equal(before('stable', { promote: 'done', sign: 'done', publish: 'waiting' }), 'Ready');
  });

  it('keeps the decision of a person against the gates', () => {
    const steps = { ...untilJudged, verify: 'bad', judge: 'bad', publish: 'waiting' } as const;
    const phase = before('nightly', steps);
    assert.deepEqual(decide(nightly(steps, phase), automatic), { type: 'run', step: 'publish' });
  });
});
