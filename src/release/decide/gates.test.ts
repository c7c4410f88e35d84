import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GateOutcome, judgeGates } from './gates.ts';

const outcome = (gate: string, passed: boolean | undefined, blocking = true): GateOutcome => ({
  gate,
  blocking,
  passed,
  reason: `${gate} says so.`,
  evidence: [],
});

describe('judgeGates', () => {
  it('accepts when every blocking gate passed, and names informing gates that did not', () => {
    assert.deepEqual(judgeGates([outcome('audit', true), outcome('soak', false, false)]), {
      phase: 'Accepted',
      reason: 'All 1 blocking gates passed. Informing gates not passed: soak.',
    });
  });
  it('rejects with the reasons of the gates that failed', () => {
    assert.deepEqual(judgeGates([outcome('audit', false), outcome('lint', true)]), {
      phase: 'Rejected',
      reason: 'audit: audit says so.',
    });
  });
  it('never takes a gate that did not run for one that passed', () => {
    assert.deepEqual(judgeGates([outcome('audit', true), outcome('upgrade', undefined)]), {
      phase: 'Rejected',
      reason: 'Not run: upgrade.',
    });
  });
  it('accepts nothing that no blocking gate vouches for', () => {
    assert.equal(judgeGates([]).phase, 'Rejected');
    assert.equal(judgeGates([outcome('soak', true, false)]).phase, 'Rejected');
  });
});
