import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseChunkRange, parseRange } from './range.ts';

const size = fc.integer({ min: 0, max: 5000 });
const position = fc.integer({ min: 0, max: 6000 });

describe('parseRange', () => {
  it('gives the bytes that RFC 9110 § 14.1.2 says, and never any beyond the content', () => {
    fc.assert(
      fc.property(size, fc.option(position), fc.option(position), (length, first, last) => {
        const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, length);
        const wanted = Array.from({ length }, (_, index) => index).filter((index) =>
          first === null ? last !== null && index >= length - last : index >= first && index <= (last ?? length),
        );
        if (first === null && last === null) assert.equal(range, undefined);
        else if (wanted.length === 0) assert.equal(range, 'unsatisfiable');
        else assert.deepEqual(range, { start: wanted[0], end: wanted.at(-1) });
      }),
    );
  });

  it('takes any header without failing; what it does not know means the whole content', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^bytes=[\d, -]*$/)), size, (header, length) => {
        const range = parseRange(header, length);
        if (range !== undefined && range !== 'unsatisfiable')
          assert.ok(0 <= range.start && range.start <= range.end && range.end < length);
      }),
    );
    assert.equal(parseRange('items=0-1', 10), undefined);
    assert.deepEqual(parseRange('Bytes=0-1', 10), { start: 0, end: 1 });
    assert.deepEqual(parseRange('bytes=0-99999999999999999999999', 10), { start: 0, end: 9 });
  });
});

describe('parseChunkRange', () => {
  it('reads what clients send, and refuses what is no range', () => {
    for (const header of ['5-9', 'bytes 5-9/10', 'bytes=5-9'])
      assert.deepEqual(parseChunkRange(header), { start: 5, end: 9 });
    for (const header of ['9-5', '-5', '5-', '0-99999999999999999999', ''])
      assert.equal(parseChunkRange(header), undefined);
  });
});
