import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { free, given } from './heap.ts';

describe('free', () => {
  it('takes the memory of a chunk that was given, once', () => {
    const chunk = given(Buffer.alloc(100_000, 'x'));
    const before = process.memoryUsage().arrayBuffers;
    free(chunk);
    assert.equal(chunk.length, 0);
    assert.ok(process.memoryUsage().arrayBuffers <= before - 100_000);
    free(chunk);
  });

  it('leaves what was not given, or is a part of something', () => {
    const whole = Buffer.alloc(100_000, 'x');
    free(whole);
    free(given(whole.subarray(0, 50_000)));
    free(given(whole.subarray(50_000)));
    // of the pool that small buffers share
    const small = given(Buffer.from('small'));
    free(small);
    assert.equal(small.toString(), 'small');
    assert.ok(whole.equals(Buffer.alloc(100_000, 'x')));
  });
});
