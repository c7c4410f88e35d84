import assert from 'node:assert/strict';
import { it } from 'node:test';
import { givesUpAt } from './patience.ts';

it('gives up half an hour after the first failure, or after the start of the process that saw the next one', () => {
  const at = (time: string) => new Date(`2026-06-01T${time}Z`);
  assert.deepEqual(givesUpAt(at('12:00:00'), at('09:00:00')), at('12:30:00'));
  assert.deepEqual(givesUpAt(at('12:00:00'), at('15:00:00')), at('15:30:00'));
});
